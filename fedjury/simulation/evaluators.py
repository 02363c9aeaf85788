"""What a scenario's slices say of weights, as its jury asks them."""

from collections.abc import Callable
from functools import lru_cache

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.simulation.prepared import PreparedScenario


def evaluators(prepared: PreparedScenario) -> Callable[[int], Evaluator]:
    """What gives the evaluator of a round by its number.

    What one found out serves as long as rounds are judged on its slice.

    Args:
        prepared: the scenario.
    """
    numbered = prepared.task.spec.verification.number_for

    @lru_cache(maxsize=1)
    def on_slice(number: int) -> Evaluator:
        return Evaluator(prepared.build_model(), prepared.slices[number - 1], alone=True)

    return lambda number: on_slice(numbered(number))
