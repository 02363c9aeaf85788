"""The example of differentially private training; needs opacus (`fedjury[private]`)."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from fedjury.clients.local_state import StatesInMemory
from fedjury.clients.training_error import TrainingError
from fedjury.clients.user_trainer import ChosenTrainer, UserTrainer
from fedjury.data import Samples
from fedjury.models import mlp
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.state import load_state, state_of_module, weights_of
from tests.support.fake_federation import spec

pytest.importorskip("opacus", reason="opacus is not installed: pip install 'fedjury[private]'")

import private_trainer
from opacus.accountants import RDPAccountant

MODEL = mlp(4, 8, 4)
CURRENT = weights_of(MODEL)
SHARD = Samples(torch.eye(4).repeat(50, 1), torch.arange(4).repeat(50))
EPOCHS, BATCH = 2, 20  # so a round has 20 steps, each with a tenth of the samples


def _trainer(
    directory: Path, model: nn.Module = MODEL, names: list[str] | None = None, epochs: int = EPOCHS
) -> UserTrainer:
    training = {"epochs": epochs, "batch_size": BATCH, "learning_rate": 0.05}
    task = spec(federated={"names": names or list(state_of_module(model))}, training=training)
    chosen = ChosenTrainer("private_trainer:train", private_trainer.train)
    return UserTrainer(chosen, task, model, SHARD, 1, StatesInMemory(), directory)


def _epsilon(rounds: int) -> float:
    """What so many rounds spend, by the accountant alone."""
    accountant = RDPAccountant()
    accountant.history = [(private_trainer.NOISE, 0.1, 20 * rounds)]
    return float(accountant.get_epsilon(1e-5))


def test_the_metadata_say_what_all_rounds_so_far_have_spent(tmp_path: Path) -> None:
    said = []
    for number in (1, 2, 3):
        trainer = _trainer(tmp_path)  # as after a restart
        said.append(trainer(number, CURRENT).metadata)
    assert [each["dp-delta"] for each in said] == ["1e-05"] * 3
    found = [float(each["dp-epsilon"]) for each in said]
    assert found == pytest.approx([_epsilon(rounds) for rounds in (1, 2, 3)], rel=1e-3)
    assert found[0] < found[1] < found[2]


def test_a_round_that_is_trained_twice_is_paid_for_twice(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path)
    trainer(1, CURRENT)
    again = trainer(1, CURRENT)
    assert float(again.metadata["dp-epsilon"]) == pytest.approx(_epsilon(2), rel=1e-3)


def test_it_learns_with_little_noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_trainer, "NOISE", 0.3)
    monkeypatch.setattr(private_trainer, "LIMIT", math.inf)
    update = _trainer(tmp_path, epochs=20)(1, CURRENT)
    model = mlp(4, 8, 4)
    load_state(model, update.weights)
    assert torch.equal(model(SHARD.x).argmax(dim=1), SHARD.y)


def test_the_noise_does_not_follow_from_the_seed(tmp_path: Path) -> None:
    first, second = (_trainer(tmp_path / name)(1, CURRENT) for name in "ab")
    assert encode(first.weights) != encode(second.weights)


def test_a_gradient_that_is_clipped_to_nothing_moves_by_noise_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spread(noise: float, directory: str) -> float:
        monkeypatch.setattr(private_trainer, "NOISE", noise)
        monkeypatch.setattr(private_trainer, "LIMIT", math.inf)
        task = spec(
            federated={"names": list(CURRENT)},
            training={"optimizer": "sgd", "learning_rate": 1.0, "batch_size": BATCH},
        )
        chosen = ChosenTrainer("private_trainer:train", private_trainer.train)
        states, where = StatesInMemory(), tmp_path / directory
        update = UserTrainer(chosen, task, MODEL, SHARD, 1, states, where)(1, CURRENT)
        moved = [update.weights[name] - CURRENT[name] for name in CURRENT]
        return float(torch.cat([each.flatten() for each in moved]).std())

    # ten steps of noise NOISE·CLIP over 20 samples each
    assert spread(400.0, "much") == pytest.approx(400 / 20 * math.sqrt(10), rel=0.5)
    assert spread(0.5, "little") < 1


def test_batches_that_happen_to_be_empty_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_trainer, "LIMIT", math.inf)
    few = SHARD.take(torch.arange(3))  # in batches of one: three in ten are empty
    task = spec(federated={"names": list(CURRENT)}, training={"batch_size": 1, "epochs": 10})
    chosen = ChosenTrainer("private_trainer:train", private_trainer.train)
    trainer = UserTrainer(chosen, task, MODEL, few, 1, StatesInMemory(), tmp_path)
    update = trainer(1, CURRENT)
    assert all(bool(tensor.isfinite().all()) for tensor in update.weights.values())


def test_nothing_is_trained_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_trainer, "LIMIT", (_epsilon(1) + _epsilon(2)) / 2)
    trainer = _trainer(tmp_path)
    trainer(1, CURRENT)
    spent = (tmp_path / "spent.json").read_bytes()
    with pytest.raises(TrainingError, match="RuntimeError: one more round would spend ε = "):
        trainer(2, CURRENT)
    assert (tmp_path / "spent.json").read_bytes() == spent


@pytest.mark.parametrize("damage", ["", "{", "3", "[[1.0, 0.1]]"])
def test_a_budget_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "spent.json").write_text(damage)
    with pytest.raises(TrainingError, match="is damaged: nobody knows what was spent"):
        _trainer(tmp_path)(1, CURRENT)


def test_what_is_spent_stands_in_a_file_before_the_weights_are_out(tmp_path: Path) -> None:
    _trainer(tmp_path)(1, CURRENT)
    assert json.loads((tmp_path / "spent.json").read_text()) == [[1.0, 0.1, 20]]


def test_statistics_that_a_model_takes_without_noise_are_refused(tmp_path: Path) -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)
            self.register_buffer("mean", torch.zeros(4))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.layer(x)
            return logits

    model = Counting()
    with pytest.raises(TrainingError, match="'mean' is no parameter"):
        _trainer(tmp_path, model)(1, weights_of(model))


def test_what_is_not_federated_is_not_trained(tmp_path: Path) -> None:
    seen: list[nn.Module] = []
    model = mlp(4, 8, 4)
    model.register_forward_hook(lambda module, *_: seen.append(module))
    names = [name for name in state_of_module(model) if name.endswith("weight")]
    current: Tensors = weights_of(model, names)
    update = _trainer(tmp_path, model, names)(1, current)
    assert update.weights.keys() == set(names)
    biases = [each for name, each in seen[-1].named_parameters() if name.endswith("bias")]
    assert biases
    assert all(not bias.requires_grad for bias in biases)
