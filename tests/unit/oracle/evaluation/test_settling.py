"""What logits with a bound settle: never what logits within the bound would not have."""

import decimal
from collections.abc import Callable
from decimal import Decimal

import pytest
import torch

from fedjury.oracle.evaluation import losses
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.losses import LOSS_UNITS, LossUnits
from fedjury.oracle.evaluation.right_answers import RightAnswers

COUNT, CLASSES = 400, 5
# How far differences of logits may be off; the first of float32, the others of either type.
APART = [0.0, 2.0**-20, 2.0**-10, 2.0**-4, 0.49]


def _values(dtype: torch.dtype) -> torch.Tensor:
    """Logits of all sizes."""
    generator = torch.Generator().manual_seed(8)
    sizes = torch.exp2(12 * torch.rand(COUNT, 1, generator=generator) - 8)
    return (torch.randn(COUNT, CLASSES, generator=generator) * sizes).to(dtype)


def _labels() -> torch.Tensor:
    return torch.arange(COUNT) % CLASSES


def _farthest(values: torch.Tensor, apart: float) -> list[torch.Tensor]:
    """Logits whose differences from the label's are all larger, or all smaller, by `apart`."""
    own = torch.nn.functional.one_hot(_labels(), CLASSES).double() * apart
    return [values.double() - own, values.double() + own]


def _exact_units(logits: torch.Tensor) -> list[Decimal]:
    """128·L of each sample, to 50 digits."""
    found = []
    with decimal.localcontext(prec=60):
        for row, label in zip(logits.tolist(), _labels().tolist(), strict=True):
            leads = [Decimal(each) - Decimal(row[label]) for each in row]
            found.append(sum(lead.exp() for lead in leads).ln() * LOSS_UNITS)  # type: ignore[union-attr]
    return found


def _check_losses(dtype: torch.dtype, apart: float) -> None:
    """No loss is proven that is another one for logits as far off as may be.

    Each sample's edge lies where its loss with these logits just reaches, or just misses, a unit.
    """
    values = _values(dtype)
    bound = torch.full((COUNT,), apart, dtype=torch.float64)
    for exact in _farthest(values, apart):
        units = _exact_units(exact)
        for beyond in (1e-9, -1e-9):
            edges = [float((Decimal(beyond) - each) % 1) % 1.0 for each in units]
            question = LossUnits(_labels(), torch.tensor(edges, dtype=torch.float64))
            found, proven = question.settle(Logits(values, bound))
            expected = [
                min(int((each + Decimal(edge)).to_integral_value(decimal.ROUND_FLOOR)), 2048)
                for each, edge in zip(units, edges, strict=True)
            ]
            assert torch.equal(found[proven], torch.tensor(expected, dtype=torch.int16)[proven])


@pytest.mark.parametrize("apart", APART)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_loss_is_proven_that_may_be_another(dtype: torch.dtype, apart: float) -> None:
    _check_losses(dtype, apart)


def _without_errors_of_its_own(
    total: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, float]],
) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, float]]:
    return lambda values, labels: (total(values, labels)[0], 0.0)


def test_the_exponentials_own_error_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "_total", _without_errors_of_its_own(losses._total))
    with pytest.raises(AssertionError):
        _check_losses(torch.float32, 0.0)


@pytest.mark.parametrize("apart", APART[1:])
def test_half_of_the_bound_would_prove_wrong_losses(
    apart: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = LossUnits.settle
    monkeypatch.setattr(
        LossUnits,
        "settle",
        lambda self, logits: settle(self, Logits(logits.values, logits.apart / 2)),
    )
    with pytest.raises(AssertionError):
        _check_losses(torch.float64, apart)


def _check_answers(dtype: torch.dtype, apart: float, claimed: float) -> None:
    """No answer is proven that is another one for logits as far off as may be."""
    values = _values(dtype)
    own = values.gather(1, _labels()[:, None])[:, 0]
    others = values.scatter(1, _labels()[:, None], -torch.inf).amax(dim=1)
    # the label's logit is ahead, or behind, by just less than the bound
    sides = torch.where(torch.arange(COUNT) % 2 == 0, 1.0, -1.0).to(dtype)
    shift = others - own + sides * apart * 0.99
    values = values.scatter_add(1, _labels()[:, None], shift[:, None])
    question = RightAnswers(_labels())
    bound = torch.full((COUNT,), claimed, dtype=torch.float64)
    found, proven = question.settle(Logits(values, bound))
    for exact in _farthest(values, apart):
        assert torch.equal(found[proven], question.decide(exact)[proven])


@pytest.mark.parametrize("apart", [2.0**-10, 2.0**-4, 0.5, 8.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_answer_is_proven_that_may_be_another(dtype: torch.dtype, apart: float) -> None:
    _check_answers(dtype, apart, apart)
    with pytest.raises(AssertionError):
        _check_answers(dtype, apart, apart / 2)


def test_a_tie_is_never_proven() -> None:
    question = RightAnswers(torch.tensor([0, 1]))
    for dtype in (torch.float32, torch.float64):
        _, proven = question.settle(Logits(torch.zeros(2, 2, dtype=dtype), torch.zeros(2)))
        assert not proven.any()
    assert question.decide(torch.zeros(2, 2, dtype=torch.float64)).tolist() == [True, False]


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_logit_that_is_not_finite_proves_nothing_right(value: float) -> None:
    values = torch.tensor([[value, 0.0], [0.0, value]])
    found, proven = RightAnswers(torch.tensor([0, 1])).settle(Logits(values, torch.zeros(2)))
    assert not (found & proven).any()
    _, proven = LossUnits.of(torch.tensor([0, 1])).settle(Logits(values, torch.zeros(2)))
    assert not proven.any()
