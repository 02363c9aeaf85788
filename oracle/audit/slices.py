"""The verification slice of each round: as given, or as somebody disclosed it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import SliceDisclosed
from fedjury.chain.contracts.types import Config
from fedjury.checks.counts import counted
from fedjury.data.verification import VerificationSet, read_verification_set
from fedjury.errors import ContentError, ContentTooLarge, DataError
from fedjury.oracle.audit.block_time import BlockTime
from fedjury.oracle.audit.closing import closing_time
from fedjury.oracle.audit.files import Fetcher
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.commitment import require_fit
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import SliceSpec, TaskSpec
from fedjury.task.history import RoundHistory, TaskHistory

_TRIES = 16  # files that are looked at before a slice counts as not disclosed
_EXPECTED_BYTES = (
    2**28
)  # of what jurors told, which gets time for so many; the rest for a small one


@dataclass(frozen=True)
class FoundSlice:
    """What an audit has of a slice.

    Attributes:
        number: of the slice.
        samples: the slice itself; None where it cannot be had, or does not fit the task.
        digest: of its file; None where nobody told of any.
    """

    number: int
    samples: VerificationSet | None = None
    digest: Digest | None = None


class SliceFinder:
    """Finds the slices of a task, one after the other: no two are in memory at once.

    A disclosed file proves itself against the spec's commitment, so that it matters to nobody who
    told of it. What jurors told is tried first, what most of them told before the rest.

    Args:
        spec: of the task.
        history: what the task's events say.
        config: the contract's settings.
        given: slices that need not be disclosed.
        fetcher: gets disclosed files.
        time_of: gives blocks' times.
        newest: number of the block up to which one audits.
    """

    def __init__(
        self,
        spec: TaskSpec,
        history: TaskHistory,
        config: Config,
        given: Slices,
        fetcher: Fetcher,
        time_of: BlockTime,
        newest: int,
    ) -> None:
        self._spec, self._labels = spec.verification, spec.labels
        self._history, self._config = history, config
        self._given, self._fetcher = given, fetcher
        self._time_of, self._newest = time_of, newest
        self._latest: FoundSlice | None = None

    def find(self, history: RoundHistory, notes: list[str]) -> FoundSlice:
        """The slice that a round was judged on.

        Args:
            history: of the round.
            notes: gets sentences on what was told of the slice and is not so.

        Raises:
            Difference: the spec is wrong about its size.
            StoreUnavailable, ChainUnavailable: no statement can be made now.
        """
        wanted = self._spec.slice_for(history.number)
        number = self._spec.number_for(history.number)
        if self._latest is None or self._latest.number != number:
            self._latest = None  # before the next one is there
            self._latest = self._look_for(number, wanted, history.number, notes)
        notes += self._early(history, self._latest)
        return self._latest

    def _look_for(
        self, number: int, wanted: SliceSpec, round_number: int, notes: list[str]
    ) -> FoundSlice:
        told = self._history.disclosed.get(number, [])
        was_given = number in self._given.numbers
        if (given := self._given.get(number)) is not None:
            return FoundSlice(number, given, Digest.of(given.to_bytes()) if told else None)
        if was_given:
            notes.append(f"the sample file of slice {number} is gone, or was changed")
        jurors = self._jurors(number)
        for event in _in_order(told, jurors)[:_TRIES]:
            found = self._try(event, wanted, event.discloser in jurors, notes)
            if found is None:
                continue
            if len(found) != wanted.samples:
                raise Difference(
                    round_number,
                    f"slice {number} has {counted(len(found), 'sample')}, the spec says "
                    f"{wanted.samples}",
                )
            try:
                require_fit(self._labels, found, number)
            except DataError as error:
                notes.append(f"{error}; no verdict can be derived from them")
                return FoundSlice(number, digest=event.digest)
            return FoundSlice(number, found, event.digest)
        if len({event.digest for event in told}) > _TRIES:
            notes.append(f"more than {_TRIES} files are said to be slice {number}: no more tried")
        elif not told and self._is_due(number):
            notes.append(f"slice {number} is to be disclosed by now, and nobody did")
        return FoundSlice(number)

    def _try(
        self, event: SliceDisclosed, wanted: SliceSpec, by_juror: bool, notes: list[str]
    ) -> VerificationSet | None:
        """A disclosed slice; None where what was told is none, which is noted."""
        name = f"slice {event.slice}, by {event.discloser} said to be {event.digest.cid},"
        limit = wanted.most_bytes
        try:
            expected = min(limit, _EXPECTED_BYTES) if by_juror else 0
            data = self._fetcher.fetch(event.digest, limit, expected)
            found = read_verification_set(data, "the file")
        except ContentTooLarge:
            notes.append(f"{name} is larger than {counted(wanted.samples, 'sample')} are")
        except ContentError as error:
            notes.append(f"{name} cannot be had: {error}")
        except DataError as error:
            notes.append(f"{name} is none: {error}")
        else:
            if found.commitment() == wanted.commitment:
                return found
            notes.append(f"{name} is not what the spec commits to")
        return None

    def _jurors(self, number: int) -> set[str]:
        """Members of the juries that judged on a slice."""
        rounds = self._history.rounds.values()
        judged = [each for each in rounds if self._spec.number_for(each.number) == number]
        return {juror for each in judged for juror in each.jury.jurors}

    def _is_due(self, number: int) -> bool:
        """Whether the jurors should have disclosed a slice."""
        last = number if self._spec.each_round else self._config.rounds
        history = self._history.rounds.get(last)
        end = None if history is None else history.finalized or history.voided
        if not self._spec.disclosed or end is None:
            return False
        return self._newest - end.block_number > self._spec.depth

    def _early(self, history: RoundHistory, found: FoundSlice) -> list[str]:
        """Notes that a slice was out before a round that was judged on it had closed."""
        told = self._history.disclosed.get(found.number, [])
        first = next((event for event in told if event.digest == found.digest), None)
        if first is None or history.finalized is None:
            return []
        if first.block_number > history.finalized.block_number:
            return []
        if self._time_of(first.block_number) >= closing_time(history, self._config, self._time_of):
            return []
        return [
            f"slice {found.number} was disclosed by {first.discloser} in block "
            f"{first.block_number}, before the round closed: the round was to be voided"
        ]


def _in_order(told: Sequence[SliceDisclosed], jurors: set[str]) -> list[SliceDisclosed]:
    """Each digest once: what most jurors told last comes first, then the rest, both as told."""
    newest = {event.discloser: event.digest for event in told if event.discloser in jurors}
    votes = Counter(newest.values())
    first: dict[Digest, SliceDisclosed] = {}
    for event in sorted(told, key=lambda event: event.discloser not in jurors):
        first.setdefault(event.digest, event)
    return sorted(first.values(), key=lambda event: -votes[event.digest])
