"""The loss rule: what lowers the loss by more than it costs to go there."""

import pytest
import torch

from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.evaluation.losses import LOSS_UNITS
from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.loss import LossRule
from fedjury.protocol.tensors import Tensors, encode
from tests.support.scores import MadeUpScores

SAMPLES = 4


def _weight(value: float) -> Tensors:
    return {"w": torch.tensor([value, value])}


def _judge(rule: LossRule, current: float, updates: list[float], lam: float = 0.5) -> Ruling:
    """Judge where the mean loss is the weight in nats, and what is right its tenfold."""

    def losses(weights: Tensors) -> torch.Tensor:  # one sample's for all
        return torch.tensor([round(weights["w"][0].item() * SAMPLES * LOSS_UNITS), 0, 0, 0])

    scores = MadeUpScores(lambda weights: int(10 * weights["w"][0]), losses, SAMPLES)
    return rule.judge(RuleInput(_weight(current), [_weight(u) for u in updates], lam, scores))


def test_what_lowers_the_loss_of_the_mixture_is_accepted_whatever_its_count() -> None:
    assert _judge(LossRule(), 2.0, [1.0, 2.0, 3.0]) == Ruling(
        20, [True, False, False], [15, 20, 25]
    )


def test_equal_loss_is_not_enough_and_one_unit_is() -> None:
    unit = 2 / SAMPLES / LOSS_UNITS  # of p, with λ = 0.5
    assert _judge(LossRule(), 2.0, [2.0 - unit, 2.0 - unit / 4]).accepted == [True, False]


@pytest.mark.parametrize(("rho", "accepted"), [(0.24, True), (0.25, False), (0.26, False)])
def test_distance_has_its_price(rho: float, accepted: bool) -> None:
    # loss falls from 3 to 2; the update lies 2² + 2² away; so ρ = 1/8 is even, and λ = 0 doubles
    assert _judge(LossRule(rho / 2), 3.0, [1.0]).accepted == [accepted]
    assert _judge(LossRule(rho), 3.0, [1.0], lam=0.0).accepted == [accepted]


def test_each_update_is_judged_by_itself() -> None:
    assert LossRule.independent
    together = _judge(LossRule(), 2.0, [1.0, 3.0, 0.5]).accepted
    assert together == [_judge(LossRule(), 2.0, [u]).accepted[0] for u in (1.0, 3.0, 0.5)]


def test_the_aggregate_is_the_mean_mixed_with_the_old() -> None:
    updates = [_weight(4.0), _weight(8.0)]
    model = LossRule().aggregate(_weight(1.0), updates, 0.25)
    assert encode(model) == encode(mix(_weight(1.0), mean(updates), 0.25))
    assert encode(LossRule().aggregate(_weight(1.0), [], 0.25)) == encode(_weight(1.0))
