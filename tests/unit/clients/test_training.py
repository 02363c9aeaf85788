"""Local training and the paper's attacks."""

import pytest
import torch
from torch import nn

from clients.attacks import ATTACKS, random_labels, static_label
from clients.trainer import LocalTrainer
from fedjury.data import Samples
from fedjury.models import mlp, weights_of
from fedjury.spec import TrainingSpec
from fedjury.tensors import encode

SHARD = Samples(torch.rand(40, 6, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 4)
GLOBAL = weights_of(mlp(6, 5, 4))


def _trainer(
    seed: int = 1,
    attack: str | None = None,
    poisoned: frozenset[int] | None = None,
    training: TrainingSpec | None = None,
    model: nn.Module | None = None,
) -> LocalTrainer:
    return LocalTrainer(
        model or mlp(6, 5, 4),
        SHARD,
        4,
        training or TrainingSpec(batch_size=8),
        seed,
        None if attack is None else ATTACKS[attack],
        poisoned,
    )


def test_static_label_makes_every_label_zero() -> None:
    poisoned = static_label(SHARD, 4, 1)
    assert not poisoned.y.any()
    assert poisoned.x is SHARD.x
    assert SHARD.y.any()


def test_random_labels_are_drawn_from_all_classes_by_the_seed() -> None:
    poisoned = random_labels(SHARD, 4, 1)
    assert set(poisoned.y.tolist()) == {0, 1, 2, 3}
    assert torch.equal(poisoned.y, random_labels(SHARD, 4, 1).y)
    assert not torch.equal(poisoned.y, random_labels(SHARD, 4, 2).y)
    assert not torch.equal(poisoned.y, SHARD.y)


def test_the_same_call_gives_the_same_weights() -> None:
    assert encode(_trainer()(3, GLOBAL)) == encode(_trainer()(3, GLOBAL))


def test_earlier_rounds_leave_nothing_behind() -> None:
    trainer = _trainer()
    trainer(1, GLOBAL)
    assert encode(trainer(3, GLOBAL)) == encode(_trainer()(3, GLOBAL))


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
    trained = LocalTrainer(model, shard, 4, training, 1)(1, weights_of(model))
    model.load_state_dict(trained)
    assert torch.equal(model(x).argmax(dim=1), shard.y)


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_a_poisoner_attacks_only_in_its_rounds(attack: str) -> None:
    sometimes = _trainer(attack=attack, poisoned=frozenset({2, 5}))
    assert [sometimes.poisons(number) for number in (1, 2, 3, 5)] == [False, True, False, True]
    for number, honest in ((1, True), (2, False), (3, True)):
        same = encode(sometimes(number, GLOBAL)) == encode(_trainer()(number, GLOBAL))
        assert same is honest


def test_a_poisoner_without_rounds_always_attacks() -> None:
    always = _trainer(attack="static-label")
    assert all(always.poisons(number) for number in range(1, 5))
    assert encode(always(1, GLOBAL)) != encode(_trainer()(1, GLOBAL))


def test_no_rounds_at_all_are_honest() -> None:
    assert not _trainer(attack="static-label", poisoned=frozenset()).poisons(1)
