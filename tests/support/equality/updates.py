"""Updates of any kind of model: honest ones, and those that nobody would send in good faith."""

from collections.abc import Iterator

import torch

from fedjury.protocol.tensors import Tensors
from tests.support.equality.draws import normal, order, signs
from tests.support.equality.kinds import Kind

_LARGEST = 1000.0
_DENORMAL = 2.0**-130


def updates_of(kind: Kind) -> Iterator[tuple[str, Tensors]]:
    """Updates of a kind, each with its name."""
    honest = kind.honest("one")
    yield "honest", honest
    yield "random", kind.random("other")
    yield "tied", _equal_classes(kind, honest, 0.0)
    yield "close", _equal_classes(kind, honest, 2.0**-22)
    yield "zero", {name: torch.zeros_like(each) for name, each in honest.items()}
    yield "denormal", {name: _denormal(kind, name, each) for name, each in honest.items()}
    yield "denormal head", _denormal_head(kind, honest)
    yield "huge", {name: _huge(kind, name, each) for name, each in honest.items()}
    yield "cancelling", _cancelling(kind, honest)
    if kind.units:
        yield "permuted", _permuted(kind, honest)


def _equal_classes(kind: Kind, honest: Tensors, difference: float) -> Tensors:
    """Class 1 has the logits of class 0 but for this relative difference."""
    changed = dict(honest)
    for name in (f"{kind.head}.weight", f"{kind.head}.bias"):
        changed[name] = honest[name].clone()
        changed[name][1] = honest[name][0] * (1 + difference)
    return changed


def _denormal(kind: Kind, name: str, like: torch.Tensor) -> torch.Tensor:
    drawn = normal(f"{kind.name} denormal {name}", *like.shape) * _DENORMAL
    return drawn.abs() if name.endswith("running_var") else drawn


def _denormal_head(kind: Kind, honest: Tensors) -> Tensors:
    """Only the last layer is denormal; what it reads is large, so that its products need not be."""
    names = (f"{kind.head}.weight", f"{kind.head}.bias")
    large = {
        name: each if name.endswith("running_var") else 30 * each for name, each in honest.items()
    }
    return {**large, **{name: _denormal(kind, name, honest[name]) for name in names}}


def _huge(kind: Kind, name: str, like: torch.Tensor) -> torch.Tensor:
    """The largest that a spec allows by default, of either sign."""
    drawn = _LARGEST * signs(f"{kind.name} huge {name}", *like.shape)
    return drawn.abs() if name.endswith("running_var") else drawn


def _cancelling(kind: Kind, honest: Tensors) -> Tensors:
    """All logits have a large part in common; what an honest model says is its last digits."""
    weight = f"{kind.head}.weight"
    large = 700 * signs(f"{kind.name} common", honest[weight].shape[1])
    return {**honest, weight: honest[weight] + large}


def _permuted(kind: Kind, honest: Tensors) -> Tensors:
    """Classes 0 and 1 read the same units, which stand twice, in another order.

    Their logits are the same sum of numbers above zero, the others are zero, so class 0 wins.
    """
    changed = dict(honest)
    half = len(honest[kind.units[0]]) // 2
    shuffled = order(f"{kind.name} permuted", half)
    for name in kind.units:
        first = honest[name][:half]
        changed[name] = torch.cat([first, first[shuffled]])
    row = normal(f"{kind.name} row", half).abs() + 0.1
    head = torch.zeros_like(honest[f"{kind.head}.weight"])
    head[0, :half], head[1, half:] = row, row[shuffled]
    changed[f"{kind.head}.weight"] = head
    changed[f"{kind.head}.bias"] = torch.zeros_like(honest[f"{kind.head}.bias"])
    return changed
