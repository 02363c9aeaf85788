"""Jurors' machines that differ in all that must not matter, and a report that all of them sign."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from eth_account.signers.local import LocalAccount

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.recording import Held
from fedjury.oracle.reporting import Basis, Draft, Reporter
from fedjury.oracle.round_facts import ClosedRound, FactReader
from fedjury.oracle.round_files import RoundFileReader
from fedjury.oracle.round_judge import JudgedRound, RoundJudge
from fedjury.protocol.report import SignedReport
from fedjury.protocol.signing import ReportDomain, join_signatures
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import ignore
from tests.support.federation import Federation


@dataclass(frozen=True)
class Machine:
    """A juror's machine.

    Attributes:
        threads: that torch computes with.
        batch_size: samples that are evaluated at a time.
        by_reference: whether every sample goes to the reference evaluation.
    """

    threads: int = 1
    batch_size: int = 1024
    by_reference: bool = False


_SECONDS = 10.0  # for files that are all there
MACHINES = [Machine(), Machine(2, 7), Machine(4, 64, True)]


def evaluate(federation: Federation, machine: Machine = MACHINES[0]) -> JudgedRound:
    """What one juror's machine finds of the current round, which is closed; all files are there."""
    task = federation.task
    evaluator = Evaluator(
        task.model, federation.verification, machine.batch_size, machine.by_reference
    )
    fetcher = federation.fetcher(f"machine-{machine}")
    before = torch.get_num_threads()
    torch.set_num_threads(machine.threads)
    try:
        judge = RoundJudge(task, RoundFileReader(task, fetcher), ignore)
        judged = judge.judge(_closed(federation), evaluator, _SECONDS)
    finally:
        torch.set_num_threads(before)
    codes = [verdict.code for verdict in judged.judgement.verdicts]
    assert VerdictCode.UNAVAILABLE not in codes
    return judged


def agreed(federation: Federation) -> JudgedRound:
    """What every machine finds of the current round; fails where they differ in a single byte."""
    judged = [evaluate(federation, machine) for machine in MACHINES]
    judgements = [each.judgement for each in judged]
    drafts = [draft_of(federation, each) for each in judged]
    found = {(each.report, each.verdicts, each.record_file, each.model_file) for each in drafts}
    assert len(found) == 1
    counts = {
        (each.baseline_correct, each.model_correct, tuple(each.verdicts)) for each in judgements
    }
    assert len(counts) == 1
    return judged[0]


def draft_of(federation: Federation, judged: JudgedRound) -> Draft:
    """What the jurors would sign of the current round, all of whom hold all files."""
    facts = _closed(federation).facts
    held = Held.alone(judged.updates, judged.judgement.verdicts)
    haves: dict[str, Held] = {juror.address: held for juror in federation.jurors}
    return _reporter(federation).draft(facts, judged, Basis(0, haves, facts.jury.hash))


def _closed(federation: Federation) -> ClosedRound:
    """The current round, which is closed."""
    task, stamp = federation.task, federation.chain.block()
    seen = task.contract.overview(federation.jurors[0].address, at=stamp)
    return FactReader(task).read(seen, stamp)


def _reporter(federation: Federation) -> Reporter:
    return Reporter(federation.task, federation.jurors[0], lambda _: None, None)


def domain_of(federation: Federation) -> ReportDomain:
    """The domain that the task's reports are signed in."""
    return ReportDomain(federation.chain.chain_id, federation.task.contract.address)


def signed_by(
    federation: Federation, draft: Draft, jurors: Sequence[LocalAccount]
) -> list[SignedReport]:
    """The jurors' signatures under a report."""
    domain = domain_of(federation)
    return [
        domain.sign(juror, draft.report, draft.parent_model, draft.verdicts) for juror in jurors
    ]


def finalize(federation: Federation, judged: JudgedRound, jurors: Sequence[LocalAccount]) -> None:
    """Publish model and record, have the jurors sign the report, and send it."""
    draft = draft_of(federation, judged)
    _reporter(federation).publish(draft)
    signatures = join_signatures(signed_by(federation, draft, jurors))
    contract = federation.task.contract
    federation.coordinate(contract.finalize_round(draft.report, draft.verdicts, signatures))
