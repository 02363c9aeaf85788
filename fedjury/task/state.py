"""A module's state: all numbers that it is made of, and which of them are federated.

Shared tensors are one: each has the name under which the module knows it first.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from fedjury.errors import ModelError
from fedjury.protocol.tensors import Tensors, decode, encode, encoded_size, settle_

UNINITIALIZED = (UninitializedParameter, UninitializedBuffer)
"""Tensors of lazy layers, which have no shape before data or weights give them one."""


@dataclass(frozen=True)
class ModelState:
    """The state that a task begins with.

    Attributes:
        federated: what rounds change, float32.
        rest: everything else, each in the module's own type.
    """

    federated: Tensors
    rest: Tensors

    @classmethod
    def of(cls, model: nn.Module, names: Collection[str]) -> Self:
        """A copy of a module's state, of which these names are federated."""
        rest = {
            name: tensor.detach().clone()
            for name, tensor in state_of_module(model).items()
            if name not in names
        }
        return cls(weights_of(model, names), rest)

    @classmethod
    def from_bytes(cls, data: bytes, names: Collection[str]) -> Self:
        """The state in a genesis file.

        Raises:
            ValueError: no safetensors, or a federated tensor is missing.
        """
        tensors, _ = decode(data)
        if missing := sorted(set(names) - tensors.keys()):
            raise ValueError(f"tensor {missing[0]!r} is missing")
        federated = {name: tensors.pop(name) for name in sorted(names)}
        return cls(federated, tensors)

    def to_bytes(self) -> bytes:
        """The genesis file.

        Raises:
            ModelError: a tensor is of a type that files cannot hold.
        """
        with _as_model_error():
            return encode(self.whole)

    def size(self) -> int:
        """Bytes of the genesis file.

        Raises:
            ModelError: as `to_bytes`.
        """
        with _as_model_error():
            return encoded_size(self.whole)

    @property
    def whole(self) -> Tensors:
        """Everything by name."""
        return {**self.federated, **self.rest}


def state_of_module(model: nn.Module) -> Tensors:
    """Every parameter and buffer, saved ones and others, by its first name; not copied."""
    first: dict[object, str] = {}
    found: Tensors = {}
    for name, tensor in _named(model):
        if first.setdefault(_identity(tensor), name) == name:
            found[name] = tensor
    return found


def aliases_of(model: nn.Module) -> dict[str, list[str]]:
    """Every name of each tensor, by its first name."""
    first: dict[object, str] = {}
    names: dict[str, list[str]] = {}
    for name, tensor in _named(model):
        names.setdefault(first.setdefault(_identity(tensor), name), []).append(name)
    return names


def weights_of(model: nn.Module, names: Collection[str] | None = None) -> Tensors:
    """A copy of part of a module's state as float32, in which files and mixing have it.

    What is too small for a weight is zero (`fedjury.protocol.tensors.LEAST`).

    Args:
        model: any module.
        names: which tensors; None for all saved floating-point ones.
    """
    state = state_of_module(model)
    if names is None:
        saved = model.state_dict().keys()
        names = [name for name in state if name in saved and state[name].is_floating_point()]
    return {
        name: settle_(state[name].detach().to("cpu", torch.float32, copy=True).contiguous())
        for name in names
    }


def load_state(model: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Copy tensors into a module by name; a parameter without a shape yet gets theirs.

    Raises:
        ModelError: the module has no tensor of such a name or shape.
    """
    state = state_of_module(model)
    with torch.no_grad():
        for name, tensor in tensors.items():
            if name not in state:
                raise ModelError(f"the model has no tensor {name!r}")
            _copy(name, tensor, state[name])


def require_same_names(model: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Make sure that tensors are the whole state of a module, by name.

    Raises:
        ModelError: names the first that only one of them has.
    """
    own = state_of_module(model)
    if missing := sorted(own.keys() - tensors.keys()):
        raise ModelError(f"the model's tensor {missing[0]!r} is missing")
    if extra := sorted(tensors.keys() - own.keys()):
        raise ModelError(f"the model has no tensor {extra[0]!r}")


@contextmanager
def _as_model_error() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ModelError(f"the model's state cannot be written: {error}") from error


def _copy(name: str, source: torch.Tensor, target: torch.Tensor) -> None:
    if isinstance(target, UNINITIALIZED):
        target.materialize(source.shape)
    if source.shape != target.shape:
        raise ModelError(
            f"tensor {name!r} is given in shape {tuple(source.shape)}, the module has it in "
            f"{tuple(target.shape)}"
        )
    try:
        target.copy_(source)
    except RuntimeError as error:
        raise ModelError(f"tensor {name!r} of the model cannot be written: {error}") from error


def _named(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]


def _identity(tensor: torch.Tensor) -> object:
    """Equal for names of one tensor, be it the object or the memory that they share."""
    if isinstance(tensor, UNINITIALIZED) or not tensor.numel():
        return id(tensor)
    if tensor.layout != torch.strided or tensor.device.type == "meta":
        return id(tensor)
    return tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride()
