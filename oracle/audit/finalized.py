"""Auditing what a report says of its round: verdicts, record and new model."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.errors import ModelError
from fedjury.oracle.audit.batches import BatchReader
from fedjury.oracle.audit.chain_checks import check_accuracy, check_signatures, check_verdicts
from fedjury.oracle.audit.content_checks import FinalizedContent, Formal
from fedjury.oracle.audit.files import Fetcher, UpdateFiles
from fedjury.oracle.audit.record_checks import Known, check_record, fetch_record
from fedjury.oracle.audit.result import Difference, RoundAudit
from fedjury.oracle.audit.rosters import Rosters
from fedjury.oracle.audit.slices import FoundSlice, SliceFinder
from fedjury.oracle.audit.spool import Spool
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Judgement, Terms
from fedjury.oracle.recording import RoundFacts, told_accuracy
from fedjury.oracle.round_facts import facts_of_finalized
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundUpdates
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class _Report:
    """A finalized round with all that its audit works on.

    Attributes:
        history: of the round.
        finalized: its report.
        codes: its verdicts.
        record: that it names.
        facts: what the chain says of the round.
        updates: of the round.
        content: its files.
    """

    history: RoundHistory
    finalized: RoundFinalized
    codes: Sequence[VerdictCode]
    record: RoundRecord
    facts: RoundFacts
    updates: RoundUpdates
    content: FinalizedContent


class FinalizedRounds:
    """Audits the finalized rounds of a task, one after the other.

    Args:
        task: opened.
        fetcher: gets files.
        rosters: of the task.
        needs_model: whether it is an error that the model cannot be had here; else rounds whose
            slice is known are not derived.

    Raises:
        ModelError: the model is needed and cannot be had.
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self, task: OpenedTask, fetcher: Fetcher, rosters: Rosters, *, needs_model: bool
    ) -> None:
        if needs_model:
            _ = task.model  # one that cannot be loaded is said now, not in mid-round
        self._task, self._fetcher = task, fetcher
        self._batches = BatchReader(task, fetcher, rosters)
        self._terms = Terms.of(task.spec, task.shapes)
        self._domain = ReportDomain(task.chain.chain_id, task.contract.address)
        self._evaluator: tuple[int, Evaluator] | None = None

    def audit(
        self, history: RoundHistory, current: Tensors, slices: SliceFinder, audit: RoundAudit
    ) -> Tensors:
        """Audit one round.

        Args:
            history: of the round.
            current: the model that it started from.
            slices: finds its verification slice.
            audit: gets what is found.

        Returns:
            The new model.

        Raises:
            Difference: something differs.
            ChainUnavailable, StoreUnavailable: no statement can be made now.
        """
        finalized = history.finalized
        assert finalized is not None
        codes = check_verdicts(history, finalized)
        check_accuracy(finalized, self._task.spec)
        audit.signers = check_signatures(history, finalized, self._domain)
        audit.accepted = sum(code.accepted for code in codes)
        record = fetch_record(self._fetcher, history)
        updates = self._batches.updates(history, record)
        slots = list(updates.slots())
        with Spool() as spool:
            files = UpdateFiles(self._task, spool, self._fetcher)
            content = FinalizedContent(
                finalized=finalized,
                current=current,
                current_digest=history.opened.model_digest,
                slots=slots,
                candidates=files.candidates(history.number, slots, codes),
                codes=codes,
                terms=self._terms,
            )
            facts = facts_of_finalized(self._task, history)
            report = _Report(history, finalized, codes, record, facts, updates, content)
            return self._audit_content(report, slices, audit)

    def _audit_content(self, report: _Report, slices: SliceFinder, audit: RoundAudit) -> Tensors:
        formal = report.content.check_formal()
        audit.notes += dict.fromkeys(formal.gone.values())  # one of all updates of a batch
        report.content.check_choice(formal)
        model = report.content.check_aggregate()
        self._check_record(report, Known.of_files(report.codes, formal.grounds))
        audit.depth = "light"
        evaluator = self._evaluator_of(slices.find(report.history, audit.notes), audit)
        if evaluator is None:
            return model
        if formal.gone and self._depends_on([report.codes[index] for index in formal.gone]):
            audit.notes.append("no verdict of this round was derived anew")
            return model
        if not formal.gone:
            del model  # what the judgement finds is the same: never two of a large one
        judgement = report.content.check_judgement(evaluator, formal.gone)
        self._check_judgement(report, formal, judgement, evaluator.samples)
        if operation := evaluator.undefined:
            audit.notes.append(f"{operation} has no definition: verdicts are this machine's")
        if formal.gone:
            return model
        audit.depth = "full"
        return judgement.model

    def _check_record(self, report: _Report, known: Known) -> None:
        spec = self._task.spec.verification
        check_record(report.record, report.facts, spec, report.history, report.updates, known)
        accuracy, correct = report.finalized.accuracy, report.record.correct
        if correct is None or accuracy == NO_ACCURACY:
            return
        samples = spec.slice_for(report.history.number).samples
        self._same_accuracy(report, correct, samples, "the record's count")

    def _check_judgement(
        self, report: _Report, formal: Formal, judgement: Judgement, samples: int
    ) -> None:
        """Hold a judgement against the record and the report's accuracy."""
        gone, raises = formal.gone, VerdictCode.MODEL_RAISES
        seen = [code is raises and index not in gone for index, code in enumerate(report.codes)]
        both = zip(seen, judgement.grounds, formal.grounds, strict=True)
        known = Known(
            report.codes,
            [derived if is_seen else told for is_seen, derived, told in both],
            [
                None if index in gone else verdict.correct
                for index, verdict in enumerate(judgement.verdicts)
            ],
            judgement.baseline_correct,
            judgement.model_correct,
        )
        self._check_record(report, known)
        self._same_accuracy(report, judgement.model_correct, samples, "the new model's")

    def _same_accuracy(self, report: _Report, correct: int, samples: int, whose: str) -> None:
        derived = told_accuracy(self._task.spec.verification, correct, samples)
        if report.finalized.accuracy != derived:
            raise Difference(
                report.history.number,
                f"the report says accuracy {report.finalized.accuracy}, {whose} is {derived}",
            )

    def _evaluator_of(self, found: FoundSlice, audit: RoundAudit) -> Evaluator | None:
        """What a slice says of weights; None where the slice or the model cannot be had."""
        if found.samples is None:
            self._evaluator = None
            return None
        if self._evaluator is None or self._evaluator[0] != found.number:
            self._evaluator = None  # before the next one is there
            try:
                evaluator = Evaluator(self._task.model, found.samples, alone=True)
            except ModelError as error:
                words = f"slice {found.number} is known, but no verdict was derived"
                audit.notes.append(f"{words}: {error}")
                return None
            self._evaluator = found.number, evaluator
        return self._evaluator[1]

    def _depends_on(self, codes: Sequence[VerdictCode]) -> bool:
        """Whether other verdicts may depend on updates with these.

        One with which the model raises may have made it raise with the aggregate alone.
        """
        return VerdictCode.MODEL_RAISES in codes or not self._terms.rule.independent
