"""A round's files: its batches first, and of the updates in them those that are to be judged."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.judging import Candidate
from fedjury.oracle.recording import RoundFacts
from fedjury.oracle.round_facts import ClosedRound
from fedjury.oracle.tries import FetchOutcome
from fedjury.protocol.batch_file import batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.task.batches import RoundBatch, RoundUpdates, expand
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import BATCHES_SHARE


@dataclass(frozen=True)
class RoundFiles:
    """A round's updates with their files, as far as these are to be had.

    Attributes:
        updates: of the round.
        candidates: one for each verdict of the round.
        had: digests of the files that were to be had, batches and updates.
    """

    updates: RoundUpdates
    candidates: Sequence[Candidate]
    had: Sequence[Digest]


class RoundFileReader:
    """Gets the files of one round after the other.

    Args:
        task: opened.
        fetcher: gets them.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        task: OpenedTask,
        fetcher: UpdateFetcher,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._fetcher, self._clock = task, fetcher, clock

    def read(self, closed: ClosedRound, seconds: float) -> RoundFiles:
        """The files of a round.

        Args:
            closed: the round.
            seconds: that they may take, all together; reading batches takes none of it.

        Raises:
            StoreUnavailable: the store does not work well enough to say of every file whether it
                is to be had.
        """
        facts, began = closed.facts, self._clock()
        batches = self._batch_files(facts, seconds * BATCHES_SHARE)
        left = max(seconds - (self._clock() - began), 0.0)
        domain = UpdateDomain(
            facts.chain_id, facts.task, facts.state.number, facts.state.model_digest
        )
        updates = expand(facts.submissions, batches, closed.roster.__contains__, domain)
        wanted = list(dict.fromkeys(each.digest for each in updates.known if not each.failure))
        found = dict(zip(wanted, self._fetcher.fetch_all(wanted, left), strict=True))
        had = [digest for digest, file in batches.items() if isinstance(file, bytes)]
        had += [digest for digest, outcome in found.items() if outcome is None]
        return RoundFiles(updates, self._candidates(facts, updates, found), had)

    def _batch_files(
        self, facts: RoundFacts, seconds: float
    ) -> dict[Digest, bytes | UpdateFailure]:
        """Of every batch its file, or why it cannot be had."""
        sizes: dict[Digest, int] = {}
        for each in facts.submissions:
            if isinstance(each, BatchSubmitted):  # one that was posted twice gets the larger size
                size = batch_bytes(each.count)
                sizes[each.digest] = max(size, sizes.get(each.digest, 0))
        outcomes = self._fetcher.fetch_sized(sizes, seconds) if sizes else {}
        return {
            digest: outcome or self._fetcher.cached(digest, sizes[digest])
            for digest, outcome in outcomes.items()
        }

    def _candidates(
        self, facts: RoundFacts, updates: RoundUpdates, found: Mapping[Digest, FetchOutcome]
    ) -> list[Candidate]:
        """One a slot; of an update in a batch that was not read only the relayer is known."""
        candidates = []
        for each in updates.slots():
            if isinstance(each, RoundBatch):
                tag = self._task.tag(facts.state.number, each.submitted.relayer)
                candidates.append(Candidate(tag, bytes, each.failure))
                continue
            tag = self._task.tag(facts.state.number, each.client)
            load = partial(self._fetcher.cached, each.digest)
            candidates.append(Candidate(tag, load, each.failure or found[each.digest]))
        return candidates
