"""Mixing weights, bit for bit the same on every machine.

Elementwise float64 in a fixed order, each operation on its own (a fused multiply-add would round
differently), rounded once to float32. Source: docs/determinism.md.
"""

from collections.abc import Iterable
from itertools import chain

import torch

from fedjury.protocol.tensors import Tensors


def mean(updates: Iterable[Tensors]) -> Tensors:
    """The mean of updates in index order, kept in float64; one update in memory at a time.

    Raises:
        ValueError: there is none.
    """
    count, total = 0, Tensors()
    for update in updates:
        count += 1
        for name, tensor in update.items():
            total[name] = total[name] + tensor.double() if name in total else tensor.double()
    if not count:
        raise ValueError("the mean of no updates")
    return {name: tensor / count for name, tensor in total.items()}


def mix(current: Tensors, candidate: Tensors, lam: float) -> Tensors:
    """λ·current + (1−λ)·candidate, float32; the candidate may be float64."""
    mixed = {}
    for name, tensor in current.items():
        kept = tensor.double() * lam
        taken = candidate[name].double() * (1.0 - lam)
        mixed[name] = (kept + taken).to(torch.float32)
    return mixed


def mix_mean(current: Tensors, updates: Iterable[Tensors], lam: float) -> Tensors:
    """λ·current + (1−λ)·mean(updates), float32; the current weights where there is no update."""
    counted = iter(updates)
    first = next(counted, None)
    if first is None:
        return current
    return mix(current, mean(chain([first], counted)), lam)
