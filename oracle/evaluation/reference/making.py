"""Tensors of evenly spaced numbers, each by a multiplication and an addition of its own."""

import math

import torch

from fedjury.oracle.evaluation.reference.arithmetic import multiply

Number = int | float


def numbers_from(first: Number, behind: Number | None = None, step: Number = 1) -> torch.Tensor:
    """first + i·step, up to before `behind`; with one argument from 0 to before that.

    Returns:
        int64 where all are whole numbers of Python's, otherwise float64.
    """
    first, behind = (0, first) if behind is None else (first, behind)
    count = max(math.ceil((behind - first) / step), 0)
    places = torch.arange(count)
    if all(isinstance(each, int) for each in (first, behind, step)):
        return places * step + first
    return multiply(places.to(torch.float64), float(step)) + float(first)


def numbers_between(start: Number, end: Number, steps: int) -> torch.Tensor:
    """So many numbers from start to end, both included: float64 start + i·((end - start)/(n - 1)),
    and the end itself for the last of several."""
    places = torch.arange(steps, dtype=torch.float64)
    if steps < 2:
        return places + start
    result = multiply(places, (end - start) / (steps - 1)) + start
    result[-1] = end
    return result
