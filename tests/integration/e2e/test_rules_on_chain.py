"""Every rule that a spec can name, on a chain: jurors agree, the model follows, audits pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.oracle.audit import Auditor, AuditResult
from fedjury.oracle.rules.registry import RULES
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.tensors import encode
from tests.support.federation import Federation, create_federation, cycle_until
from tests.support.machines import agreed, finalize
from tests.support.recorder import Recorder

CLIENTS, POISONER = 5, 4
ACCEPT_ALL = {"fedavg", "median", "trimmed-mean"}


Create = Callable[[str], Federation]


@pytest.fixture
def create(anvil: str, tmp_path: Path) -> Create:
    """Creates a federation under a rule: five clients, and three jurors who must all sign."""
    return lambda rule: create_federation(
        tmp_path,
        Chain.connect(anvil),
        devnet_accounts(1 + 3 + CLIENTS),
        clients=CLIENTS,
        jurors=3,
        quorum=3,
        rounds=2,
        rule=RuleSpec(name=rule),
    )


def submit(federation: Federation) -> None:
    """One round's updates, one of them poisoned."""
    for index in range(CLIENTS):
        cycle_until(federation.client(index, Recorder(), poison=index == POISONER).cycle)


def audits(federation: Federation) -> list[AuditResult]:
    """A light and a full one."""
    at = federation.chain.block()
    slices = Slices.of(federation.task.spec, [federation.verification])
    return [Auditor(federation.task, given).run(at) for given in (None, slices)]


@pytest.mark.parametrize("rule", RULES)
def test_two_rounds_under_a_quorum_pass_both_audits(rule: str, create: Create) -> None:
    federation = create(rule)
    digest = federation.task.config.genesis_digest
    accepted = []
    for _ in (1, 2):
        submit(federation)
        judged = agreed(federation)
        judgement = judged.judgement
        assert judgement.model_file is not None
        assert len(judgement.verdicts) == CLIENTS
        assert all(verdict.correct > 0 for verdict in judgement.verdicts)
        finalize(federation, judged, federation.jurors)
        assert digest != Digest.of(judgement.model_file)
        digest = Digest.of(judgement.model_file)
        assert federation.task.contract.current_round().model_digest == digest
        accepted.append(sum(verdict.accepted for verdict in judgement.verdicts))
        if rule in ACCEPT_ALL:
            assert accepted[-1] == CLIENTS
        else:
            assert not judgement.verdicts[POISONER].accepted
    for result in audits(federation):
        assert result.passed, result.difference
        assert [audit.accepted for audit in result.rounds] == accepted


@pytest.mark.parametrize("rule", ["median", "trimmed-mean", "multi-krum"])
def test_an_aggregate_by_another_rule_is_found(rule: str, create: Create) -> None:
    federation = create(rule)
    submit(federation)
    judged = agreed(federation)
    judgement = judged.judgement
    other = RULES["median" if rule == "multi-krum" else "fedavg"]()
    task = federation.task
    accepted = [
        task.fetch_model(update.digest)
        for update, verdict in zip(federation.updates(1), judgement.verdicts, strict=True)
        if verdict.accepted
    ]
    current = task.fetch_model(task.config.genesis_digest)
    model = other.aggregate(current, accepted, task.spec.lam)
    posted = replace(judgement, model=model, model_file=encode(model))
    finalize(federation, replace(judged, judgement=posted), federation.jurors)
    for result in audits(federation):
        assert result.difference is not None
        assert "the model posted is" in result.difference.what
        assert f"of the {len(accepted)} accepted updates" in result.difference.what
