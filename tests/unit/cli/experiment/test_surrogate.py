"""What the adversary's own samples say is, to the last digits, what a jury's would."""

import pytest
import torch

from fedjury.cli.experiment.surrogate import PlainScores
from fedjury.verification import VerificationSet
from oracle.costs import LOSS_CAP
from oracle.evaluate import Evaluator
from oracle.rules import LOSS_UNITS
from tests.helpers.federation import verification, weights
from tests.helpers.plugins import linear

SAMPLES = verification().samples


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_plain_scores_are_those_of_a_juror_with_the_same_samples(scale: float) -> None:
    plain = PlainScores(linear(), SAMPLES)
    jury = Evaluator(linear(), VerificationSet(SAMPLES, bytes(32)))
    tried = weights(0, 1, 2, scale=scale)
    assert plain.samples == jury.samples
    assert torch.equal(plain.hits(tried), jury.hits(tried))
    assert plain.correct(tried) == jury.correct(tried)
    # a juror rounds each sample at an edge of its own
    assert int((plain.costs(tried) - jury.costs(tried)).abs().max()) <= 1
    assert plain.loss(tried) == int(plain.costs(tried).sum())


def test_weights_that_are_no_numbers_cost_the_most() -> None:
    broken = {name: tensor * float("nan") for name, tensor in weights(0).items()}
    found = PlainScores(linear(), SAMPLES).costs(broken)
    assert found.tolist() == [LOSS_CAP * LOSS_UNITS] * len(SAMPLES)
