"""Elementary functions, held against Python's own."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
import torch

from fedjury.oracle.evaluation.reference import coefficients, functions, trigonometry
from fedjury.oracle.evaluation.reference.floats import square_root

Function = Callable[[torch.Tensor], torch.Tensor]


def _spread(low: float, high: float, count: int = 4000) -> list[float]:
    """Evenly spaced numbers, many small ones, and both ends."""
    evenly = [low + (high - low) * i / (count - 1) for i in range(count)]
    tiny = [sign * 10.0**-power for sign in (1, -1) for power in range(1, 220, 3)]
    return [x for x in evenly + tiny if low <= x <= high]


# name: ours, Python's, from, to, and the largest relative error
CASES: dict[str, tuple[Function, Callable[[float], float], float, float, float]] = {
    "exp": (functions.exp, math.exp, -480.0, 709.0, 4e-16),
    "exp near zero": (functions.exp, math.exp, -1.0, 1.0, 4e-16),
    "exp2": (functions.exp2, lambda x: 2.0**x, -700.0, 1000.0, 2e-13),
    "expm1": (functions.expm1, math.expm1, -50.0, 709.0, 6e-16),
    "expm1 near zero": (functions.expm1, math.expm1, -1.0, 1.0, 6e-16),
    "log": (functions.log, math.log, 1e-200, 1e3, 6e-16),
    "log near one": (functions.log, math.log, 0.5, 2.0, 6e-16),
    "log2": (functions.log2, math.log2, 1e-200, 1e3, 6e-16),
    "log10": (functions.log10, math.log10, 1e-200, 1e3, 6e-16),
    "log1p": (functions.log1p, math.log1p, -0.999, 10.0, 6e-16),
    "tanh": (functions.tanh, math.tanh, -25.0, 25.0, 6e-16),
    "sinh": (functions.sinh, math.sinh, -700.0, 700.0, 6e-16),
    "cosh": (functions.cosh, math.cosh, -700.0, 700.0, 6e-16),
    "sigmoid": (functions.sigmoid, lambda x: 1 / (1 + math.exp(-x)), -470.0, 50.0, 6e-16),
    "erf": (functions.erf, math.erf, -7.0, 7.0, 8e-16),
    "erfc": (functions.erfc, math.erfc, -7.0, 3.0, 8e-15),
    "erfc far out": (functions.erfc, math.erfc, 3.0, 20.0, 1e-13),
}


@pytest.mark.parametrize("name", CASES)
def test_a_function_is_what_it_says(name: str) -> None:
    ours, theirs, low, high, allowed = CASES[name]
    numbers = _spread(low, high)
    found = ours(torch.tensor(numbers, dtype=torch.float64)).tolist()
    for x, y in zip(numbers, found, strict=True):
        expected = theirs(x)
        assert abs(y - expected) <= allowed * abs(expected), x


@pytest.mark.parametrize(
    ("ours", "theirs"), [(trigonometry.sin, math.sin), (trigonometry.cos, math.cos)]
)
def test_sine_and_cosine_are_what_they_say(
    ours: Function, theirs: Callable[[float], float]
) -> None:
    numbers = _spread(-10.0, 10.0) + _spread(-1e9, 1e9)
    found = ours(torch.tensor(numbers, dtype=torch.float64)).tolist()
    for x, y in zip(numbers, found, strict=True):
        assert abs(y - theirs(x)) <= 3e-16, x


def test_the_tangent_is_what_it_says() -> None:
    numbers = _spread(-1.5, 1.5)
    found = trigonometry.tan(torch.tensor(numbers, dtype=torch.float64)).tolist()
    for x, y in zip(numbers, found, strict=True):
        assert abs(y - math.tan(x)) <= 1e-14 * abs(math.tan(x))


def _at(function: Function, *numbers: float) -> list[float]:
    return function(torch.tensor(numbers, dtype=torch.float64)).tolist()


def test_functions_at_the_ends_of_their_range() -> None:
    infinite = math.inf
    assert _at(functions.exp, 0.0, -infinite, infinite, 1e300, -1e300) == [
        1,
        0,
        infinite,
        infinite,
        0,
    ]
    assert _at(functions.expm1, 0.0, -infinite, infinite) == [0, -1, infinite]
    assert _at(functions.log, 1.0, 0.0, infinite) == [0, -infinite, infinite]
    assert _at(functions.log1p, 0.0, -1.0, infinite) == [0, -infinite, infinite]
    assert _at(functions.log2, 8.0, 0.25, 2.0**1023, 2.0**-800) == [3, -2, 1023, -800]
    assert _at(functions.tanh, 0.0, -infinite, infinite, 30.0) == [0, -1, 1, 1]
    assert _at(functions.sigmoid, 0.0, -infinite, infinite) == [0.5, 0, 1]
    assert _at(functions.erf, 0.0, -infinite, infinite) == [0, -1, 1]
    assert _at(functions.erfc, -infinite, infinite, 40.0) == [2, 0, 0]
    assert _at(functions.sinh, 0.0, -infinite, infinite) == [0, -infinite, infinite]
    assert _at(functions.cosh, 0.0, -infinite, infinite) == [1, infinite, infinite]
    assert all(math.isnan(x) for x in _at(functions.log, -1.0, -infinite))
    assert all(math.isnan(x) for x in _at(trigonometry.sin, 2.0**31, infinite, -infinite))


ALL = [case[0] for case in CASES.values()] + [trigonometry.sin, trigonometry.cos, trigonometry.tan]


@pytest.mark.parametrize("function", ALL)
def test_nothing_comes_of_no_number(function: Function) -> None:
    assert all(math.isnan(x) for x in _at(function, *[math.nan] * 19))


@pytest.mark.parametrize("function", ALL)
def test_a_number_does_not_depend_on_its_neighbours(function: Function) -> None:
    numbers = torch.tensor(_spread(0.001, 20.0, 70_000), dtype=torch.float64)
    whole = function(numbers)
    for place in (0, 32_767, 32_768, 69_999):
        assert torch.equal(function(numbers[place : place + 1]), whole[place : place + 1])
    with_others = torch.tensor([-1.0, 0.0, math.inf, math.nan], dtype=torch.float64)
    found = function(torch.cat([with_others, numbers[:1000]]))
    assert torch.equal(found[4:], whole[:1000])


def test_strides_and_shapes_do_not_matter() -> None:
    x = torch.linspace(-3, 3, 60, dtype=torch.float64).view(3, 4, 5)
    expected = functions.exp(x.reshape(-1))
    moved = functions.exp(x.permute(2, 0, 1))
    assert moved.shape == (5, 3, 4)
    assert torch.equal(moved.permute(1, 2, 0).reshape(-1), expected)
    assert functions.exp(torch.tensor(1.0, dtype=torch.float64)).shape == ()


def test_logarithm_of_two_in_two_parts() -> None:
    with localcontext() as context:
        context.prec = 60
        parts = Fraction(coefficients.LN2_HIGH) + Fraction(coefficients.LN2_LOW)
        assert abs(parts - Fraction(Decimal(2).ln())) < Fraction(2) ** -85
        assert float(1 / Decimal(2).ln()) == coefficients.LOG2_E
        assert float(1 / Decimal(10).ln()) == coefficients.LOG10_E
    assert math.log(2) == coefficients.LN2
    assert float.fromhex("0x1p53") * coefficients.LN2_HIGH % 2**11 == 0  # eleven bits to spare


def _drawn(count: int = 10_001) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, generator=generator, dtype=torch.float64) * 4 + 1e-3


def test_square_roots_are_rounded_once() -> None:
    x = _drawn()
    assert square_root(x).tolist() == [math.sqrt(each) for each in x.tolist()]
    assert square_root(x[::3]).tolist() == [math.sqrt(each) for each in x[::3].tolist()]
    assert square_root(torch.tensor(2.0, dtype=torch.float64)).shape == ()
    assert square_root(torch.tensor([-1.0], dtype=torch.float64)).isnan()


def test_sums_products_and_quotients_of_torch_are_rounded_once() -> None:
    # the reference relies on that
    x = _drawn()
    y = x.flip(0)
    pairs = list(zip(x.tolist(), y.tolist(), strict=True))
    assert (x + y).tolist() == [a + b for a, b in pairs]
    assert (x - y).tolist() == [a - b for a, b in pairs]
    assert (x * y).tolist() == [a * b for a, b in pairs]
    assert (x / y).tolist() == [a / b for a, b in pairs]
    assert (x / 3.1).tolist() == [a / 3.1 for a, _ in pairs]
    assert (x * 3.1).tolist() == [a * 3.1 for a, _ in pairs]
    assert (1.0 / x).tolist() == [1.0 / a for a, _ in pairs]
