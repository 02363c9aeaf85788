"""Counting right answers so that every honest machine counts the same.

float32 sums differ between machines, thread counts and batch sizes, so a sample counts in float32
only where its two top logits are far apart; close calls are decided in float64, and what even
float64 cannot tell apart is a tie, which goes to the lowest class.

Large numbers that cancel out lose more digits than that allows for, and an adversary can build
weights in which they do for a few samples. So every sample is evaluated a second time with weights
shaken a little, by amounts that only the jury knows: where that moves the logits too far, float32
is not trusted, and where it does so in float64 as well, the sample counts as wrong.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.func import functional_call

from fedjury.tensors import Tensors
from fedjury.verification import VerificationSet

Engine = Literal["mixed", "float64"]

# All relative to a sample's largest absolute logit. float32 strays by about 1e-6 on sound models.
_CLOSE_CALL = 2.0**-10
_TIE = 2.0**-30


@dataclass(frozen=True)
class _Shake:
    """How far weights are shaken, and how far the logits may move before they are not trusted.

    Rounding moves them less than shaking does, by the ratio of `by` to the type's precision; so
    the logits that are trusted are right to 2^-18 in float32 and to 2^-35 in float64.
    """

    by: float
    limit: float


_FLOAT32 = _Shake(by=2.0**-16, limit=2.0**-11)
_FLOAT64 = _Shake(by=2.0**-32, limit=2.0**-15)


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
        if self.engine == "float64":
            return self._decide(exact, x)
        logits = self._logits(weights, x)
        predicted = logits.argmax(dim=1)
        unsure = self._close_calls(logits) | self._strays(weights, x, logits, _FLOAT32)
        if bool(unsure.any()):
            predicted[unsure] = self._decide(exact, x[unsure])
        return predicted

    def _strays(
        self, weights: Tensors, x: torch.Tensor, logits: torch.Tensor, shake: _Shake
    ) -> torch.Tensor:
        """True where shaking the weights moves the logits too far, or they are no numbers."""
        secret = int(self.verification.secret_fraction() * 2**48)
        generator = torch.Generator().manual_seed(secret)
        shaken = {}
        for name in sorted(weights):
            dtype, shape = weights[name].dtype, weights[name].shape
            drawn = torch.rand(shape, generator=generator, dtype=dtype) * 2 - 1
            shaken[name] = weights[name] * (1 + shake.by * drawn)
        moved = (self._logits(shaken, x) - logits).abs().amax(dim=1)
        return ~(moved <= shake.limit * _scale(logits))

    @staticmethod
    def _close_calls(logits: torch.Tensor) -> torch.Tensor:
        """True where float32 cannot be trusted with the order of the two top logits."""
        if logits.shape[1] < 2:
            return torch.zeros(len(logits), dtype=torch.bool)
        top = logits.topk(2, dim=1).values
        return ~(top[:, 0] - top[:, 1] > _CLOSE_CALL * _scale(logits))

    def _decide(self, exact: Tensors, x: torch.Tensor) -> torch.Tensor:
        """The lowest class whose logit ties with the largest; -1 where no machine can tell."""
        logits = self._logits(exact, x)
        tie = _TIE * (1 + self.verification.secret_fraction())
        threshold = logits.amax(dim=1) - tie * _scale(logits)
        predicted = (logits >= threshold[:, None]).to(torch.int8).argmax(dim=1)
        predicted[self._strays(exact, x, logits, _FLOAT64)] = -1
        return predicted

    def _logits(self, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
        dtype = next(iter(weights.values())).dtype
        starts = range(0, len(x), self.batch_size)
        batches = (x[start : start + self.batch_size].to(dtype) for start in starts)
        return torch.cat([functional_call(self.model, weights, (batch,)) for batch in batches])


def _scale(logits: torch.Tensor) -> torch.Tensor:
    """Each sample's largest absolute logit."""
    return logits.abs().amax(dim=1)
