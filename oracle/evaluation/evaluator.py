"""Counting right answers, and measuring loss, so that every honest machine finds the same.

float32 sums differ between machines, thread counts and batch sizes, so a sample counts in float32
only where its two top logits are far apart; close calls are decided in float64, and what even
float64 cannot tell apart is a tie, which goes to the lowest class. Where perturbing the weights
shows that float32 is not to be trusted, float64 decides; where float64 is not either, the sample
counts as wrong (perturbation.py).

Loss is a sum of whole numbers that are decided in the same two steps (losses.py).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import nn
from torch.func import functional_call

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.losses import LossQuantizer
from fedjury.oracle.evaluation.perturbation import (
    FLOAT32,
    FLOAT64,
    FLOAT64_LOSS,
    Perturbation,
    Perturber,
    scale_of,
)
from fedjury.protocol.tensors import Tensors

Engine = Literal["mixed", "float64"]
_Finder = Callable[[Tensors, bytes], torch.Tensor]

# Both relative to a sample's largest absolute logit. On well-trained models float32 is off by 1e-6.
_CLOSE_CALL = 2.0**-10
_TIE = 2.0**-30
# The old model was the new one a round before, and rules look at some weights twice.
_REMEMBERED = 64


@dataclass(frozen=True)
class Evaluator:
    """What the verification samples say of weights (`fedjury.oracle.rules.base.Scores`).

    Attributes:
        model: the spec's module.
        verification: the private samples.
        batch_size: samples at a time; no result depends on it.
        engine: ``mixed`` as above, or ``float64`` throughout; no result depends on it.
    """

    model: nn.Module
    verification: VerificationSet
    batch_size: int = 1024
    engine: Engine = "mixed"

    @property
    def samples(self) -> int:
        """Size of the verification set."""
        return len(self.verification)

    def correct(self, weights: Tensors) -> int:
        """How many verification samples the weights classify right; 0 to `samples`."""
        return int(self.correct_mask(weights).sum())

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which verification samples the weights classify right: bool, (samples,)."""
        return self._remembered("correct mask", weights, self._find_correct_mask)

    def losses(self, weights: Tensors) -> torch.Tensor:
        """Cross entropy of each sample in units of 1/`LOSS_UNITS` nat, at most 16 nats: int64."""
        return self._remembered("losses", weights, self._find_losses)

    def loss(self, weights: Tensors) -> int:
        """The sum of `losses`."""
        return int(self.losses(weights).sum())

    def _remembered(self, what: str, weights: Tensors, find: _Finder) -> torch.Tensor:
        key = what, _key(weights)
        if key not in self._found:
            self.model.eval()
            with torch.no_grad():
                self._found[key] = find(weights, key[1])
            if len(self._found) > _REMEMBERED:
                del self._found[next(iter(self._found))]
        return self._found[key].clone()

    def _find_correct_mask(self, weights: Tensors, key: bytes) -> torch.Tensor:
        return self._predict(weights, key) == self.verification.samples.y

    def _find_losses(self, weights: Tensors, key: bytes) -> torch.Tensor:
        x = self.verification.samples.x
        if self.engine == "float64":
            return self._decide_losses(_double(weights), x, self._quantizer)
        logits, unstable = self._look(weights, key)
        loss_of_each, unsure = self._quantizer.from_float32(logits, unstable)
        if bool(unsure.any()):
            exact, losses = _double(weights), self._quantizer.take(unsure)
            loss_of_each[unsure] = self._decide_losses(exact, x[unsure], losses)
        return loss_of_each

    def _decide_losses(
        self, exact: Tensors, x: torch.Tensor, losses: LossQuantizer
    ) -> torch.Tensor:
        logits = self._logits(exact, x)
        return losses.from_float64(logits, self._unstable(exact, x, logits, FLOAT64_LOSS))

    def _predict(self, weights: Tensors, key: bytes) -> torch.Tensor:
        x = self.verification.samples.x
        if self.engine == "float64":
            return self._decide(_double(weights), x)
        logits, unstable = self._look(weights, key)
        predicted = logits.argmax(dim=1)
        unsure = self._close_calls(logits) | unstable
        if bool(unsure.any()):
            predicted[unsure] = self._decide(_double(weights), x[unsure])
        return predicted

    def _look(self, weights: Tensors, key: bytes) -> tuple[torch.Tensor, torch.Tensor]:
        """float32 logits and which of them are unstable; kept for losses of the same weights."""
        if key not in self._latest:
            x = self.verification.samples.x
            logits = self._logits(weights, x)
            unstable = self._unstable(weights, x, logits, FLOAT32)
            self._latest.clear()
            self._latest[key] = logits, unstable
        return self._latest[key]

    @staticmethod
    def _close_calls(logits: torch.Tensor) -> torch.Tensor:
        """True where float32 cannot be trusted with the order of the two top logits."""
        if logits.shape[1] < 2:
            return torch.zeros(len(logits), dtype=torch.bool)
        top = logits.topk(2, dim=1).values
        return ~(top[:, 0] - top[:, 1] > _CLOSE_CALL * scale_of(logits))

    def _decide(self, exact: Tensors, x: torch.Tensor) -> torch.Tensor:
        """The lowest class whose logit ties with the largest; -1 where no machine can tell."""
        logits = self._logits(exact, x)
        tie = _TIE * (1 + self.verification.secret_fraction())
        threshold = logits.amax(dim=1) - tie * scale_of(logits)
        predicted = (logits >= threshold[:, None]).to(torch.int8).argmax(dim=1)
        predicted[self._unstable(exact, x, logits, FLOAT64)] = -1
        return predicted

    def _unstable(
        self, weights: Tensors, x: torch.Tensor, logits: torch.Tensor, perturbation: Perturbation
    ) -> torch.Tensor:
        return self._perturber.unstable(
            weights, logits, perturbation, lambda other: self._logits(other, x)
        )

    def _logits(self, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
        dtype = next(iter(weights.values())).dtype
        starts = range(0, len(x), self.batch_size)
        batches = (x[start : start + self.batch_size].to(dtype) for start in starts)
        return torch.cat([functional_call(self.model, weights, (batch,)) for batch in batches])

    @cached_property
    def _found(self) -> dict[tuple[str, bytes], torch.Tensor]:
        """Right answers and losses of the newest weights."""
        return {}

    @cached_property
    def _latest(self) -> dict[bytes, tuple[torch.Tensor, torch.Tensor]]:
        """What was seen of the very newest weights."""
        return {}

    @cached_property
    def _perturber(self) -> Perturber:
        return Perturber(int(self.verification.secret_fraction() * 2**48))

    @cached_property
    def _quantizer(self) -> LossQuantizer:
        return LossQuantizer.of(self.verification)


def _key(weights: Tensors) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().contiguous()
        digest.update(f"{len(name)}:{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.digest()


def _double(weights: Tensors) -> Tensors:
    return {name: tensor.double() for name, tensor in weights.items()}
