"""Which accepted poisoned updates did harm, by the held-out samples."""

import math
from collections.abc import Sequence

from fedjury.oracle.rules.base import Rule
from fedjury.protocol.tensors import Tensors
from fedjury.simulation.held_out import HeldOut

_Z = 2.0


def count_harmful(
    held_out: HeldOut,
    rule: Rule,
    mixing_weights: Sequence[float],
    current: Tensors,
    model: Tensors,
    accepted: Sequence[Tensors],
    poisoned: Sequence[int],
) -> int:
    """How many accepted poisoned updates lower held-out accuracy by more than noise.

    Each is left out in turn, the others aggregated by the rule. An update is harmful if without it
    `gained` samples come right and `lost` go wrong with
    gained − lost > 2·√(gained + lost) (McNemar's test, one-sided, z > 2).

    Args:
        held_out: measures.
        rule: aggregates.
        mixing_weights: every share of the old model that the rule may have taken.
        current: the model before the round.
        model: the model after it.
        accepted: the accepted updates in order.
        poisoned: indexes of the poisoned ones among the accepted.
    """
    if not poisoned:
        return 0
    weight = _mixing_weight(rule, mixing_weights, current, model, accepted)
    harmful, with_it = 0, held_out.correct_mask(model)
    for suspect in poisoned:
        others = [update for index, update in enumerate(accepted) if index != suspect]
        without = held_out.correct_mask(
            rule.aggregate(current, others, weight) if others else current
        )
        gained, lost = int((without & ~with_it).sum()), int((with_it & ~without).sum())
        harmful += gained - lost > _Z * math.sqrt(gained + lost)
    return harmful


def _mixing_weight(
    rule: Rule,
    mixing_weights: Sequence[float],
    current: Tensors,
    model: Tensors,
    accepted: Sequence[Tensors],
) -> float:
    """The share of the old model that the rule took for this round's model."""
    for weight in mixing_weights:
        again = rule.aggregate(current, accepted, weight)
        if all(again[name].equal(tensor) for name, tensor in model.items()):
            return weight
    raise ValueError("the model is not what the rule makes of these updates")
