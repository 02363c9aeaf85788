"""Finding where verdicts turn: there one sample decides, and so an update asks of one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Asked = Callable[[Sequence[float]], list[bool]]
"""From leans to whether the model that leans so is accepted, all of them in one round."""


@dataclass(frozen=True)
class Level:
    """Where verdicts turn.

    Attributes:
        accepted: the largest lean that was accepted.
        refused: the next one, which was not.
    """

    accepted: float
    refused: float

    @property
    def middle(self) -> float:
        """Between the two."""
        return (self.accepted + self.refused) / 2


def find_level(ask: Asked, widest: float, width: float, at_once: int) -> Level:
    """Search between a lean of 0, which is accepted, and the widest, which is not.

    Args:
        ask: asks the jury.
        widest: lean that is refused.
        width: how near the two leans have to be in the end.
        at_once: updates a round; with one the search halves.
    """
    low, high = 0.0, widest
    while high - low > width:
        steps = min(at_once, math.ceil((high - low) / width) - 1)
        leans = [low + (high - low) * (step + 1) / (steps + 1) for step in range(steps)]
        turned = next((place for place, taken in enumerate(ask(leans)) if not taken), steps)
        edges = [low, *leans, high]
        low, high = edges[turned], edges[turned + 1]
    return Level(low, high)
