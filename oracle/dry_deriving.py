"""Deriving a finalized round anew by what its record says that the jurors held."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedjury.errors import (
    ContentError,
    ContentMismatch,
    ContentNotFound,
    NotAFile,
    StoreUnavailable,
)
from fedjury.oracle.audit.files import Fetcher
from fedjury.oracle.audit.haves import check_haves
from fedjury.oracle.audit.record_checks import fetch_record
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.audit.rosters import Rosters
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.exchange.availability import Available, Extent, available_by
from fedjury.oracle.exchange.bench import Bench
from fedjury.oracle.file_time import FAIR_SECONDS
from fedjury.oracle.recording import Held
from fedjury.oracle.reporting import Basis, Draft, drafted
from fedjury.oracle.round_facts import ClosedRound, facts_of_finalized
from fedjury.oracle.round_files import FilesMissing, RoundFileReader
from fedjury.oracle.round_judge import RoundJudge
from fedjury.protocol.round_record import RoundRecord, unpack_bitmap
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundUpdates
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask

_TIMEOUT = 20.0  # seconds for record and roster, if small


@dataclass(frozen=True)
class Derived:
    """A finalized round as it is derived anew.

    Attributes:
        draft: the report.
        updates: of the round.
    """

    draft: Draft
    updates: RoundUpdates


class NotDerivable(Exception):
    """What a finalized round was judged on cannot be had here any more; says what."""


class Deriver:
    """Derives finalized rounds.

    Args:
        task: opened.
        files: gets a round's files.
    """

    def __init__(self, task: OpenedTask, files: RoundFileReader) -> None:
        self._task, self._files = task, files
        self._fetcher = Fetcher(task.store, _TIMEOUT)
        self._rosters = Rosters(self._fetcher)

    def record(self, history: RoundHistory) -> RoundRecord:
        """The record that a round's report names.

        Raises:
            Difference: it is none.
            NotDerivable: it cannot be had.
            StoreUnavailable: no statement can be made now.
        """
        try:
            return fetch_record(self._fetcher, history)
        except Difference as error:
            if _is_missing(error.__cause__):
                raise NotDerivable(error.what) from error
            raise

    def derive(
        self,
        history: RoundHistory,
        record: RoundRecord,
        codes: list[VerdictCode],
        judge: RoundJudge,
        evaluator: Evaluator,
    ) -> Derived:
        """The report that a jury with these files comes to.

        Args:
            history: of the round, which is finalized.
            record: that its report names.
            codes: that the jury posted.
            judge: judges the round.
            evaluator: of its slice.

        Raises:
            Difference: what the record says of the jurors' files cannot be.
            NotDerivable: a file is gone.
            StoreUnavailable: no statement can be made now.
        """
        claims = _claims(history, record)
        closed = self._closed(history)
        seconds = max(float(self._task.config.availability_seconds), FAIR_SECONDS)
        judge.tell_begin(closed)
        try:
            files = self._files.complete(closed, claims.batches, claims.entries, seconds)
            judged = judge.judge_files(closed, files, evaluator)
        except FilesMissing as error:
            raise NotDerivable(f"files that the jury had cannot be had here: {error}") from error
        except StoreUnavailable as error:
            if isinstance(error.__cause__, ContentError):
                raise NotDerivable(str(error)) from error
            raise
        held = check_haves(record, history, judged.updates, codes)
        assert history.finalized is not None
        basis = Basis(history.finalized.attempt, held, history.finalized.next_jury)
        return Derived(drafted(self._task, closed.facts, judged, basis), judged.updates)

    def _closed(self, history: RoundHistory) -> ClosedRound:
        roster = self._rosters.find(history)
        if roster is None:
            digest = history.roster.digest
            raise NotDerivable(f"roster {history.roster.version}, {digest.cid}, cannot be had here")
        return ClosedRound(facts_of_finalized(self._task, history), roster)


def _is_missing(error: BaseException | None) -> bool:
    """Whether a file cannot be had, of which the content itself proves nothing."""
    return isinstance(error, ContentNotFound | ContentMismatch) and not isinstance(error, NotAFile)


def _claims(history: RoundHistory, record: RoundRecord) -> Available:
    """What counted as available, by what the record says that jurors held."""
    batches = tuple(each.digest for each in history.batches)
    held: Mapping[str, Held]
    try:
        held = {
            have.juror: Held(
                unpack_bitmap(have.batches, len(batches)) if have.batches is not None else [],
                unpack_bitmap(have.entries, history.size),
            )
            for have in record.haves
        }
        extent = Extent(len(batches), history.size, batches)
        return available_by(held, Bench.of(history.jury.jurors, history.jury.quorum), extent)
    except ValueError as error:
        sentence = f"what the record says that jurors held: {error}"
        raise Difference(history.number, sentence) from error
