"""The logits of a model, by definition.

Bits depend on the model, the weights and the sample alone: on no kernel, thread count, batch,
instruction set or switch of the process.
"""

from collections.abc import Iterator

import torch
from torch import nn
from torch.func import functional_call

from fedjury.errors import ModelError
from fedjury.oracle.evaluation.reference.casts import convert
from fedjury.oracle.evaluation.reference.entering import entered
from fedjury.oracle.evaluation.reference.isolation import untouched
from fedjury.oracle.evaluation.reference.kept_slices import KeptSlices
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
        model, weights, x: as of `reference_parts`.

    Returns:
        float64 (n, ...), what the module gives for each sample.

    Raises:
        UnknownOperation, ModelError, Exception: as `reference_parts`.
    """
    return torch.cat(list(reference_parts(model, weights, x)))


def reference_parts(model: nn.Module, weights: Tensors, x: torch.Tensor) -> Iterator[torch.Tensor]:
    """The logits of samples, some samples after the other.

    Samples go through the module several at a time; one that mixes samples has no defined logits.

    Args:
        model: as it is to be evaluated, in evaluation mode; it is not changed.
        weights: float32, by names of the module's parameters and buffers; denormal numbers are
            zero.
        x: samples, (n, ...), float32 or integers.

    Yields:
        float64 (samples, ...), what the module gives for the next samples.

    Raises:
        UnknownOperation: the module does something that has no definition.
        ModelError: the module gives something else than a tensor with an entry a sample.
        Exception: whatever the module itself raises.
    """
    evaluation = ReferenceEvaluation(model, weights)
    start, size = 0, _FIRST
    while start < max(len(x), 1):
        chunk = x[start : start + size]
        yield evaluation.logits(chunk)
        start += size
        size = min(max(_ROOM * len(chunk) // max(evaluation.largest, 1), 1), _MOST)


class ReferenceEvaluation:
    """One module with one set of weights.

    Args:
        model, weights: as of `reference_parts`.

    Attributes:
        largest: bytes of the largest tensor that the last samples' pass made.
    """

    def __init__(self, model: nn.Module, weights: Tensors) -> None:
        self._model = model
        self._weights = weights
        self.largest = 0
        with reference_settings():
            self._prepare()

    def logits(self, chunk: torch.Tensor) -> torch.Tensor:
        """Logits of some samples, all in one pass: float64 (samples, ...).

        One without company is taken twice, so that a module that would mix samples meets an
        operation over several.

        Raises:
            UnknownOperation, ModelError, Exception: as `reference_parts`.
        """
        with reference_settings():
            samples = entered(torch.cat([chunk, chunk]) if len(chunk) == 1 else chunk)
            logits = self._forward(samples)
            if not isinstance(logits, torch.Tensor) or logits.shape[:1] != samples.shape[:1]:
                raise ModelError("the model does not give a tensor with an entry for each sample")
            return convert(logits[: len(chunk)], torch.float64)

    def _forward(self, samples: torch.Tensor) -> object:
        mode = ReferenceMode(self._kept.places, samples)
        with untouched(self._model), self._kept, mode:
            logits = functional_call(self._model, dict(self._state), (samples,), tie_weights=False)
        self.largest = mode.largest
        if self._versions != self._numbered():
            self._prepare()
        return logits

    def _prepare(self) -> None:
        """The state that a pass begins with, made again where a pass changed it."""
        self._state = state_of(self._model, self._weights)
        self._kept = KeptSlices(self._state.values())
        self._versions = self._numbered()

    def _numbered(self) -> list[int]:
        return [tensor._version for tensor in self._state.values()]
