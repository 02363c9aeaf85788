"""Forward passes that leave nothing behind in a module, so that none depends on an earlier one."""

from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import nn

_TORCHS = frozenset(nn.Module().__dict__)
_HOLDING = (torch.Tensor, np.ndarray, list, dict, set, tuple, deque, bytearray)
_Attributes = MutableMapping[str, Any]


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Undo what forward passes do to a module's own attributes.

    Tensors, arrays and Python's containers are copied before, so that changes within them are
    undone as well; parameters, buffers and modules in them stay what they are. What lies in
    other objects, in closures or in global variables is not known here.

    Args:
        model: whose modules have their attributes back afterwards.
    """
    kept = [(each, dict(each)) for each in _namespaces(model)]
    known: dict[int, Any] = {id(each): each for each in model.modules()}
    known |= {id(each): each for each in (*model.parameters(), *model.buffers())}
    for module in model.modules():
        for name, value in list(module.__dict__.items()):
            if name not in _TORCHS and isinstance(value, _HOLDING):
                module.__dict__[name] = _copy(value, known)
    try:
        yield
    finally:
        for each, before in kept:
            each.clear()
            each.update(before)


def _namespaces(model: nn.Module) -> Iterator[_Attributes]:
    """Where the modules keep attributes, parameters, buffers and modules, by name."""
    for module in model.modules():
        yield module.__dict__
        for name in ("_parameters", "_buffers", "_modules"):
            if isinstance(inner := module.__dict__.get(name), dict):
                yield inner


def _copy(value: Any, known: dict[int, Any]) -> Any:
    """A copy; the value itself where it cannot be copied.

    Args:
        known: what stands for objects by their id; gets those that are copied.
    """
    if isinstance(value, torch.Tensor) and id(value) not in known:
        known[id(value)] = value.detach().clone()
    with suppress(Exception):  # objects of the user's in it may refuse in any way
        return deepcopy(value, known)
    return value
