"""The jurors of a round and whose turn it is: pure. Source: docs/protocol/exchange.md."""

from collections.abc import Iterable
from dataclasses import dataclass

from eth_utils.crypto import keccak

MOST_DOUBLINGS = 4  # an attempt takes at most 16 times as long as the first
_LEAST_SECONDS = 1.0
_MOST_RANK_SECONDS = 30.0


@dataclass(frozen=True)
class Bench:
    """A jury of n = 3f + 1 or so.

    Attributes:
        jurors: addresses in lower case, ascending.
        quorum: how many of them must sign.
    """

    jurors: tuple[str, ...]
    quorum: int

    @classmethod
    def of(cls, jurors: Iterable[str], quorum: int) -> "Bench":
        """The bench of some addresses, in whatever order and case."""
        return cls(tuple(sorted((each.lower() for each in jurors), key=_number)), quorum)

    @property
    def size(self) -> int:
        """How many jurors there are: n."""
        return len(self.jurors)

    @property
    def faulty(self) -> int:
        """How many of them may do anything at all, or nothing, without harm: f = n − quorum."""
        return self.size - self.quorum

    @property
    def needed(self) -> int:
        """How many have to say a thing so that an honest one is among them: f + 1."""
        return self.faulty + 1


@dataclass(frozen=True)
class Turns:
    """Who leads which attempt, from when on, and who sends the report when.

    Attributes:
        bench: the jury.
        task: address of the contract.
        round: number.
        closed_at: T0, when the round closed on chain, Unix seconds.
        availability: seconds that the round's files have from then on.
    """

    bench: Bench
    task: str
    round: int
    closed_at: int
    availability: int

    def leader(self, attempt: int) -> str:
        """Who proposes in an attempt."""
        return self.bench.jurors[self._leader(attempt)]

    def start_of(self, attempt: int) -> float:
        """From when on an attempt is made, Unix seconds."""
        few = min(attempt, MOST_DOUBLINGS)
        waits = (1 << few) - 1 + (attempt - few) * (1 << MOST_DOUBLINGS)
        return self.closed_at + self.availability + self._unit * waits

    def begun(self, now: float) -> int:
        """How many attempts have begun."""
        attempts, start = 0, self.start_of(MOST_DOUBLINGS)
        if now >= start:  # from here on all take equally long, however many there are by now
            attempts = MOST_DOUBLINGS + int((now - start) / (self._unit * (1 << MOST_DOUBLINGS)))
        while self.start_of(attempts) <= now:
            attempts += 1
        return attempts

    def rank(self, juror: str, attempt: int) -> int:
        """How many jurors send the report of an attempt before this one."""
        return (self.bench.jurors.index(juror) - self._leader(attempt)) % self.bench.size

    def patience(self, juror: str, attempt: int) -> float:
        """Seconds that a juror leaves it to the others to send the report of an attempt."""
        seconds = min(max(self.availability / 10, _LEAST_SECONDS), _MOST_RANK_SECONDS)
        return self.rank(juror, attempt) * seconds

    @property
    def _unit(self) -> float:
        return max(_LEAST_SECONDS, self.availability / 4)

    def _leader(self, attempt: int) -> int:
        seed = keccak(bytes.fromhex(self.task[2:]) + self.round.to_bytes(4, "big"))
        return (int.from_bytes(seed, "big") + attempt) % self.bench.size


def _number(address: str) -> int:
    return int(address, 16)
