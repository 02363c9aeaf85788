"""Mixing weights, bit for bit the same on every machine.

Elementwise float64 in a fixed order, each operation on its own (a fused multiply-add would round
differently), rounded once to float32. What would be below the least weight is zero before it is
rounded: the rest rounds to normal numbers, whatever the processor does with others. Source:
docs/determinism.md.
"""

import math
from collections.abc import Iterable
from itertools import chain

import torch

from fedjury.protocol.tensors import LEAST, Tensors

_BELOW_LEAST = math.nextafter(LEAST, 0.0)


def mean(updates: Iterable[Tensors]) -> Tensors:
    """The mean of updates in index order, kept in float64; one update in memory at a time.

    Raises:
        ValueError: there is none.
    """
    count, total = 0, Tensors()
    for update in updates:
        count += 1
        for name, tensor in update.items():
            if name in total:
                total[name] += tensor
            else:
                total[name] = tensor.to(torch.float64, copy=True)
    if not count:
        raise ValueError("the mean of no updates")
    return {name: tensor / count for name, tensor in total.items()}


def mix(current: Tensors, candidate: Tensors, lam: float) -> Tensors:
    """λ·current + (1−λ)·candidate, float32 without denormals; the candidate may be float64."""
    mixed = {}
    for name, tensor in current.items():
        kept = tensor.to(torch.float64, copy=True).mul_(lam)
        kept += candidate[name].double() * (1.0 - lam)
        # hardshrink makes +0 of all from -_BELOW_LEAST to _BELOW_LEAST
        mixed[name] = torch.nn.functional.hardshrink(kept, _BELOW_LEAST).to(torch.float32)
    return mixed


def mix_mean(current: Tensors, updates: Iterable[Tensors], lam: float) -> Tensors:
    """λ·current + (1−λ)·mean(updates), float32; the current weights where there is no update."""
    counted = iter(updates)
    first = next(counted, None)
    if first is None:
        return current
    return mix(current, mean(chain([first], counted)), lam)
