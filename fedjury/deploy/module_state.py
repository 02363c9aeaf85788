"""Whether the state of a user's module is one that files and clients can hold."""

from collections.abc import Mapping

import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.task.state import UNINITIALIZED, state_of_module


def require_plain_tensors(name: str, model: nn.Module) -> None:
    """Make sure that every parameter and buffer is real, dense, in memory, and has a shape.

    Args:
        name: of the model's callable.
        model: after a forward pass, where it has lazy layers.

    Raises:
        ModelError: names the first tensor that is not.
    """
    for tensor_name, tensor in state_of_module(model).items():
        if isinstance(tensor, UNINITIALIZED):
            raise ModelError(
                f"{name!r} has a lazy tensor {tensor_name!r} that gets no shape when the model is "
                "evaluated: use its layer in the forward pass, or leave it out"
            )
        if tensor.is_complex():
            raise ModelError(
                f"{name!r} has complex numbers in {tensor_name!r}: keep real and imaginary parts "
                "as two tensors"
            )
        if tensor.layout != torch.strided or tensor.device.type != "cpu":
            raise ModelError(
                f"{name!r} has a tensor {tensor_name!r} that is not dense or not in the "
                "processor's memory: build the model with dense tensors on the CPU"
            )


def require_same_tensors(
    name: str,
    before: Mapping[str, torch.Tensor],
    after: Mapping[str, torch.Tensor],
    done: str,
) -> None:
    """Make sure that whatever was done with a module changed only numbers.

    Args:
        name: of the model's callable.
        before, after: the module's state.
        done: ``evaluated`` or ``trained``.

    Raises:
        ModelError: names the first tensor that is new, gone or of another shape.
    """
    if added := sorted(after.keys() - before.keys()):
        raise ModelError(
            f"{name!r} gets a new tensor {added[0]!r} when it is {done}: make all layers and "
            "buffers when the model is made, as lazy ones where only data tell their shape"
        )
    if gone := sorted(before.keys() - after.keys()):
        raise ModelError(
            f"{name!r} loses its tensor {gone[0]!r} when it is {done}: leave it in place, or keep "
            "it as no parameter and no buffer"
        )
    for tensor_name, tensor in before.items():
        shapes = tuple(tensor.shape), tuple(after[tensor_name].shape)
        if shapes[0] != shapes[1]:
            raise ModelError(
                f"{name!r} changes the shape of {tensor_name!r} from {shapes[0]} to {shapes[1]} "
                f"when it is {done}: keep what has the size of a batch out of the model's buffers, "
                "and begin each forward pass without it"
            )
