"""e^x in float32: its bound, held against numpy's on a dense grid of arguments."""

import math

import numpy as np
import pytest
import torch

from fedjury.oracle.evaluation.fast import exponential
from fedjury.oracle.evaluation.fast.exponential import LARGEST, RELATIVE_ERROR, SMALLEST, exp_

# Every so many float32 numbers one is looked at.
_STEP = 401


def _arguments() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """float32 numbers from SMALLEST to LARGEST, dense between their powers of two."""
    parts = []
    for end, start in ((LARGEST, 2.0**-30), (SMALLEST, -(2.0**-30))):
        bits = [int(np.float32(each).view(np.uint32)) for each in (start, end)]
        parts.append(np.arange(bits[0], bits[1] + 1, _STEP, dtype=np.uint32).view(np.float32))
    return np.concatenate([*parts, np.array([SMALLEST, 0.0, LARGEST], dtype=np.float32)])


def _largest_error() -> float:
    arguments = _arguments()
    exact = np.exp(arguments.astype(np.longdouble))
    found = exp_(torch.from_numpy(arguments.copy())).numpy().astype(np.longdouble)
    return float(np.max(np.abs(found - exact) / exact))


def test_no_error_is_above_the_bound_and_some_come_near() -> None:
    assert RELATIVE_ERROR / 8 < _largest_error() < RELATIVE_ERROR


WORSE = {
    "_FACTORS": exponential._FACTORS[:-1],
    "_LOW": 0.0,
    "_HIGH": math.log(2),  # which has too many bits to be multiplied with exactly
}


@pytest.mark.parametrize("name", WORSE)
def test_a_worse_exponential_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = WORSE[name]
    monkeypatch.setattr(exponential, name, value)
    assert _largest_error() > RELATIVE_ERROR


def test_arguments_beyond_the_range_count_as_its_ends() -> None:
    ends = exp_(torch.tensor([SMALLEST, LARGEST]))
    beyond = exp_(torch.tensor([-math.inf, -3e38, -61.0, 33.0, 3e38, math.inf]))
    assert torch.equal(beyond, ends[[0, 0, 0, 1, 1, 1]])


def test_no_number_gives_no_number() -> None:
    assert exp_(torch.tensor([math.nan, 0.0])).isnan().tolist() == [True, False]


def test_what_is_given_is_overwritten_and_nothing_else_needed() -> None:
    x = torch.zeros(3)
    assert torch.equal(exp_(x), torch.ones(3))
