"""Bounds of whole models against the largest errors that a search finds."""

from contextlib import nullcontext

import pytest

from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32, FLOAT64, Arithmetic
from fedjury.oracle.evaluation.fast.weights import PassWeights
from tests.support.bound_plans import PLANS
from tests.support.bound_search import largest_ratio, one_after_the_other


def check(plan: str, arithmetic: Arithmetic) -> None:
    """No error that a search finds, of right samples or of wrong ones, is above the bound."""
    for library in (nullcontext, one_after_the_other):
        for share in (0.0, 2.0**-6):
            with library():
                for subject, inputs in PLANS[plan](arithmetic):
                    assert largest_ratio(subject, inputs, share) <= 1


@pytest.mark.parametrize("arithmetic", [FLOAT32, FLOAT64], ids=["float32", "float64"])
@pytest.mark.parametrize("plan", PLANS)
def test_no_logits_err_more_than_the_bound(plan: str, arithmetic: Arithmetic) -> None:
    check(plan, arithmetic)


@pytest.mark.parametrize("plan", ["MLP", "deep MLP", "residuals and batch norm"])
def test_half_of_the_rounding_is_too_small(plan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Arithmetic.gamma
    monkeypatch.setattr(Arithmetic, "gamma", lambda self, terms: whole(self, terms) / 2)
    with pytest.raises(AssertionError):
        check(plan, FLOAT32)


@pytest.mark.parametrize("plan", ["MLP", "deep MLP", "residuals and batch norm"])
def test_errors_of_one_layer_reach_the_next(plan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PassWeights, "operator", lambda self, name, groups=1: 0.0)
    monkeypatch.setattr(PassWeights, "apart", lambda self, name: 0.0)
    with pytest.raises(AssertionError):
        check(plan, FLOAT32)


@pytest.mark.parametrize("plan", PLANS)
def test_a_bound_that_forgets_what_inputs_are_off_by_is_too_small(
    plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Approximation,
        "within",
        classmethod(
            lambda cls, values, error: cls(values, lambda: error / 1e3, lambda: error / 1e3)
        ),
    )
    monkeypatch.setattr(PassWeights, "operator", lambda self, name, groups=1: 0.0)
    monkeypatch.setattr(PassWeights, "apart", lambda self, name: 0.0)
    with pytest.raises(AssertionError):
        check(plan, FLOAT32)
