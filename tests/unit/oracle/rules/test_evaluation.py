"""When a model is worse than another: against plain floats, and at the very edge."""

import numpy as np
import pytest
import torch

from fedjury.oracle.rules.evaluation import Evaluation, exceeds
from fedjury.protocol.tensors import Tensors
from tests.support.scores import MadeUpScores
from tests.support.updates import weight


def evaluation(*losses: int) -> Evaluation:
    return Evaluation(torch.tensor(losses), lambda: 0)


def error(values: np.ndarray) -> float:
    """Standard error of a sum, as a textbook has it."""
    return float(np.sqrt(len(values)) * values.std())


@pytest.mark.parametrize("z", [0.0, 0.5, 2, 5.0])
def test_worse_is_what_plain_floats_say(z: float) -> None:
    random = np.random.default_rng(1)
    found = []
    for place in range(300):
        best = random.integers(0, 2049, size=random.integers(2, 60))
        noise = random.integers(-40, 41, size=len(best))
        losses = np.clip(best + noise + place // 10, 0, 2048)
        found.append(evaluation(*losses.tolist()).worse_than(evaluation(*best.tolist()), z))
        difference = (losses - best).astype(float)
        total = difference.sum()
        assert found[-1] == (total > 0 and total > z * error(difference))
    assert set(found) == {True, False}


@pytest.mark.parametrize("times", [0.0, 0.5, 3])
def test_a_sum_exceeds_as_many_standard_errors_as_plain_floats_say(times: float) -> None:
    random = np.random.default_rng(2)
    found = []
    for _ in range(300):
        values = random.integers(0, 2049, size=random.integers(2, 60))
        total = int(random.integers(0, 4 * 600 * 8))
        found.append(exceeds(total, times, torch.from_numpy(values)))
        assert found[-1] == (total > times * error(values.astype(float)))
    assert set(found) >= ({True, False} if times else {True})


@pytest.mark.parametrize("z", [0, 2, 99.9])
def test_what_is_equal_or_better_in_total_is_never_worse(z: float) -> None:
    assert not evaluation(3, 5, 7).worse_than(evaluation(3, 5, 7), z)
    assert not evaluation(7, 3, 5).worse_than(evaluation(3, 5, 7), z)
    assert not evaluation(0, 9, 5).worse_than(evaluation(3, 5, 7), z)
    assert not evaluation(2, 4, 6).worse_than(evaluation(3, 5, 7), z)
    assert not evaluation(4).worse_than(evaluation(5), z)


@pytest.mark.parametrize("z", [0, 2, 99.9])
def test_a_difference_that_all_samples_share_is_no_chance(z: float) -> None:
    assert evaluation(4, 6, 8).worse_than(evaluation(3, 5, 7), z)
    assert evaluation(6).worse_than(evaluation(5), z)
    assert exceeds(1, z, torch.tensor([5, 5]))


def test_just_as_much_as_is_allowed_is_not_worse() -> None:
    # differences of 3 and 1: 8 in total, and their sum's standard error is 2
    losses, best = evaluation(3, 1, 3, 1), evaluation(0, 0, 0, 0)
    assert losses.worse_than(best, 3.99)
    assert not losses.worse_than(best, 4)
    # the sum of these is known to 2·2
    values = torch.tensor([0, 4, 0, 4])
    assert exceeds(5, 1, values)
    assert not exceeds(4, 1, values)


def test_an_evaluation_asks_for_losses_and_right_answers() -> None:
    def losses(tensors: Tensors) -> torch.Tensor:
        return (tensors["w"] * torch.tensor([1.0, 2.0, 4.0])).long()

    found = Evaluation.of(
        MadeUpScores(lambda tensors: int(tensors["w"].item()), losses, 3), weight(2.0)
    )
    assert found.losses.tolist() == [2, 4, 8]
    assert (found.loss, found.correct) == (14, 2)
