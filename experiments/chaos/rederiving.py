"""A finalized round derived anew by the reference, from the record's haves and the files alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.errors import ContentError, ContentTooLarge, FedjuryError
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Terms, judge
from fedjury.oracle.slices import Slices
from fedjury.protocol.batch_file import batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.round_record import RoundRecord, most_record_bytes, unpack_bitmap
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.task.batches import FetchedFiles, RoundBatch, RoundUpdate, RoundUpdates, expand
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import fetch_roster

_FILE_SECONDS = 20.0
_GONE = UpdateFailure(VerdictCode.UNAVAILABLE, "too few jurors had it")


@dataclass(frozen=True)
class Derived:
    """What has to be of a round.

    Attributes:
        updates: that stand in it.
        codes: verdicts as the files and the reference have them.
        model: digest of the new model.
        wrong: what differs from the report, in sentences.
    """

    updates: Sequence[RoundUpdate]
    codes: Sequence[VerdictCode]
    model: Digest
    wrong: Sequence[str]


class Rederiver:
    """Derives rounds of one task.

    Args:
        task: opened.
        slices: that the jury judges on.
    """

    def __init__(self, task: OpenedTask, slices: Slices) -> None:
        self._task, self._slices = task, slices
        self._terms = Terms.of(task.spec, task.shapes)

    def derive(self, history: RoundHistory) -> Derived:
        """Judge a finalized round as whoever has all its files has to.

        Raises:
            FedjuryError: chain or store do not work, or a file that the record rests on is gone.
        """
        finalized = history.finalized
        assert finalized is not None
        size = most_record_bytes(history.size, history.jury.quorum + len(history.jury.jurors))
        record = RoundRecord.from_bytes(self._fetch(finalized.record_digest, size))
        updates = self._updates(history, record)
        candidates = self._candidates(history, record, updates)
        parent = self._task.fetch_model(history.opened.model_digest)
        judged = judge(parent, candidates, self._terms, self._evaluator(history.number))
        codes = [verdict.code for verdict in judged.verdicts]
        model = judged.model_digest(history.opened.model_digest)
        wrong = []
        if codes != unpack(finalized.verdicts):
            wrong.append(f"round {history.number}: the reference gives other verdicts")
        if model != finalized.model_digest:
            wrong.append(f"round {history.number}: the reference gives another model")
        return Derived(updates.known, codes, model, wrong)

    def _evaluator(self, round_number: int) -> Evaluator:
        samples = self._slices.get(self._slices.number_for(round_number))
        if samples is None:
            raise FedjuryError(f"the samples of round {round_number} are missing")
        return Evaluator(self._task.model, samples, by_reference=True)

    def _updates(self, history: RoundHistory, record: RoundRecord) -> RoundUpdates:
        """The round's updates; a batch is expanded if enough jurors claim its file."""
        batches = history.batches
        claims = _claims([have.batches or "0x" for have in record.haves], len(batches))
        files: dict[Digest, bytes | UpdateFailure] = {}
        for place, each in enumerate(batches):
            there = claims[place] >= _needed(history)
            files[each.digest] = self._batch(each) if there else _GONE
        return self._expand(history, files)

    def _expand(self, history: RoundHistory, files: FetchedFiles) -> RoundUpdates:
        opened, roster = history.opened, fetch_roster(self._task.store, history.roster)
        contract = self._task.contract
        domain = UpdateDomain(
            self._task.chain.chain_id, contract.address, history.number, opened.model_digest
        )
        return expand(history.submissions, files, roster.__contains__, domain)

    def _batch(self, batch: BatchSubmitted) -> bytes | UpdateFailure:
        try:
            return self._fetch(batch.digest, batch_bytes(batch.count))
        except ContentTooLarge as error:
            return UpdateFailure(VerdictCode.TOO_LARGE, str(error))

    def _candidates(
        self, history: RoundHistory, record: RoundRecord, updates: RoundUpdates
    ) -> list[Candidate]:
        claims = _claims([have.entries for have in record.haves], updates.size)
        found = []
        for place, each in enumerate(updates.slots()):
            if isinstance(each, RoundBatch):
                tag = self._task.tag(history.number, each.submitted.relayer)
                found.append(Candidate(tag, bytes, each.failure))
                continue
            tag = self._task.tag(history.number, each.client)
            failure = each.failure or (None if claims[place] >= _needed(history) else _GONE)
            found.append(self._candidate(Candidate(tag, bytes, failure), each.digest))
        return found

    def _candidate(self, candidate: Candidate, digest: Digest) -> Candidate:
        if candidate.failure is not None:
            return candidate
        try:
            data = self._fetch(digest, self._task.spec.update.max_bytes)
        except ContentTooLarge as error:
            return Candidate(candidate.tag, bytes, UpdateFailure(VerdictCode.TOO_LARGE, str(error)))
        return Candidate(candidate.tag, lambda: data)

    def _fetch(self, digest: Digest, most: int) -> bytes:
        try:
            return self._task.store.fetch(digest, most, _FILE_SECONDS)
        except ContentTooLarge:
            raise
        except ContentError as error:
            raise FedjuryError(f"a file that a record rests on is gone: {error}") from error


def _claims(bitmaps: Sequence[str], size: int) -> Counter[int]:
    """By place, how many of these bitmaps have it."""
    claims: Counter[int] = Counter()
    for bitmap in bitmaps:
        claims.update(place for place, had in enumerate(unpack_bitmap(bitmap, size)) if had)
    return claims


def _needed(history: RoundHistory) -> int:
    """How many claims make a file available: then one of them is honest."""
    return len(history.jury.jurors) - history.jury.quorum + 1
