"""Drawing the first model."""

import torch

from fedjury.deploying import genesis_weights
from fedjury.models import build_model
from fedjury.spec import TaskSpec
from fedjury.tensors import Tensors
from fedjury.verification import VerificationSet
from oracle.evaluate import Evaluator

_ATTEMPTS = 100


def choose_genesis(
    spec: TaskSpec, verification: VerificationSet, seed: int
) -> tuple[Tensors, int | None]:
    """The first model that is no worse than the best constant answer, drawing from `seed` on.

    A worse one would make "always the same class" an improvement in round 1, which is just what
    the static-label attack offers; the paper's rule would have to accept it.

    Returns:
        The weights, and the seed that gave them; None and the first draw where 100 draws do not
        find any.
    """
    evaluator = Evaluator(build_model(spec.model, {spec.model.callable}), verification)
    constant = int(torch.bincount(verification.samples.y).max())
    for candidate in range(seed, seed + _ATTEMPTS):
        weights = genesis_weights(spec, candidate)
        if evaluator.correct(weights) >= constant:
            return weights, candidate
    return genesis_weights(spec, seed), None
