"""Attacks by wrong labels, and Sybils."""

import pytest
import torch

from fedjury.clients.attacks.base import AttackContext, Colluder
from fedjury.clients.attacks.registry import find_attack
from fedjury.data import Samples
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import Tensors
from tests.support.adversary import CURRENT, close, context, rows, shard
from tests.support.sentences import PADDING, WORDS, sentences


def _trained_on(name: str, **parameters: object) -> list[Samples]:
    trained: list[Samples] = []
    find_attack(name, parameters)(context(3, trained=trained))
    return trained


def test_static_label_makes_every_label_the_target() -> None:
    assert [set(samples.y.tolist()) for samples in _trained_on("static-label")] == [{0}] * 3
    assert set(_trained_on("static-label", target=3)[0].y.tolist()) == {3}


def test_random_labels_are_drawn_from_all_classes_by_each_colluders_seed() -> None:
    first, second, _ = _trained_on("random-labels")
    assert set(first.y.tolist()) == {0, 1, 2, 3}
    assert not torch.equal(first.y, second.y)
    assert torch.equal(first.y, _trained_on("random-labels")[0].y)


def test_label_flip_turns_the_order_of_the_classes_around() -> None:
    for place, samples in enumerate(_trained_on("label-flip")):
        assert torch.equal(samples.y, 3 - shard(place).y)


def test_inputs_stay_and_every_colluder_trains_on_its_own() -> None:
    for name in ("static-label", "random-labels", "label-flip"):
        for place, samples in enumerate(_trained_on(name)):
            assert torch.equal(samples.x, shard(place).x)


def test_sybils_submit_the_first_ones_flipped_training_and_hardly_differ() -> None:
    given = context(3)
    first = find_attack("label-flip")(given)[0]
    found = rows(find_attack("sybils")(given))
    assert all(close(row, rows([first])[0]) for row in found)
    assert not torch.equal(found[0], found[1])
    assert len(_trained_on("sybils")) == 1


FOLLOWED = Samples(torch.tensor([[3, 0, 0], [1, 2, 0]]), torch.tensor([[3, 0, 0], [1, 2, 0]]), 0)


def _sequences_trained_on(name: str, samples: Samples, **parameters: object) -> Samples:
    trained: list[Samples] = []

    def train(given: Samples) -> Tensors:
        trained.append(given)
        return CURRENT

    knows = AttackContext(1, CURRENT, WORDS, [Colluder(0, samples, 5, train)])
    find_attack(name, parameters)(knows)
    return trained[-1]


@pytest.mark.parametrize(
    "name", ["static-label", "random-labels", "label-flip", "scaling", "sybils"]
)
def test_padding_and_inputs_of_sequences_stay(name: str) -> None:
    samples = sentences().train
    found = _sequences_trained_on(name, samples)
    assert found.padding == PADDING
    assert torch.equal(found.x, samples.x)
    assert torch.equal(found.y == PADDING, samples.y == PADDING)
    assert not torch.equal(found.labels, samples.labels)


def test_labels_of_sequences_are_poisoned_one_by_one() -> None:
    samples = sentences().train
    assert set(_sequences_trained_on("static-label", samples, target=2).labels.tolist()) == {2}
    assert set(_sequences_trained_on("random-labels", samples).labels.tolist()) == set(range(WORDS))
    flipped = _sequences_trained_on("label-flip", samples).labels
    assert torch.equal(flipped, WORDS - 1 - samples.labels)


def test_no_label_becomes_padding() -> None:
    several = Samples(FOLLOWED.x.repeat(50, 1), FOLLOWED.y.repeat(50, 1), 0)
    found = _sequences_trained_on("random-labels", several)
    assert torch.equal(found.y == 0, several.y == 0)
    assert set(found.labels.tolist()) == set(range(1, WORDS))
    last = Samples(torch.zeros(1, 2), torch.tensor([[WORDS - 1, 4]]), 0)
    assert _sequences_trained_on("label-flip", last).y.tolist() == [[WORDS - 1, WORDS - 1 - 4]]


def test_a_target_that_is_padding_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="target 0: that is the data's padding"):
        _sequences_trained_on("static-label", FOLLOWED)
