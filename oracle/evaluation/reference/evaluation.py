"""The logits of a model, by definition.

Bits depend on the model, the weights and the sample alone: on no kernel, thread count, batch,
instruction set or switch of the process.
"""

from contextlib import ExitStack

import torch
from torch import nn
from torch.func import functional_call

from fedjury.errors import ModelError
from fedjury.oracle.evaluation.reference.casts import convert
from fedjury.oracle.evaluation.reference.entering import entered
from fedjury.oracle.evaluation.reference.kept_slices import keeping_slices, place_of
from fedjury.oracle.evaluation.reference.mode import ReferenceMode
from fedjury.oracle.evaluation.reference.settings import reference_settings
from fedjury.oracle.evaluation.reference.state import state_of
from fedjury.protocol.tensors import Tensors

# Samples of the first forward pass, which shows how large a sample's tensors are.
_FIRST = 8
_MOST = 4096
# Bytes that the largest tensor of a forward pass should have.
_ROOM = 2**23


def reference_logits(model: nn.Module, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
    """The logits of samples, each by the reference's definitions.

    Args:
        model: as it is to be evaluated, in evaluation mode; it is not changed.
        weights: float32, by the names of the module's saved state; denormal numbers are zero.
        x: samples, (n, ...), float32 or integers; n at least 1.

    Returns:
        float64 (n, classes), what the module gives for each sample. Samples go through the module
        several at a time; one that mixes samples has no defined logits.

    Raises:
        UnknownOperation: the module does something that has no definition.
        ModelError: the module gives something else than a tensor with an entry a sample.
        Exception: whatever the module itself raises.
    """
    found, start, size = [], 0, _FIRST
    with reference_settings(), ExitStack() as stack:
        state = state_of(model, weights)
        apart = frozenset(place_of(tensor) for tensor in state.values())
        stack.enter_context(keeping_slices(state.values()))
        while start < len(x):
            chunk = x[start : start + size]
            mode = ReferenceMode(apart)
            found.append(_forward(model, state, chunk, mode))
            start += len(chunk)
            size = min(max(_ROOM * len(chunk) // max(mode.largest, 1), 1), _MOST)
    return torch.cat(found)


def _forward(
    model: nn.Module, state: Tensors, chunk: torch.Tensor, mode: ReferenceMode
) -> torch.Tensor:
    """Logits of a chunk. A sample without company is taken twice, so that a module that would mix
    samples is noticed at an operation over them."""
    alone = len(chunk) == 1
    samples = entered(torch.cat([chunk, chunk]) if alone else chunk)
    with mode:
        logits = functional_call(model, dict(state), (samples,), tie_weights=False)
    if not isinstance(logits, torch.Tensor) or len(logits) != len(samples):
        raise ModelError("the model does not give a tensor with an entry for each sample")
    return convert(logits[: len(chunk)], torch.float64)
