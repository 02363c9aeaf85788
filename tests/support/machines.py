"""Jurors' machines that differ in all that must not matter, and a report that all of them sign."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from eth_account.signers.local import LocalAccount

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Judgement
from fedjury.oracle.reporting import Draft, Reporter
from fedjury.oracle.round_facts import FactReader
from fedjury.oracle.round_judge import RoundJudge
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
        judge = RoundJudge(task, fetcher, ignore)
        updates = federation.updates(state.number)
        judgement = judge.judge(state, updates, evaluator, _SECONDS)
    finally:
        torch.set_num_threads(before)
    assert not any(each.code is VerdictCode.UNAVAILABLE for each in judgement.verdicts)
    return judgement


def agreed(federation: Federation) -> Judgement:
    """What every machine finds of the current round; fails where they differ in a single byte."""
    judgements = [evaluate(federation, machine) for machine in MACHINES]
    drafts = [draft_of(federation, each) for each in judgements]
    found = {(each.report, each.verdicts, each.record_file, each.model_file) for each in drafts}
    assert len(found) == 1
    counts = {
        (each.baseline_correct, each.model_correct, tuple(each.verdicts)) for each in judgements
    }
    assert len(counts) == 1
    return judgements[0]


def draft_of(federation: Federation, judgement: Judgement) -> Draft:
    """What the first juror would sign of the current round."""
    task, stamp = federation.task, federation.chain.block()
    seen = task.contract.overview(federation.jurors[0].address, at=stamp)
    facts = FactReader(task).read(seen, stamp)
    return _reporter(federation).draft(facts, judgement)


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


def finalize(federation: Federation, judgement: Judgement, jurors: Sequence[LocalAccount]) -> None:
    """Publish model and record, have the jurors sign the report, and send it."""
    draft = draft_of(federation, judgement)
    _reporter(federation).publish(draft)
    signatures = join_signatures(signed_by(federation, draft, jurors))
    contract = federation.task.contract
    federation.coordinate(contract.finalize_round(draft.report, draft.verdicts, signatures))
