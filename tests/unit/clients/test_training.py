"""Local training."""

from collections.abc import Callable
from typing import Literal

import pytest
import torch
from torch import nn

from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.training import train
from fedjury.data import Samples
from fedjury.models import mlp
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import encode
from fedjury.task.state import weights_of

SHARD = Samples(torch.rand(40, 6, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 4)
GLOBAL = weights_of(mlp(6, 5, 4))


def _trainer(
    seed: int = 1,
    training: TrainingSpec | None = None,
    model: nn.Module | None = None,
) -> LocalTrainer:
    return LocalTrainer(
        model or mlp(6, 5, 4),
        SHARD,
        training or TrainingSpec(batch_size=8),
        seed,
    )


def test_the_same_call_gives_the_same_weights() -> None:
    assert encode(_trainer()(3, GLOBAL)) == encode(_trainer()(3, GLOBAL))


def test_earlier_rounds_leave_nothing_behind() -> None:
    trainer = _trainer()
    trainer(1, GLOBAL)
    assert encode(trainer(3, GLOBAL)) == encode(_trainer()(3, GLOBAL))


class Remembering(nn.Module):
    """Carries a hidden state, a count and cumulative statistics from one pass to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.layer = nn.BatchNorm1d(6, momentum=None), nn.Linear(6, 4)
        self.hidden, self.passes = torch.zeros(6), 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits, which depend on all of that."""
        self.passes += 1
        x = self.norm(x) + self.hidden / self.passes
        self.hidden = x.mean(0).detach()
        logits: torch.Tensor = self.layer(x)
        return logits


def test_a_module_that_remembers_trains_as_if_it_had_seen_nothing() -> None:
    model = Remembering()
    start, trainer = weights_of(model), _trainer(model=model)
    first = encode(trainer(3, start))
    trainer(4, start)
    assert encode(trainer(3, start)) == first
    assert (model.passes, float(model.hidden.sum())) == (0, 0.0)


def test_another_round_seed_or_model_gives_other_weights() -> None:
    other = {name: tensor + 0.1 for name, tensor in GLOBAL.items()}
    found = [_trainer()(3, GLOBAL), _trainer()(4, GLOBAL), _trainer(2)(3, GLOBAL)]
    found.append(_trainer()(3, other))
    assert len({encode(weights) for weights in found}) == 4


def test_dropout_is_seeded_and_the_global_generator_left_alone() -> None:
    def model() -> nn.Module:
        return nn.Sequential(mlp(6, 5, 4), nn.Dropout(0.5))

    trainers = [_trainer(model=model()) for _ in range(2)]
    start = weights_of(trainers[0].model)
    torch.manual_seed(9)
    wanted = torch.rand(2)
    torch.manual_seed(9)
    first, again = (encode(trainer(1, start)) for trainer in trainers)
    assert first == again
    assert torch.equal(torch.rand(2), wanted)


@pytest.mark.parametrize(
    "training",
    [
        TrainingSpec(batch_size=8, epochs=2),
        TrainingSpec(batch_size=4),
        TrainingSpec(batch_size=8, learning_rate=0.1),
        TrainingSpec(batch_size=8, optimizer="sgd"),
    ],
)
def test_every_setting_of_the_spec_counts(training: TrainingSpec) -> None:
    assert encode(_trainer(training=training)(1, GLOBAL)) != encode(_trainer()(1, GLOBAL))


def test_training_teaches() -> None:
    x = torch.eye(4).repeat(10, 1)
    shard = Samples(x, torch.arange(4).repeat(10))
    training = TrainingSpec(epochs=30, learning_rate=0.05)
    model = mlp(4, 8, 4)
    trained = LocalTrainer(model, shard, training, 1)(1, weights_of(model))
    model.load_state_dict(trained)
    assert torch.equal(model(x).argmax(dim=1), shard.y)


def test_other_samples_are_trained_on_with_the_same_seed() -> None:
    other = Samples(SHARD.x, 3 - SHARD.y)
    trainer = _trainer()
    assert encode(trainer.train_on(SHARD, 3, GLOBAL)) == encode(trainer(3, GLOBAL))
    assert encode(trainer.train_on(other, 3, GLOBAL)) != encode(trainer(3, GLOBAL))


@pytest.mark.parametrize(
    ("optimizer", "make"), [("adam", torch.optim.Adam), ("sgd", torch.optim.SGD)]
)
def test_it_is_the_plain_loop_over_shuffled_batches(
    optimizer: Literal["adam", "sgd"], make: Callable[..., torch.optim.Optimizer]
) -> None:
    training = TrainingSpec(optimizer=optimizer, learning_rate=0.01, batch_size=16, epochs=3)
    found = train(mlp(6, 5, 4), GLOBAL, SHARD, training, 5)
    model = mlp(6, 5, 4)
    model.load_state_dict(GLOBAL)
    plain = make(model.parameters(), lr=0.01)
    torch.manual_seed(5)
    for _ in range(3):
        for batch in torch.split(torch.randperm(40), 16):
            plain.zero_grad()
            loss = nn.CrossEntropyLoss()(model(SHARD.x[batch]), SHARD.y[batch])
            loss.backward()
            plain.step()
    for name, tensor in weights_of(model).items():
        assert torch.allclose(found[name], tensor, atol=1e-5)
