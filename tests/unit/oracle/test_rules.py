"""The paper's rule, and finding rules by name."""

import pytest
import torch

from fedjury.errors import SpecError
from fedjury.spec import RuleSpec
from fedjury.tensors import Tensors, encode
from oracle.rules import RuleInput, Ruling, find_rule
from oracle.rules.paper import PaperRule


def _weight(value: float) -> Tensors:
    return {"w": torch.tensor([value])}


def _judge(current: float, updates: list[float], lam: float) -> tuple[Ruling, list[float]]:
    """Judge where correct() is the weight itself; also what was evaluated."""
    evaluated: list[float] = []

    def correct(weights: Tensors) -> int:
        evaluated.append(weights["w"].item())
        return int(weights["w"].item())

    given = RuleInput(_weight(current), [_weight(u) for u in updates], lam, correct, {})
    return PaperRule().judge(given), evaluated


def test_only_what_is_strictly_better_is_accepted() -> None:
    ruling, _ = _judge(10, [9, 10, 11, 12], lam=0.0)
    assert ruling == Ruling(10, [False, False, True, True], [9, 10, 11, 12])


def test_what_is_evaluated_is_the_mixture() -> None:
    ruling, evaluated = _judge(10, [12, 8, 30], lam=0.5)
    assert evaluated == [10, 11, 9, 20]
    assert list(ruling.accepted) == [True, False, True]


def test_every_update_is_held_against_the_old_model_not_against_the_others() -> None:
    ruling, _ = _judge(10, [50, 11], lam=0.0)
    assert list(ruling.accepted) == [True, True]


def test_no_updates_still_have_a_baseline() -> None:
    assert _judge(10, [], lam=0.5)[0] == Ruling(10, [], [])


def test_the_aggregate_is_the_mean_over_the_accepted_mixed_with_the_old() -> None:
    model = PaperRule().aggregate(_weight(1), [_weight(4), _weight(8)], 0.25)
    assert model["w"].item() == 0.25 * 1 + 0.75 * 6


def test_with_nothing_accepted_the_model_stays() -> None:
    current = _weight(0.1)
    assert encode(PaperRule().aggregate(current, [], 0.3)) == encode(current)


def test_the_paper_rule_is_found_by_name() -> None:
    assert isinstance(find_rule(RuleSpec()), PaperRule)


@pytest.mark.parametrize(
    "spec", [RuleSpec(name="krum"), RuleSpec(name=""), RuleSpec(parameters={"k": 1})]
)
def test_an_unknown_rule_or_parameter_is_a_spec_error(spec: RuleSpec) -> None:
    with pytest.raises(SpecError):
        find_rule(spec)
