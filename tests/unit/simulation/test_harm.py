"""Which accepted poison did harm, by counts that can be told by looking."""

from collections.abc import Sequence

import pytest

from fedjury.oracle.rules.fedavg import FedAvgRule
from fedjury.protocol.tensors import Tensors
from fedjury.simulation.harm import count_harmful
from tests.support.held_out import held_out, wrong_on

RULE = FedAvgRule()


def count(
    current: Tensors,
    model: Tensors,
    accepted: Sequence[Tensors],
    poisoned: Sequence[int],
    mixing_weights: Sequence[float] = (0.0,),
) -> int:
    return count_harmful(held_out(), RULE, mixing_weights, current, model, accepted, poisoned)


@pytest.mark.parametrize(("wrong", "harmful"), [(0, 0), (4, 0), (5, 1), (100, 1)])
def test_harm_is_what_is_more_than_noise(wrong: int, harmful: int) -> None:
    """Half and half rounds to wrong; left out, `wrong` samples come right: 5 > 2·√5, 4 = 2·√4."""
    current, honest, poisoned = wrong_on(100), wrong_on(0), wrong_on(wrong)
    model = RULE.aggregate(current, [honest, poisoned], 0.0)
    assert count(current, model, [honest, poisoned], [1]) == harmful


def test_the_only_update_is_held_against_the_model_that_stays() -> None:
    good, bad = wrong_on(0), wrong_on(50)
    assert count(good, bad, [bad], [0]) == 1
    assert count(bad, good, [good], [0]) == 0
    assert count(good, bad, [bad], []) == 0


def test_updates_are_left_out_at_the_share_of_the_old_model_that_the_rule_took() -> None:
    """A quarter old: 0.25·0 + 0.75·1 rounds to right; three quarters old would round to wrong."""
    current, honest, poisoned = wrong_on(100), wrong_on(0), wrong_on(50)
    model = RULE.aggregate(current, [honest, poisoned], 0.25)
    assert count(current, model, [honest, poisoned], [1], (0.75, 0.25)) == 1
    model = RULE.aggregate(current, [honest, poisoned], 0.75)
    assert count(current, model, [honest, poisoned], [1], (0.75, 0.25)) == 0


def test_a_model_that_the_rule_did_not_make_is_a_bug() -> None:
    good, bad = wrong_on(0), wrong_on(50)
    with pytest.raises(ValueError, match="not what the rule makes"):
        count(good, good, [bad], [0])
