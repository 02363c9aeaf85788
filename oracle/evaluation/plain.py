"""Logits in plain float64, for a model that the reference does not define."""

import torch
from torch import nn
from torch.func import functional_call

from fedjury.errors import ModelError
from fedjury.oracle.evaluation.reference.isolation import untouched
from fedjury.oracle.evaluation.reference.settings import reference_settings
from fedjury.oracle.evaluation.reference.state import state_of
from fedjury.protocol.tensors import Tensors


def plain_logits(model: nn.Module, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
    """The logits of samples in one pass, as torch computes them here; other machines may differ.

    Args:
        model: in evaluation mode; it is not changed.
        weights: float32, by names of the module's parameters and buffers.
        x: samples, (n, ...), float32 or integers.

    Returns:
        float64 (n, ...).

    Raises:
        ModelError: the module gives something else than a tensor.
        Exception: whatever the module itself raises.
    """
    whole = x.double() if x.is_floating_point() else x
    with reference_settings(), untouched(model):
        state = state_of(model, weights)
        logits = functional_call(model, state, (whole,), tie_weights=False)
    if not isinstance(logits, torch.Tensor):
        raise ModelError(f"the model gives {type(logits).__name__}, not a tensor")
    return logits.double()
