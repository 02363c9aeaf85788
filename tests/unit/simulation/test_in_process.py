"""Scenarios run without a chain."""

from dataclasses import replace

import pytest
import torch

from fedjury.clients.local_state import StatesInMemory
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.data.split import partition
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.protocol.task_spec import FederatedSpec
from fedjury.protocol.tensors import encode
from fedjury.protocol.verdicts import VerdictCode
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.prepared import prepare
from fedjury.simulation.run import run_scenario
from tests.support.scenarios import digits, small
from tests.support.sentences import sentences


def test_the_same_scenario_gives_the_same_bytes_again() -> None:
    models = [
        [outcome.digest for outcome in run_in_process(prepare(small(), digits()))] for _ in "ab"
    ]
    assert models[0] == models[1]
    assert len(set(models[0])) == 3


def test_excluded_adversaries_leave_a_federation_of_the_others() -> None:
    prepared = prepare(small(exclude_adversaries=True), digits())
    for outcome in run_in_process(prepared):
        controlled = prepared.controlled[outcome.number]
        assert len(controlled) == 2
        assert outcome.verdicts.keys() == outcome.updates.keys() == set(range(4)) - controlled


def test_a_relay_sorts_the_updates_of_clients_that_act_as_without_it() -> None:
    alone, relayed = (
        prepare(small(attack="copy"), digits()),
        prepare(small(attack="copy", relay=True), digits()),
    )
    first, same = next(run_in_process(alone)), next(run_in_process(relayed))
    assert list(first.updates) == list(first.verdicts) == alone.order(1) == relayed.order(1)
    assert alone.order(1) != [0, 1, 2, 3]
    assert list(same.updates) == list(same.verdicts) == [0, 1, 2, 3] == relayed.submitted(1)
    for index, update in first.updates.items():
        assert encode(same.updates[index]) == encode(update)
    duplicates = [
        {index for index, each in outcome.verdicts.items() if each.code is VerdictCode.DUPLICATE}
        for outcome in (first, same)
    ]
    assert duplicates[0] != duplicates[1]


def test_a_federation_learns_sentences_and_turns_away_what_is_trained_on_wrong_words() -> None:
    chosen = small(
        data="tests.support.sentences:sentences",
        model={"callable": "tests.support.sentences:next_word"},
        training={"learning_rate": 0.01, "epochs": 5, "batch_size": 8},
        rounds=1,
        rule="selection",
        attack="label-flip",
        **{"lambda": 0.0},
    )
    prepared = prepare(chosen, sentences())
    (outcome,) = run_in_process(prepared)
    accepted = {index for index, each in outcome.verdicts.items() if each.accepted}
    assert accepted == set(range(4)) - prepared.controlled[1]
    judged = len(prepared.slices[0])
    assert judged == len(prepared.slices[0].samples.labels) == 175
    assert outcome.model_correct / judged > 0.8
    assert prepared.held_out.accuracy(outcome.model) > 0.8


def test_only_the_first_verification_samples_judge() -> None:
    prepared = prepare(small(verification=50), digits())
    whole = prepare(small(), digits())
    assert len(prepared.slices[0]) == 50
    first = whole.slices[0].samples.y[:50]
    assert prepared.slices[0].samples.y.equal(first)
    weights = whole.task.genesis
    assert torch.equal(
        prepared.held_out.correct_mask(weights), whole.held_out.correct_mask(weights)
    )
    assert next(run_in_process(prepared)).model_correct <= 50


def test_each_round_is_judged_on_its_own_slice_where_it_has_one() -> None:
    prepared = prepare(small(verification_slices="each-round"), digits())
    assert len(prepared.slices) == 3
    for outcome in run_in_process(prepared):
        evaluator = Evaluator(prepared.build_model(), prepared.slices[outcome.number - 1])
        assert outcome.baseline_correct == evaluator.correct(outcome.current)
        assert outcome.model_correct == evaluator.correct(outcome.model)


def test_every_round_is_measured_and_told() -> None:
    told: list[int] = []
    result = run_scenario(prepare(small(exclude_adversaries=True), digits()), told.append)
    assert told == [1, 2, 3]
    for row in result.rounds:
        assert row.verdicts.keys() == set(range(4)) - row.controlled
        assert len(row.controlled) == 2
    assert len({row.model for row in result.rounds}) == 3


@pytest.mark.parametrize("adversaries", [0.0, 0.5])
def test_what_a_task_leaves_to_its_clients_each_keeps_from_round_to_round(
    adversaries: float,
) -> None:
    plain = prepare(small(adversaries=adversaries, membership="fixed"), digits())
    last = sorted(plain.task.genesis)[-2:]
    kept = {name: plain.task.genesis[name] for name in last}
    genesis = {name: each for name, each in plain.task.genesis.items() if name not in kept}
    federated = FederatedSpec(names=sorted(genesis), local=last)
    spec = plain.task.spec.model_copy(update={"federated": federated})
    task = replace(plain.task, spec=spec, genesis=genesis, rest={**plain.task.rest, **kept})
    prepared = replace(plain, task=task)
    honest = next(index for index in range(4) if index not in plain.controlled[1])
    trainer = prepared.trainers[honest]
    first = trainer(1, genesis)
    assert first.keys() == genesis.keys()
    alone = LocalTrainer(
        prepared.build_model(),
        partition(plain.dataset.train, 4, plain.scenario.seed)[honest],
        spec.training,
        plain.scenario.client_seed(honest),
        StatesInMemory(last),
    )
    assert encode(first) == encode(alone(1, genesis))
    assert encode(trainer(2, genesis)) == encode(alone(2, genesis))
    assert encode(alone.states.before(9)) != encode(kept)
