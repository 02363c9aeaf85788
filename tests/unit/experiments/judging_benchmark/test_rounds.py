"""The benchmark's images are much like MNIST, and its rounds are what a jury sees."""

import pytest
import torch

from experiments.judging_benchmark.engines import PAPER, Engine, verdicts_of
from experiments.judging_benchmark.rounds import Round
from experiments.judging_benchmark.samples import make_images, verification_samples
from fedjury.protocol.tensors import decode
from fedjury.protocol.verdicts import VerdictCode
from tests.support.judging_rounds import clients, images, small_round

FLIPPED, NOISE = 4, 9


def test_images_are_as_empty_and_as_large_as_those_of_mnist() -> None:
    drawn = make_images(500, seed=1)
    assert drawn.x.shape == (500, 28, 28)
    assert (float(drawn.x.min()), float(drawn.x.max())) == (0, 1)
    assert float((drawn.x == 0).double().mean()) == pytest.approx(0.81, abs=0.03)
    assert float(drawn.x.flatten(1).norm(dim=1).mean()) == pytest.approx(8.5, abs=1)
    assert sorted(set(drawn.y.tolist())) == list(range(10))
    again, other = make_images(500, seed=1), make_images(500, seed=2)
    assert torch.equal(drawn.x, again.x)
    assert not torch.equal(drawn.x, other.x)


def test_verification_samples_are_those_of_the_test_and_then_of_the_clients() -> None:
    dataset = images()
    assert torch.equal(verification_samples(dataset, 3).x, dataset.test.x[:3])
    taken = verification_samples(dataset, 302)
    assert torch.equal(taken.y[:300], dataset.test.y)
    assert torch.equal(taken.x[300:], dataset.train.x[:2])
    with pytest.raises(ValueError, match="1301"):
        verification_samples(dataset, 1301)


def test_an_update_lies_close_to_the_model_unless_it_is_poisoned() -> None:
    current = clients().current
    moved = [
        float(sum((decode(data)[0][name] - current[name]).square().sum() for name in current))
        for data in small_round().updates
    ]
    honest = [each for index, each in enumerate(moved) if index not in (FLIPPED, NOISE)]
    assert max(honest) < min(moved[FLIPPED], moved[NOISE])
    trained = clients().honest(FLIPPED)
    flipped, _ = decode(small_round().updates[FLIPPED])
    for name, weight in current.items():
        steps = (flipped[name] - weight) / (trained[name] - weight)
        assert float(steps[steps.isfinite()].median()) == pytest.approx(-4, rel=1e-3)


def test_a_jury_takes_honest_updates_and_no_flipped_one() -> None:
    verdicts = verdicts_of(Engine().ready(small_round(), PAPER)())
    codes = [code for code, _ in verdicts]
    assert codes.count(VerdictCode.ACCEPTED) >= 5
    assert codes[FLIPPED] == VerdictCode.NOT_IMPROVED
    assert None not in [correct for _, correct in verdicts]


def test_the_first_updates_of_a_round_are_a_round() -> None:
    shorter: Round = small_round().first(3)
    assert shorter.updates == small_round().updates[:3]
    assert shorter.shapes == small_round().shapes
