"""What a client that runs by itself does with a round's model."""

from pathlib import Path

import pytest
import torch

from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.lone_trainer import ChosenAttack, make_trainer
from fedjury.clients.shard import ShardData
from fedjury.clients.training import train
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.opened import OpenedTask
from tests.support.fake_federation import FakeFederation, weights

DATA = ShardData(Samples(torch.eye(3).repeat(20, 1), torch.arange(3).repeat(20)), 3)
CURRENT = weights(0)


@pytest.fixture
def task(tmp_path: Path) -> OpenedTask:
    return FakeFederation(tmp_path).task


def _honest(task: OpenedTask, round_number: int, seed: int = 5) -> Tensors:
    return make_trainer(task, DATA, seed, None)(round_number, CURRENT)


def test_without_an_attack_it_trains_as_the_spec_asks(task: OpenedTask) -> None:
    seeds = range(5 * 100_003, 5 * 100_003 + 3)
    model, training = task.model, task.spec.training
    wanted = [train(model, CURRENT, DATA.samples, training, seed) for seed in seeds]
    assert [encode(_honest(task, number)) for number in range(3)] == list(map(encode, wanted))
    assert encode(_honest(task, 1, seed=6)) != encode(wanted[1])


@pytest.mark.parametrize(("rounds", "attacked"), [(None, {1, 2, 3}), (frozenset({2}), {2})])
def test_it_attacks_in_the_rounds_that_were_chosen_and_is_honest_in_the_others(
    task: OpenedTask, rounds: frozenset[int] | None, attacked: set[int]
) -> None:
    chosen = ChosenAttack(find_attack("free-rider", {"noise": 0}), rounds)
    trainer = make_trainer(task, DATA, 5, chosen)
    for number in (1, 2, 3):
        update = encode(trainer(number, CURRENT))
        wanted = CURRENT if number in attacked else _honest(task, number)
        assert update == encode(wanted), f"round {number}"
