"""Going through a task round by round, stopping at the first thing that differs."""

import tempfile
import time
from collections.abc import Callable, Iterable

from fedjury.chain.contracts.types import RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.data.verification import VerificationSet
from fedjury.oracle.audit.chain_checks import (
    check_counts,
    check_members,
    check_opening,
    check_signatures,
    check_verdicts,
)
from fedjury.oracle.audit.content_checks import FinalizedContent
from fedjury.oracle.audit.files import Files
from fedjury.oracle.audit.records import AuditResult, Difference, RoundAudit
from fedjury.oracle.commitment import check_verification
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.events import DifferenceFound, RoundAudited
from fedjury.oracle.judging import Terms
from fedjury.protocol.digest import Digest
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.runtime.events import Listener, ignore
from fedjury.store import DirectoryStore
from fedjury.task.history import RoundRecord, TaskHistory
from fedjury.task.opened import OpenedTask


class Auditor:
    """Audits one task.

    Args:
        task: opened.
        verification: makes the audit a full one.
        timeout: seconds to wait for each file.
        listener: is told of every round.
        sleep: waits for some seconds.

    Raises:
        DataError: the verification set is not the one that the task commits to.
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self,
        task: OpenedTask,
        verification: VerificationSet | None = None,
        timeout: float = 20.0,
        listener: Listener = ignore,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if verification is not None:
            check_verification(task.spec, verification)
        self._task, self._timeout, self._listener = task, timeout, listener
        self._sleep = sleep
        self._terms = Terms.of(task.spec, task.shapes)
        self._domain = ReportDomain(task.chain.chain_id, task.contract.address)
        self._evaluator = verification and Evaluator(task.model, verification, alone=True)

    def run(self, at: BlockStamp) -> AuditResult:
        """Audit everything up to a block.

        Raises:
            ChainUnavailable, StoreUnavailable: no statement can be made now.
        """
        result = AuditResult(self._task.name, self._evaluator is not None, [])
        try:
            # first of all: a node may soon have forgotten the state at this block
            present = self._task.contract.current_round(at=at)
            self._audit(self._task.read_history(at), present, result)
        except Difference as difference:
            result.difference = difference
            self._listener(DifferenceFound(round=difference.round, difference=difference.what))
        return result

    def _audit(self, history: TaskHistory, present: RoundState, result: AuditResult) -> None:
        digest = self._task.config.genesis_digest
        model = self._task.fetch_model(digest, self._timeout)
        for expected, number in enumerate(sorted(history.rounds), start=1):
            if number != expected:
                raise Difference(expected, "no event tells of this round's opening")
            record = history.rounds[number]
            check_opening(record, digest)
            check_members(record)
            audit = RoundAudit(number, record.state, len(record.updates), 0, model=digest.cid)
            if record.finalized is not None:
                model = self._audit_finalized(record, history, model, audit)
                digest = record.finalized.model_digest
                audit.model = digest.cid
            result.rounds.append(audit)
            self._listener(RoundAudited(**vars(audit)))
        _check_present(present, digest)

    def _audit_finalized(
        self, record: RoundRecord, history: TaskHistory, current: Tensors, audit: RoundAudit
    ) -> Tensors:
        finalized = record.finalized
        assert finalized is not None
        verdicts = check_verdicts(record)
        check_counts(record, self._task.spec.verification.samples)
        audit.signers = check_signatures(record, finalized, history, self._domain)
        audit.accepted = sum(verdict.accepted for verdict in verdicts)
        with tempfile.TemporaryDirectory(prefix="fedjury-audit-") as directory:
            files = Files(self._task, DirectoryStore(directory), self._timeout, self._sleep)
            content = FinalizedContent(
                finalized=finalized,
                current=current,
                current_digest=record.opened.model_digest,
                candidates=files.candidates(record.updates, verdicts),
                verdicts=verdicts,
                terms=self._terms,
            )
            gone = content.check_formal()
            audit.notes = list(gone.values())
            model = content.check_aggregate()
            if self._evaluator and gone and self._depends_on(verdicts[index] for index in gone):
                audit.notes.append("no count of this round was derived anew")
            elif self._evaluator:
                if gone:
                    content.check_judgement(self._evaluator, gone)
                else:
                    del model  # what the judgement finds is the same: never two of a large one
                    model = content.check_judgement(self._evaluator)
                if operation := self._evaluator.undefined:
                    audit.notes.append(f"{operation} has no definition: counts are this machine's")
        return model

    def _depends_on(self, verdicts: Iterable[Verdict]) -> bool:
        """Whether other verdicts may depend on updates with these.

        One with which the model raises may have made it raise with the aggregate alone.
        """
        raised = any(verdict.code is VerdictCode.MODEL_RAISES for verdict in verdicts)
        return raised or not self._terms.rule.independent


def _check_present(present: RoundState, digest: Digest) -> None:
    """The contract holds the model that its events end with."""
    if present.model_digest != digest:
        raise Difference(
            present.number,
            f"the contract holds model {present.model_digest.cid}, its events end with "
            f"{digest.cid}",
        )
