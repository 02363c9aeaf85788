"""Mixing weights, bit for bit the same on every machine.

Elementwise float64 in a fixed order, each operation on its own (a fused multiply-add would round
differently), rounded once to float32. What would be below the least weight is zero before it is
rounded: the rest rounds to normal numbers, whatever the processor does with others. Source:
docs/determinism.md.
"""

import math
from collections.abc import Iterable, Iterator

import torch

from fedjury.protocol.tensors import LEAST, Tensors

_BELOW_LEAST = math.nextafter(LEAST, 0.0)
_AT_A_TIME = 1 << 18  # numbers, few enough for the cache


def mean(updates: Iterable[Tensors]) -> Tensors:
    """The mean of updates in index order, kept in float64; one update in memory at a time.

    Raises:
        ValueError: there is none.
    """
    found = _mean(updates)
    if found is None:
        raise ValueError("the mean of no updates")
    return found


def mix(current: Tensors, candidate: Tensors, lam: float) -> Tensors:
    """λ·current + (1−λ)·candidate, float32 without denormals; the candidate may be float64."""
    mixed = {}
    for name, tensor in current.items():
        mixed[name] = torch.empty(tensor.shape, dtype=torch.float32)
        for target, own, other in _parts(mixed[name], tensor, candidate[name]):
            kept = own.to(torch.float64, copy=True).mul_(lam)
            kept += other.double() * (1.0 - lam)
            # hardshrink makes +0 of all from -_BELOW_LEAST to _BELOW_LEAST
            target.copy_(torch.nn.functional.hardshrink(kept, _BELOW_LEAST))
    return mixed


def _parts(*tensors: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """Tensors of one shape, the first of them contiguous, side by side: a part of each at a time.

    So that float64 of a large tensor is never in memory beside it but for a small part.
    """
    if tensors[0].numel() <= _AT_A_TIME:
        yield tensors
        return
    yield from zip(
        *(torch.split(tensor.reshape(-1), _AT_A_TIME) for tensor in tensors), strict=True
    )


def mix_mean(current: Tensors, updates: Iterable[Tensors], lam: float) -> Tensors:
    """λ·current + (1−λ)·mean(updates), float32; the current weights where there is no update."""
    found = _mean(updates)
    return current if found is None else mix(current, found, lam)


def _mean(updates: Iterable[Tensors]) -> Tensors | None:
    count, total = 0, Tensors()
    for update in updates:
        _add(total, update)
        count += 1
        del update  # before the next one is read
    return {name: tensor.div_(count) for name, tensor in total.items()} if count else None


def _add(total: Tensors, update: Tensors) -> None:
    for name, tensor in update.items():
        if name in total:
            for added, more in _parts(total[name], tensor):
                added.add_(more)
        else:
            total[name] = tensor.contiguous().to(torch.float64, copy=True)
