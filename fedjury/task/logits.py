"""Which part of what a module gives are its logits."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from fedjury.errors import ModelError


def give_logits(model: nn.Module, part: str | None) -> None:
    """Have a module give its logits alone, whatever its forward pass gives beside them.

    Args:
        model: changed by a forward hook.
        part: a key or the name of an attribute, or an index; None for the first tensor that is
            not a single number, as a loss is.
    """
    model.register_forward_hook(partial(_pick, part))


def _pick(part: str | None, model: nn.Module, inputs: object, output: object) -> torch.Tensor:
    found = _first_tensor(output) if part is None else _named(output, part)
    if isinstance(found, torch.Tensor):
        return found
    kind, names = type(output).__name__, ", ".join(map(repr, _names(output)))
    has = f" with {names}" if names else ""
    if part is not None:
        raise ModelError(
            f"the model gives no tensor {part!r} but {kind}{has}: choose another --model-output"
        )
    if names and not isinstance(output, Mapping):
        raise ModelError(
            f"the model gives {kind}{has}: say by --model-output which of these its logits are"
        )
    raise ModelError(
        f"the model gives no tensor but {kind}: its logits are a tensor, alone or within a "
        "dictionary, a tuple or a list"
    )


def _names(output: object) -> list[object]:
    """What `give_logits` could be asked for."""
    if isinstance(output, Mapping):
        return list(output)
    return list(getattr(output, "_fields", ())) or list(getattr(output, "__dict__", ()))


def _first_tensor(output: object) -> object:
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, Sequence):
        tensors = [each for each in output if isinstance(each, torch.Tensor)]
        return next((each for each in tensors if each.ndim), tensors[0] if tensors else None)
    return output


def _named(output: Any, part: str) -> object:
    if isinstance(output, Mapping):
        return output.get(part)
    if isinstance(output, Sequence) and part.isdecimal():
        return output[int(part)] if int(part) < len(output) else None
    return getattr(output, part, None)
