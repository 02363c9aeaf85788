"""A jury of four of a federation in memory, whose jurors ask each other without a network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.data.verification import VerificationSet
from fedjury.errors import ContentNotFound
from fedjury.oracle.exchange.bench import Bench, Turns
from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.local import board_of, local_exchange, owner_of
from fedjury.oracle.exchange.together import Together
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.oversize import OversizeProofs
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.signed import RoundKey
from fedjury.runtime.events import Event, Listener
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from tests.support.fake_federation import (
    FakeFederation,
    FakeSender,
    account,
    as_sender,
    verification,
)
from tests.support.fetchers import Impatient
from tests.support.flaky_store import FlakyStore

FOUR = sorted((account(number) for number in range(31, 35)), key=lambda each: int(each.address, 16))
QUORUM = 3
AVAILABILITY = 25
MOST_CYCLES = 60


class HidingStore(FlakyStore):
    """A juror's own way to the task's files, by which some are not to be had.

    Attributes:
        hidden: their digests.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.hidden: set[Digest] = set()

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        if digest in self.hidden:
            raise ContentNotFound(f"{digest.cid} is not to be had this way")
        return super().fetch(digest, max_bytes, timeout)


@dataclass
class Seat:
    """One juror of the jury.

    Attributes:
        account: the juror's.
        store: its own way to the task's files, which can be down.
        docket, board, exchange, juror: its parts.
        sender: of its transactions.
        told: what it told.
    """

    account: LocalAccount
    store: HidingStore
    docket: Docket
    board: Board
    exchange: Exchange
    juror: Juror
    sender: FakeSender
    told: list[Event] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The juror's address, in lower case."""
        return self.account.address.lower()

    def of(self, *kinds: type[Event]) -> list[Event]:
        """What it told of some kinds."""
        return [each for each in self.told if isinstance(each, kinds)]


class FakeJury:
    """Four jurors with a quorum of three.

    Args:
        federation: whose rounds they judge; this jury takes the place of its own.
        directory: for their files.
        now: this machine's clock, Unix seconds; 0 leaves it to the chain's.

    Attributes:
        seats: the jurors, ascending by address.
        boards: what they serve, by address; whoever is missing cannot be asked.
        next_juries: by index, which jury a juror wants next, from its next restart on.
    """

    def __init__(
        self,
        federation: FakeFederation,
        directory: Path,
        now: Callable[[], float] = lambda: 0.0,
        slices: Sequence[Sequence[VerificationSet]] | None = None,
    ) -> None:
        self.federation, self._directory, self._now = federation, directory, now
        federation.contract.seat(FOUR, QUORUM)
        self.boards: dict[str, Board] = {}
        self.next_juries: dict[int, bytes] = {}
        given = slices or [[verification()]] * len(FOUR)
        self.seats = [self.seat(index, samples) for index, samples in enumerate(given)]

    def seat(self, index: int, samples: Sequence[VerificationSet] = ()) -> Seat:
        """A juror, made anew from what is on its disk."""
        federation, juror = self.federation, FOUR[index]
        directory, me = self._directory / juror.address, juror.address.lower()
        told: list[Event] = []
        listener: Listener = told.append
        store = HidingStore(federation.store.path)
        cache = DirectoryStore(directory / "cache")
        docket = Docket(directory / "jury.sqlite", owner_of(federation.task, me))
        chosen = Slices.of(federation.spec, samples)
        proofs = OversizeProofs(directory / "oversize", 0)
        board = board_of(federation.task, me, docket, cache, chosen, proofs)
        exchange = local_exchange(board, store, self.boards, me, chosen, listener)
        sender = federation.sender(juror)
        made = Juror(
            federation.task,
            juror,
            as_sender(sender),
            chosen,
            self.fetcher(exchange, cache, proofs),
            listener,
            exchange=exchange,
            next_jury=self.next_juries.get(index),
            now=self._now,
        )
        self.boards[me] = board
        return Seat(juror, store, docket, board, exchange, made, sender, told)

    def fetcher(
        self, exchange: Exchange, cache: DirectoryStore, proofs: OversizeProofs
    ) -> UpdateFetcher:
        """Gets a juror's files, from the others as well, and waits for none."""
        return Impatient(exchange.sources, cache, 4096, proofs=proofs)

    def restart(self, index: int) -> None:
        """End a juror and begin anew with what is on its disk."""
        self.seats[index].docket.close()
        self.seats[index] = self.seat(index, [verification()])

    def cycle(self, *indexes: int) -> list[Step]:
        """A cycle of each of some jurors, by default of all."""
        chosen = indexes or range(len(self.seats))
        return [self.seats[index].juror.cycle() for index in chosen]

    def play(self, *indexes: int, most: int = MOST_CYCLES) -> bool:
        """Cycles of some jurors, by default of all, until the round is over.

        Returns:
            Whether it ended.
        """
        number = self.federation.contract.number
        chosen = indexes or range(len(self.seats))
        for _ in range(most):
            for index in chosen:
                self.seats[index].juror.cycle()
                if self.federation.contract.number != number:
                    return True
        return False


def turns_of(federation: FakeFederation) -> Turns:
    """Who of the four leads which attempt of the current round, and when."""
    bench = Bench.of((each.address for each in FOUR), QUORUM)
    contract = federation.contract
    return Turns(bench, contract.address, contract.number, contract.deadline, AVAILABILITY)


def leader_of(federation: FakeFederation, attempt: int = 0) -> int:
    """The index of who leads an attempt of the current round."""
    turns = turns_of(federation)
    return turns.bench.jurors.index(turns.leader(attempt))


def key_of(federation: FakeFederation) -> RoundKey:
    """What the statements on the current round are on."""
    state = federation.contract.current_round()
    return RoundKey(state.number, state.updates_hash)


def skip_to(federation: FakeFederation, attempt: int) -> None:
    """Let an attempt of the current round begin."""
    federation.chain.timestamp = int(turns_of(federation).start_of(attempt)) + 1


def together_of(seat: Seat) -> Together:
    """What a juror judges together with the others by."""
    assert seat.juror._together is not None
    return seat.juror._together
