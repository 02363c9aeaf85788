"""Attacks by wrong labels, and Sybils."""

import torch

from fedjury.clients.attacks.registry import find_attack
from fedjury.data import Samples
from tests.support.adversary import close, context, rows, shard


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
