"""Drawing a first model that is screened with the verification samples, for simulations.

A task needs no screening: its rule holds updates against the best constant answer as well as
against the model (`fedjury.oracle.rules.baseline`). So no first model makes a constant answer an
improvement, and whoever creates a task need not see the samples. In a simulation one party has
both; with a screened first model the first round's baseline is that model's count.
"""

from collections.abc import Callable

from torch import nn

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.protocol.tensors import Tensors

_ATTEMPTS = 100


def choose_first_model(
    model: nn.Module,
    verification: VerificationSet,
    seed: int,
    draw: Callable[[int], Tensors],
) -> tuple[Tensors, int | None]:
    """The first model that is no worse than the best constant answer, drawing from `seed` on.

    With a worse one the baseline of round 1 is that of the constant answer.

    Args:
        model: the module with the state that is not federated, drawn from the first seed.
        verification: what the jury judges on.
        seed: the first one to try.
        draw: gives the federated weights that a seed draws.

    Returns:
        The weights, and the seed that gave them; None and the first draw where 100 draws do not
        find any.

    Raises:
        ModelError: the model raises on the verification samples.
    """
    evaluator = Evaluator(model, verification, alone=True)
    constant = int(verification.samples.labels.bincount().max())
    first = draw(seed)
    for candidate in range(seed, seed + _ATTEMPTS):
        weights = first if candidate == seed else draw(candidate)
        if evaluator.correct(weights) >= constant:
            return weights, candidate
    return first, None
