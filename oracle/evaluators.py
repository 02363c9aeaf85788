"""What each verification slice says of weights."""

from torch import nn

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.slices import Slices


class Evaluators:
    """Gives the evaluator of a slice; keeps the last one, and with it what that found out.

    Args:
        model: the spec's module with the state that its task began with.
        slices: those that are here.
    """

    def __init__(self, model: nn.Module, slices: Slices) -> None:
        self._model, self._slices = model, slices
        self._last: tuple[int, Evaluator] | None = None

    def get(self, number: int) -> Evaluator | None:
        """The evaluator of the slice of this number; None where the slice is not here."""
        if self._last is None or self._last[0] != number:
            self._last = None  # never two slices in memory
            verification = self._slices.get(number)
            if verification is None:
                return None
            self._last = number, Evaluator(self._model, verification, alone=True)
        return self._last[1]
