"""What a client that runs by itself does with a round's model."""

from pathlib import Path

import pytest
import torch

from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.local_update import LocalUpdate, UpdateSource
from fedjury.clients.lone_trainer import ChosenAttack, make_trainer
from fedjury.clients.shard import ShardData
from fedjury.clients.training import train
from fedjury.clients.training_error import TrainingError
from fedjury.clients.user_trainer import ChosenTrainer
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.opened import OpenedTask
from tests.support.fake_federation import FakeFederation, weights
from tests.support.recorder import Recorder
from tests.support.trainers import sgd

DATA = ShardData(Samples(torch.eye(3).repeat(20, 1), torch.arange(3).repeat(20)), 3)
CURRENT = weights(0)


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    return FakeFederation(tmp_path)


@pytest.fixture
def task(federation: FakeFederation) -> OpenedTask:
    return federation.task


def _make(
    task: OpenedTask,
    work: Path,
    chosen: ChosenAttack | ChosenTrainer | None = None,
    seed: int = 5,
) -> UpdateSource:
    return make_trainer(task, DATA, seed, chosen, work, Recorder())


def _weights(update: Tensors | LocalUpdate) -> bytes:
    return encode(update.weights if isinstance(update, LocalUpdate) else update)


def test_without_an_attack_it_trains_as_the_spec_asks(task: OpenedTask, tmp_path: Path) -> None:
    seeds = range(5 * 100_003, 5 * 100_003 + 3)
    wanted = [
        encode(train(task.model, CURRENT, DATA.samples, task.spec.training, seed)) for seed in seeds
    ]
    found = [_weights(_make(task, tmp_path)(number, CURRENT)) for number in range(3)]
    assert found == wanted
    assert _weights(_make(task, tmp_path, seed=6)(1, CURRENT)) != wanted[1]


@pytest.mark.parametrize(("rounds", "attacked"), [(None, {1, 2, 3}), (frozenset({2}), {2})])
def test_it_attacks_in_the_rounds_that_were_chosen_and_is_honest_in_the_others(
    task: OpenedTask, tmp_path: Path, rounds: frozenset[int] | None, attacked: set[int]
) -> None:
    chosen = ChosenAttack(find_attack("free-rider", {"noise": 0}), rounds)
    trainer, honest = _make(task, tmp_path, chosen), _make(task, tmp_path)
    for number in (1, 2, 3):
        wanted = encode(CURRENT) if number in attacked else _weights(honest(number, CURRENT))
        assert _weights(trainer(number, CURRENT)) == wanted, f"round {number}"


def test_it_trains_in_its_users_own_way(task: OpenedTask, tmp_path: Path) -> None:
    update = _make(task, tmp_path, ChosenTrainer("my:sgd", sgd))(1, CURRENT)
    assert isinstance(update, LocalUpdate)
    assert update.metadata == {"trained-on": "cpu"}
    assert (tmp_path / "trainer").is_dir()


def test_an_honest_client_says_so_rather_than_submit_weights_beyond_the_limit(
    tmp_path: Path,
) -> None:
    task = FakeFederation(tmp_path, update={"max_bytes": 4096, "max_magnitude": 0.5}).task
    with pytest.raises(TrainingError, match=r"the model went too far .* beyond ±0.5") as raised:
        _make(task, tmp_path)(1, CURRENT)
    assert not raised.value.lasting


def test_an_adversary_submits_them_all_the_same(tmp_path: Path) -> None:
    task = FakeFederation(tmp_path, update={"max_bytes": 4096, "max_magnitude": 0.5}).task
    chosen = ChosenAttack(find_attack("free-rider", {"noise": 0}), None)
    assert _weights(_make(task, tmp_path, chosen)(1, CURRENT)) == encode(CURRENT)
