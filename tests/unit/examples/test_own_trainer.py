"""The example of a training loop of one's own."""

from pathlib import Path

import own_trainer
import pytest
import torch
from torch import nn

from fedjury.clients.local_state import StatesInMemory
from fedjury.clients.local_update import LocalUpdate
from fedjury.clients.user_trainer import ChosenTrainer, UserTrainer
from fedjury.data import Samples
from fedjury.models import mlp
from fedjury.protocol.tensors import encode
from fedjury.task.state import load_state, state_of_module, weights_of
from tests.support.fake_federation import spec

X = torch.eye(4).repeat(10, 1)
FLAT = Samples(X, torch.arange(4).repeat(10))
# two positions a sample, of which the second counts in every other sample only
POSITIONS = Samples(X, torch.stack([FLAT.y, torch.where(torch.arange(40) % 2 == 0, 1, 9)], 1), 9)


class Twice(nn.Module):
    """Logits for two positions, each from the whole input."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(mlp(4, 8, 10) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([part(x) for part in self.parts], dim=1)


def _train(model: nn.Module, samples: Samples, directory: Path) -> LocalUpdate:
    names = list(state_of_module(model))
    training = {"epochs": 40, "batch_size": 16, "learning_rate": 0.05}
    task = spec(federated={"names": names}, training=training)
    chosen = ChosenTrainer("own_trainer:train", own_trainer.train)
    trainer = UserTrainer(chosen, task, model, samples, 1, StatesInMemory(), directory)
    return trainer(1, weights_of(model))


def test_it_learns_and_says_where(tmp_path: Path) -> None:
    model = mlp(4, 8, 4)
    update = _train(model, FLAT, tmp_path)
    assert update.metadata == {"trained-on": "cuda" if torch.cuda.is_available() else "cpu"}
    load_state(model, update.weights)
    assert torch.equal(model(X).argmax(dim=1), FLAT.y)


def test_labels_that_do_not_count_teach_it_nothing(tmp_path: Path) -> None:
    model = Twice()
    update = _train(model, POSITIONS, tmp_path)
    load_state(model, update.weights)
    logits = model(X).detach()
    assert torch.equal(POSITIONS.rows(logits).argmax(dim=1), POSITIONS.labels)
    # label 9 stands for half of the second positions, and no logit was raised for it
    assert float(logits[:, 1, 9].max()) < float(logits[:, 1, 1].min())


def test_on_one_processor_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    model = mlp(4, 8, 4)
    if torch.cuda.is_available():
        pytest.skip("a GPU promises nothing")
    first, second = (_train(model, FLAT, tmp_path) for _ in range(2))
    assert encode(first.weights) == encode(second.weights)
