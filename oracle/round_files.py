"""A round's files: its batches first, and of the updates in them those that are to be judged."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.errors import TransientError
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.judging import Candidate
from fedjury.oracle.recording import Held, RoundFacts
from fedjury.oracle.round_facts import ClosedRound
from fedjury.oracle.tries import FetchOutcome
from fedjury.protocol.batch_file import batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdate, RoundUpdates, expand
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import BATCHES_SHARE

FetchedBatches = Mapping[Digest, bytes | UpdateFailure]


class FilesMissing(TransientError):
    """Files that others hold cannot be had here now."""


@dataclass(frozen=True)
class Gathered:
    """What of a round's files is here.

    Attributes:
        batches: by digest the batches' files, or why they cannot be had.
        updates: of the round, as far as these tell.
        found: by digest of the updates' files that were wanted, whether they are here.
        seconds: that getting them took.
    """

    batches: FetchedBatches
    updates: RoundUpdates
    found: Mapping[Digest, FetchOutcome]
    seconds: float

    @property
    def had(self) -> list[Digest]:
        """Digests of the files that are here, batches and updates."""
        batches = [digest for digest, file in self.batches.items() if isinstance(file, bytes)]
        return batches + [digest for digest, outcome in self.found.items() if outcome is None]

    def held(self) -> Held:
        """The same as a juror says it to others."""
        return Held(
            [not _is_missing(batch.failure) for batch in self.updates.batches],
            [self._holds(each) for each in self.updates.slots()],
        )

    def _holds(self, slot: RoundUpdate | RoundBatch) -> bool:
        """Whether what a verdict takes is here."""
        if isinstance(slot, RoundUpdate) and slot.digest in self.found and slot.may_count:
            return not _is_missing(self.found[slot.digest])
        return not _is_missing(slot.failure)


@dataclass(frozen=True)
class RoundFiles:
    """A round's updates with their files, as far as these count as available.

    Attributes:
        updates: of the round.
        candidates: one for each verdict of the round.
        had: digests of the files that are available, batches and updates.
        seconds: that getting them took.
    """

    updates: RoundUpdates
    candidates: Sequence[Candidate]
    had: Sequence[Digest]
    seconds: float


@dataclass(frozen=True)
class Wanted:
    """Which files a round takes, for who else may have them.

    Attributes:
        batches: in the contract's order.
        entries: of each verdict the update's file; None where it takes none, or nobody knows yet.
    """

    batches: Sequence[Digest]
    entries: Sequence[Digest | None]


class RoundFileReader:
    """Gets the files of one round after the other.

    Args:
        task: opened.
        fetcher: gets them.
        clock: seconds that only ever grow.
        expect: is told which files are wanted before they are.
    """

    def __init__(
        self,
        task: OpenedTask,
        fetcher: UpdateFetcher,
        clock: Callable[[], float] = time.monotonic,
        expect: Callable[[Wanted], None] | None = None,
    ) -> None:
        self._task, self._fetcher, self._clock = task, fetcher, clock
        self._expect = expect or _ignore
        self._expanded: tuple[ClosedRound, FetchedBatches, RoundUpdates] | None = None

    def read(self, closed: ClosedRound, seconds: float) -> RoundFiles:
        """The files of a round, by what is to be had here alone.

        Args:
            closed: the round.
            seconds: that they may take, all together; reading batches takes none of it.

        Raises:
            StoreUnavailable: the store does not work well enough to say of every file whether it
                is to be had.
        """
        gathered = self.gather(closed, seconds)
        return self._files(closed.facts, gathered)

    def gather(self, closed: ClosedRound, seconds: float, *, every: bool = False) -> Gathered:
        """Try to have the files of a round here.

        Args:
            closed: the round.
            seconds: that they may take, all together; reading batches takes none of it.
            every: whether the files of updates are wanted too that another batch's entry takes the
                place of: it may turn out that this batch is not available.

        Raises:
            StoreUnavailable: as of `read`.
        """
        facts, began = closed.facts, self._clock()
        batches = _batches_of(facts)
        self._expect(Wanted([each.digest for each in batches], []))
        files = self._batch_files(batches, seconds * BATCHES_SHARE)
        left = max(seconds - (self._clock() - began), 0.0)
        updates = self._expand(closed, files)
        wanted = [each for each in updates.known if not each.failure or (every and each.may_count)]
        found = self._fetch(updates, wanted, left)
        return Gathered(files, updates, found, self._clock() - began)

    def complete(
        self,
        closed: ClosedRound,
        batches: Sequence[bool],
        entries: Sequence[bool],
        seconds: float,
    ) -> RoundFiles:
        """The files of a round, by what a jury says is available; all of that is had here then.

        Args:
            closed: the round.
            batches: of each batch, whether its file is available.
            entries: of each verdict, whether what it takes is.
            seconds: that the files may take, all together.

        Raises:
            FilesMissing: what is available cannot be had here now.
            StoreUnavailable: as of `read`.
        """
        began, posted = self._clock(), _batches_of(closed.facts)
        self._expect(Wanted([each.digest for each in posted], []))
        available = [each for each, is_there in zip(posted, batches, strict=True) if is_there]
        others = [each for each, is_there in zip(posted, batches, strict=True) if not is_there]
        files = self._batch_files(available, seconds * BATCHES_SHARE)
        _require_all(files)
        nowhere = {each.digest: _unavailable(each.digest) for each in others}
        updates = self._expand(closed, {**nowhere, **files})
        wanted = [each for each in updates.known if not each.failure and entries[each.index]]
        found = self._fetch(updates, wanted, max(seconds - (self._clock() - began), 0.0))
        _require_all(found)
        known = [
            replace(each, failure=_unavailable(each.digest))
            if not each.failure and not entries[each.index]
            else each
            for each in updates.known
        ]
        updates, took = replace(updates, known=known), self._clock() - began
        gathered = Gathered({**nowhere, **files}, updates, found, took)
        return self._files(closed.facts, gathered)

    def _fetch(
        self, updates: RoundUpdates, wanted: Sequence[RoundUpdate], seconds: float
    ) -> dict[Digest, FetchOutcome]:
        digests = list(dict.fromkeys(each.digest for each in wanted))
        by_index = {each.index: each.digest for each in wanted}
        batches = [each.submitted.digest for each in updates.batches]
        self._expect(Wanted(batches, [by_index.get(place) for place in range(updates.size)]))
        return dict(zip(digests, self._fetcher.fetch_all(digests, seconds), strict=True))

    def _batch_files(
        self, batches: Sequence[BatchSubmitted], seconds: float
    ) -> dict[Digest, bytes | UpdateFailure]:
        """Of every batch its file, or why it cannot be had."""
        sizes: dict[Digest, int] = {}
        for each in batches:  # one that was posted twice gets the larger size
            sizes[each.digest] = max(batch_bytes(each.count), sizes.get(each.digest, 0))
        outcomes = self._fetcher.fetch_sized(sizes, seconds) if sizes else {}
        return {
            digest: outcome or self._fetcher.cached(digest, sizes[digest])
            for digest, outcome in outcomes.items()
        }

    def _expand(self, closed: ClosedRound, files: FetchedBatches) -> RoundUpdates:
        """A round's updates; what was found last is not found again: each takes a signature."""
        known = self._expanded
        if known is not None and known[0] is closed and known[1] == files:
            return known[2]
        facts = closed.facts
        domain = UpdateDomain(
            facts.chain_id, facts.task, facts.state.number, facts.state.model_digest
        )
        updates = expand(facts.submissions, files, closed.roster.__contains__, domain)
        self._expanded = closed, files, updates
        return updates

    def _files(self, facts: RoundFacts, gathered: Gathered) -> RoundFiles:
        """Candidates, one a slot; of a batch that was not read only the relayer is known."""
        candidates = []
        for each in gathered.updates.slots():
            if isinstance(each, RoundBatch):
                tag = self._task.tag(facts.state.number, each.submitted.relayer)
                candidates.append(Candidate(tag, bytes, each.failure))
                continue
            tag = self._task.tag(facts.state.number, each.client)
            load = partial(self._fetcher.cached, each.digest)
            failure = each.failure or gathered.found[each.digest]
            candidates.append(Candidate(tag, load, failure))
        return RoundFiles(gathered.updates, candidates, gathered.had, gathered.seconds)


def _ignore(_: Wanted) -> None:
    """Nobody else may have the files."""


def _batches_of(facts: RoundFacts) -> list[BatchSubmitted]:
    return [each for each in facts.submissions if isinstance(each, BatchSubmitted)]


def _is_missing(failure: UpdateFailure | None) -> bool:
    return failure is not None and failure.code is VerdictCode.UNAVAILABLE


def _unavailable(digest: Digest) -> UpdateFailure:
    reason = f"{digest.cid}: too few jurors hold it"
    return UpdateFailure(VerdictCode.UNAVAILABLE, reason)


def _require_all(found: Mapping[Digest, bytes | FetchOutcome]) -> None:
    missing = [
        digest.cid
        for digest, outcome in found.items()
        if isinstance(outcome, UpdateFailure) and _is_missing(outcome)
    ]
    if missing:
        raise FilesMissing(
            f"{len(missing)} of the round's files, which other jurors say they hold, cannot be had "
            f"here, {missing[0]} among them"
        )
