"""Drawing the first model."""

import torch

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.protocol.task_spec import CallableSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.models import build_trusted_model, initial_weights

_ATTEMPTS = 100


def choose_first_model(
    model: CallableSpec,
    verification: VerificationSet,
    seed: int,
    first: Tensors | None = None,
) -> tuple[Tensors, int | None]:
    """The first model that is no worse than the best constant answer, drawing from `seed` on.

    A worse one would make "always the same class" an improvement in round 1, which is just what
    the static-label attack offers; the paper's rule would have to accept it.

    Args:
        model: the spec's; the caller vouches for it.
        verification: what the jury judges on.
        seed: the first one to try.
        first: the weights that it gives; None draws them here.

    Returns:
        The weights, and the seed that gave them; None and the first draw where 100 draws do not
        find any.
    """
    evaluator = Evaluator(build_trusted_model(model), verification, alone=True)
    constant = int(torch.bincount(verification.samples.y).max())
    first = initial_weights(model, seed) if first is None else first
    for candidate in range(seed, seed + _ATTEMPTS):
        weights = first if candidate == seed else initial_weights(model, candidate)
        if evaluator.correct(weights) >= constant:
            return weights, candidate
    return first, None
