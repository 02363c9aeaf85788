"""Jurors' machines that differ in all that must not matter, and a report that all of them sign."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from eth_account.signers.local import LocalAccount

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Judgement
from fedjury.oracle.round_judge import RoundJudge
from fedjury.protocol.report import Report
from fedjury.protocol.signing import ReportDomain, join_signatures
from fedjury.protocol.verdicts import VerdictCode, pack
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


MACHINES = [Machine(), Machine(2, 7), Machine(4, 64, True)]


def evaluate(federation: Federation, machine: Machine = MACHINES[0]) -> Judgement:
    """What one juror's machine finds of the current round, which is closed; all files are there."""
    task = federation.task
    state = task.contract.current_round()
    evaluator = Evaluator(
        task.model, federation.verification, machine.batch_size, machine.by_reference
    )
    fetcher = federation.fetcher(f"machine-{machine}")
    before = torch.get_num_threads()
    torch.set_num_threads(machine.threads)
    try:
        judge = RoundJudge(task, fetcher, evaluator, ignore)
        judgement = judge.judge(state, federation.updates(state.number))
    finally:
        torch.set_num_threads(before)
    assert not any(each.code is VerdictCode.UNAVAILABLE for each in judgement.verdicts)
    return judgement


def agreed(federation: Federation) -> Judgement:
    """What every machine finds of the current round; fails where they differ in a single byte."""
    judgements = [evaluate(federation, machine) for machine in MACHINES]
    found = {
        (report_of(federation, each), pack(each.verdicts), each.model_file) for each in judgements
    }
    assert len(found) == 1
    return judgements[0]


def report_of(federation: Federation, judgement: Judgement) -> Report:
    """The report that a juror signs."""
    state = federation.task.contract.current_round()
    return Report(
        state.number,
        state.jury_version,
        state.updates_hash,
        judgement.baseline_correct,
        judgement.model_correct,
        judgement.model_digest(state.model_digest),
    )


def domain_of(federation: Federation) -> ReportDomain:
    """The domain that the task's reports are signed in."""
    return ReportDomain(federation.chain.chain_id, federation.task.contract.address)


def finalize(federation: Federation, judgement: Judgement, jurors: Sequence[LocalAccount]) -> None:
    """Publish the model, have the jurors sign its report, and send it."""
    task, domain = federation.task, domain_of(federation)
    if judgement.model_file is not None:
        task.store.add(judgement.model_file)
    report, verdicts = report_of(federation, judgement), pack(judgement.verdicts)
    signatures = join_signatures(domain.sign(juror, report, verdicts) for juror in jurors)
    federation.coordinate(task.contract.finalize_round(report, verdicts, signatures))
