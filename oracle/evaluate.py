"""Counting right answers so that every honest machine counts the same.

float32 sums differ between machines, thread counts and batch sizes, so a sample counts in float32
only where its two top logits are far apart; close calls are decided in float64, and what even
float64 cannot tell apart is a tie, which goes to the lowest class. Where float32 itself strays
too far (a probe of the first samples tells), everything is decided in float64.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.func import functional_call

from fedjury.tensors import Tensors
from fedjury.verification import VerificationSet

Engine = Literal["mixed", "float64"]

# Relative to a sample's largest absolute logit. float32 strays by about 1e-6 on sound models.
_CLOSE_CALL = 2.0**-10
_FLOAT32_STRAYS = 2.0**-14
_TIE = 2.0**-30
_PROBE_SAMPLES = 64


@dataclass(frozen=True)
class Evaluator:
    """Counts the verification samples that weights classify right.

    Attributes:
        model: the spec's module.
        verification: the private samples.
        batch_size: samples at a time; the count does not depend on it.
        engine: ``mixed`` as above, or ``float64`` throughout; the count does not depend on it.
    """

    model: nn.Module
    verification: VerificationSet
    batch_size: int = 1024
    engine: Engine = "mixed"

    def correct(self, weights: Tensors) -> int:
        """How many verification samples the weights classify right; 0 to len(verification)."""
        self.model.eval()
        with torch.inference_mode():
            return int((self._predict(weights) == self.verification.samples.y).sum())

    def _predict(self, weights: Tensors) -> torch.Tensor:
        x = self.verification.samples.x
        exact = {name: tensor.double() for name, tensor in weights.items()}
        if self.engine == "float64" or self._float32_strays(weights, exact):
            return self._decide(self._logits(exact, x))
        logits = self._logits(weights, x)
        predicted = logits.argmax(dim=1)
        close = self._close_calls(logits)
        if bool(close.any()):
            predicted[close] = self._decide(self._logits(exact, x[close]))
        return predicted

    def _float32_strays(self, weights: Tensors, exact: Tensors) -> bool:
        probe = self.verification.samples.x[:_PROBE_SAMPLES]
        fine = self._logits(exact, probe)
        error = (self._logits(weights, probe).double() - fine).abs().amax(dim=1)
        return not bool((error <= _FLOAT32_STRAYS * _scale(fine)).all())

    @staticmethod
    def _close_calls(logits: torch.Tensor) -> torch.Tensor:
        """True where float32 cannot be trusted with the order of the two top logits."""
        if logits.shape[1] < 2:
            return torch.zeros(len(logits), dtype=torch.bool)
        top = logits.topk(2, dim=1).values
        return ~(top[:, 0] - top[:, 1] > _CLOSE_CALL * _scale(logits))

    def _decide(self, logits: torch.Tensor) -> torch.Tensor:
        """The lowest class whose logit ties with the largest; -1 where a logit is no number."""
        tie = _TIE * (1 + self.verification.secret_fraction())
        threshold = logits.amax(dim=1) - tie * _scale(logits)
        predicted = (logits >= threshold[:, None]).to(torch.int8).argmax(dim=1)
        predicted[~torch.isfinite(logits).all(dim=1)] = -1
        return predicted

    def _logits(self, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
        dtype = next(iter(weights.values())).dtype
        starts = range(0, len(x), self.batch_size)
        batches = (x[start : start + self.batch_size].to(dtype) for start in starts)
        return torch.cat([functional_call(self.model, weights, (batch,)) for batch in batches])


def _scale(logits: torch.Tensor) -> torch.Tensor:
    """Each sample's largest absolute logit."""
    return logits.abs().amax(dim=1)
