"""The adversary that knows the rule."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch

from fedjury.clients.attacks.adaptive import largest_step
from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.attacks.vectors import flatten
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import Tensors
from tests.support.adversary import W, close, context, honest, rows

HONEST = honest(7)
MEAN = rows(HONEST).mean(dim=0)


def _within(distance: float) -> Callable[[Sequence[Tensors]], list[bool]]:
    """A toy rule: what is near the honest mean is accepted."""
    return lambda updates: [float((flatten(each) - MEAN).norm()) <= distance for each in updates]


def _moved(accepts: Callable[[Sequence[Tensors]], Sequence[bool]], **parameters: object) -> float:
    """How far from the honest mean the first colluder goes."""
    found = find_attack("adaptive", parameters)(context(3, HONEST, accepts=accepts))
    return float((rows(found)[0] - MEAN).norm())


@pytest.mark.parametrize("direction", ["away", "label-flip", "strongest"])
def test_it_goes_as_far_as_the_rule_lets_it(direction: str) -> None:
    way = float((W - MEAN).norm())
    limit = 1.3 * way
    moved = _moved(_within(limit), direction=direction, steps=12)
    assert limit * 0.99 < moved <= limit


def test_steps_set_how_exactly_it_finds_the_limit() -> None:
    way = float((W - MEAN).norm())
    for steps, exactly in ((1, 0.0), (2, 1.0), (3, 1.0), (4, 1.25), (7, 1.28125)):
        moved = _moved(_within(1.3 * way), direction="away", steps=steps)
        assert moved == pytest.approx(exactly * way, rel=1e-3, abs=1e-3)


def test_away_is_back_towards_the_global_model_and_beyond() -> None:
    given = context(3, HONEST, accepts=lambda updates: [True] * len(updates))
    found = rows(find_attack("adaptive", {"direction": "away", "reach": 2})(given))
    assert close(found[0], W - (MEAN - W))


def test_label_flip_leads_to_models_trained_on_flipped_labels() -> None:
    given = context(3, HONEST, accepts=lambda updates: [True] * len(updates))
    found = rows(find_attack("adaptive", {"direction": "label-flip", "reach": 1})(given))
    assert close(found[0], rows(find_attack("label-flip")(given)).mean(dim=0))


@pytest.mark.parametrize("worst", ["away", "label-flip"])
def test_the_strongest_is_the_one_whose_mean_is_worst_on_the_adversarys_data(worst: str) -> None:
    seen: list[torch.Tensor] = []
    accepts = _within(1.0)
    given = context(3, HONEST, accepts=accepts)
    wanted = rows(find_attack("adaptive", {"direction": worst})(given))
    worst_mean = torch.cat([rows(HONEST), wanted]).mean(dim=0)

    def loss(weights: Tensors) -> float:
        seen.append(flatten(weights))
        return -float((seen[-1] - worst_mean).norm())

    found = find_attack("adaptive")(context(3, HONEST, accepts=accepts, loss=loss))
    assert torch.equal(rows(found), wanted)
    assert len(seen) == 2


def test_the_strongest_cannot_be_told_without_data() -> None:
    given = replace(context(3, HONEST, accepts=_within(1.0)), loss=None)
    with pytest.raises(ConfigError, match="strongest"):
        find_attack("adaptive")(given)
    assert len(find_attack("adaptive", {"direction": "away"})(given)) == 3


def test_where_nothing_is_accepted_it_submits_the_honest_mean() -> None:
    found = rows(
        find_attack("adaptive")(context(3, HONEST, accepts=lambda updates: [False] * len(updates)))
    )
    assert all(close(row, MEAN) for row in found)
    assert not torch.equal(found[0], found[1])


def test_all_colluders_must_be_accepted_and_honest_verdicts_do_not_matter() -> None:
    calls: list[int] = []

    def all_but_the_last(updates: Sequence[Tensors]) -> list[bool]:
        calls.append(len(updates))
        return [True] * (len(updates) - 1) + [False]

    assert _moved(all_but_the_last, direction="away") < 1e-3
    assert set(calls) == {10}
    assert _moved(lambda updates: [False] * 7 + [True] * 3, direction="away", reach=1) > 0.1


def test_it_asks_about_the_very_updates_that_it_submits() -> None:
    asked: list[torch.Tensor] = []

    def accepts(updates: Sequence[Tensors]) -> list[bool]:
        asked.append(rows(updates))
        return [True] * len(updates)

    found = rows(
        find_attack("adaptive", {"direction": "away"})(context(3, HONEST, accepts=accepts))
    )
    assert torch.equal(asked[-1], torch.cat([rows(HONEST), found]))


def test_without_the_rule_it_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="adaptive needs to know"):
        find_attack("adaptive")(context(3, HONEST))


def test_a_bisection_finds_the_threshold_from_below() -> None:
    for threshold in (0.1, 1.0, 3.3):
        found = largest_step(threshold.__ge__, 4.0, 20)
        assert threshold - 1e-5 < found <= threshold
    assert largest_step(lambda step: True, 4.0, 3) == 4.0
    assert largest_step(lambda step: False, 4.0, 3) == 0.0
