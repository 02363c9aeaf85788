"""What the adversary's own samples say is, to the last digits, what a jury's would."""

import pytest
import torch

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.simulation.surrogate import PlainScores
from tests.support.fake_federation import verification, weights
from tests.support.plugins import linear

SAMPLES = verification().samples


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_plain_scores_are_those_of_a_juror_with_the_same_samples(scale: float) -> None:
    plain = PlainScores(linear(), SAMPLES)
    jury = Evaluator(linear(), VerificationSet(SAMPLES, bytes(32)))
    tried = weights(0, 1, 2, scale=scale)
    assert plain.samples == jury.samples
    assert torch.equal(plain.correct_mask(tried), jury.correct_mask(tried))
    assert plain.correct(tried) == jury.correct(tried)
    # a juror rounds each sample at an edge of its own
    assert int((plain.losses(tried) - jury.losses(tried)).abs().max()) <= 1
    assert plain.loss(tried) == int(plain.losses(tried).sum())


def test_weights_that_are_no_numbers_cost_the_most() -> None:
    broken = {name: tensor * float("nan") for name, tensor in weights(0).items()}
    found = PlainScores(linear(), SAMPLES).losses(broken)
    assert found.tolist() == [LOSS_CAP * LOSS_UNITS] * len(SAMPLES)
