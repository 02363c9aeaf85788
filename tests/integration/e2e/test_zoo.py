"""Models as users write them, through two rounds and both audits; the refused ones are unit tests.

What must come of each is in `tests.support.zoo.catalogue`.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.clients.events import VerdictReceived
from fedjury.oracle.audit.auditor import Auditor
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.events import RoundJudged
from fedjury.oracle.slices import Slices
from fedjury.protocol.tensors import Tensors, decode
from fedjury.runtime.loop import Step
from fedjury.task.state import state_of_module
from tests.support.federation import Federation, create_federation, cycle_until, judge_round
from tests.support.machines import agreed, draft_of
from tests.support.recorder import Recorder
from tests.support.zoo.catalogue import SPECIMENS, Specimen, specimen

CLIENTS = 3
ROUNDS = 2


@pytest.fixture(scope="module")
def chain() -> Chain:
    """A chain in this process that all tests share."""
    return Chain.connect("embedded")


@pytest.fixture(scope="module")
def accounts(chain: Chain) -> Sequence[LocalAccount]:
    """Accounts with ether."""
    return funded_accounts(chain.web3)


class Zoo:
    """Makes federations of specimens."""

    def __init__(self, directory: Path, chain: Chain, accounts: Sequence[LocalAccount]) -> None:
        self._directory, self._chain, self._accounts = directory, chain, accounts

    def open(self, one: Specimen) -> Federation:
        """A new federation of a specimen."""
        return create_federation(
            self._directory,
            self._chain,
            self._accounts,
            clients=CLIENTS,
            rounds=ROUNDS,
            draft=one.draft(),
            data=one.data(),
            allowed_models=[one.callable],
        )


@pytest.fixture
def zoo(tmp_path: Path, chain: Chain, accounts: Sequence[LocalAccount]) -> Zoo:
    """The zoo."""
    return Zoo(tmp_path, chain, accounts)


@pytest.mark.parametrize("one", SPECIMENS, ids=[each.name for each in SPECIMENS])
def test_two_rounds_of_it_are_accepted_and_pass_both_audits(zoo: Zoo, one: Specimen) -> None:
    federation, told = zoo.open(one), Recorder()
    juror = federation.juror(told)
    for number in range(1, ROUNDS + 1):
        for index in range(CLIENTS):
            cycle_until(federation.client(index, told).cycle)
        last = one.defined and number == ROUNDS
        found = agreed(federation) if last else None
        draft = draft_of(federation, found) if found else None
        judge_round(federation, juror)
        if draft is not None and found is not None:
            assert federation.finalized()[-1].report == draft.report
            assert told.of(RoundJudged, number)[-1].model_correct == found.judgement.model_correct
        labels = federation.labels(number).values()
        assert set(labels) <= {"accepted", "not-improved"}
        assert "accepted" in labels
    assert federation.client(0, told).cycle() is Step.FINISHED
    assert len(told.of(VerdictReceived)) >= ROUNDS
    _audit(federation, one)
    _count(federation, one, told)


def _audit(federation: Federation, one: Specimen) -> None:
    at = federation.chain.block()
    for slices in (None, Slices.of(federation.task.spec, [federation.verification])):
        result = Auditor(federation.task, slices).run(at)
        assert result.difference is None
        assert [audit.accepted > 0 for audit in result.rounds] == [True] * ROUNDS
        undefined = [note for audit in result.rounds for note in audit.notes]
        assert bool(undefined) is (slices is not None and not one.defined)


def _count(federation: Federation, one: Specimen, told: Recorder) -> None:
    """The reference alone finds the jury's counts; without one, plain float64 in other batches."""
    task, verification = federation.task, federation.verification
    evaluator = Evaluator(task.model, verification, 7, one.defined, not one.defined)
    assert (evaluator.undefined is None) is one.defined
    for finalized in federation.finalized():
        model = task.fetch_model(finalized.model_digest)
        judged = told.of(RoundJudged, finalized.round)[-1]
        assert evaluator.correct(model) == judged.model_correct > 0


@pytest.mark.parametrize(
    ("name", "weight"),
    [("raises_for_some_weights", 100.0), ("raises_for_weights_that_are_zero", 0.0)],
)
def test_an_update_with_which_the_model_raises_has_a_verdict_of_its_own(
    zoo: Zoo, name: str, weight: float
) -> None:
    one, told = specimen(name), Recorder()
    federation = zoo.open(one)

    def hostile(round_number: int, weights: Tensors) -> Tensors:
        # by the paper's rule it is judged in the mean with the current model: this is what it takes
        return {each: 2 * weight - tensor for each, tensor in weights.items()}

    for index in range(CLIENTS):
        trainer = hostile if index == 1 else None
        cycle_until(federation.client(index, told, trainer=trainer).cycle)
    judge_round(federation, federation.juror(told))
    accounts = federation.clients
    assert [federation.labels(1)[each.address] for each in accounts] == [
        "accepted",
        "model-raises",
        "accepted",
    ]
    for slices in (None, Slices.of(federation.task.spec, [federation.verification])):
        result = Auditor(federation.task, slices).run(federation.chain.block())
        assert result.difference is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("personal_head", ["head.bias", "head.weight"]),
        (
            "batch_norm_that_clients_keep",
            ["norm.num_batches_tracked", "norm.running_mean", "norm.running_var"],
        ),
    ],
)
def test_what_clients_keep_is_each_ones_own_and_the_jury_has_the_first_models(
    zoo: Zoo, name: str, kept: list[str]
) -> None:
    federation, told = zoo.open(specimen(name)), Recorder()
    task = federation.task
    first = {each: tensor.clone() for each, tensor in state_of_module(task.model).items()}
    for index in range(CLIENTS):
        cycle_until(federation.client(index, told).cycle)
    judge_round(federation, federation.juror(told))
    for index in range(CLIENTS):
        cycle_until(federation.client(index, told).cycle)
    model = task.fetch_model(federation.finalized()[-1].model_digest)
    assert not model.keys() & {*kept}
    assert task.spec.federated.local == kept
    states = [
        [
            decode((federation.directory / f"client-{index}" / _file(number)).read_bytes())[0]
            for number in (1, 2)
        ]
        for index in range(CLIENTS)
    ]
    for each in kept:
        assert torch.equal(state_of_module(task.model)[each], first[each])
        if each == "norm.num_batches_tracked":
            continue  # all clients have as many batches
        found = [first[each], *(state[each] for both in states for state in both)]
        pairs = [(a, b) for a in range(len(found)) for b in range(a)]
        assert not any(torch.equal(found[a], found[b]) for a, b in pairs)


def _file(round_number: int) -> str:
    return f"local-{round_number}.safetensors"
