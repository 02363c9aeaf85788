"""A sample's loss as a whole number, the same on every honest machine.

It is capped, so that no few samples outweigh the others, and rounded to whole units before anything
is summed. Each sample is rounded at an edge of its own, which only the jury knows: nobody can aim
at it, and on average over the samples the rounding is fair (dithering).

Logits are right to 2^-18 of the largest where float32 is trusted, and to 2^-38 where float64 is
(perturbation.py). A float32 loss counts where that cannot change its unit; the others are decided
in float64.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.perturbation import scale_of

# Fixed point of losses: so many units make a nat.
LOSS_UNITS = 128
# A sample's loss is at most so many nats; that is the loss of a right answer held for 1e-7 likely.
LOSS_CAP = 16
# Larger logits would not be right to far less than a unit: such a sample's loss is the cap. No
# well-trained model comes near; the edge itself lies between this and twice as much, by the secret.
_LARGEST_LOGIT = 2.0**9
# Both logits that a loss is made of may be off.
_FLOAT32_ERROR = 2.0**-17


@dataclass(frozen=True)
class LossQuantizer:
    """Losses of samples in units of 1/`LOSS_UNITS` nat.

    Attributes:
        y: labels, int64 (n,).
        edges: where each sample is rounded, float64 (n,) in [0, 1).
        largest: the largest absolute logit that is trusted.
    """

    y: torch.Tensor
    edges: torch.Tensor
    largest: float

    @classmethod
    def of(cls, verification: VerificationSet) -> Self:
        """The quantizer of a verification set's samples."""
        drawn = hashlib.shake_256(b"fedjury loss edges" + verification.salt)
        bits = np.frombuffer(drawn.digest(8 * len(verification)), dtype=">u8") >> np.uint64(11)
        edges = torch.from_numpy(bits.astype(np.float64) / 2.0**53)
        largest = _LARGEST_LOGIT * (1 + verification.secret_fraction())
        return cls(verification.samples.y, edges, largest)

    def take(self, chosen: torch.Tensor) -> "LossQuantizer":
        """Those of some samples.

        Args:
            chosen: bool, (n,).
        """
        return LossQuantizer(self.y[chosen], self.edges[chosen], self.largest)

    def from_float32(
        self, logits: torch.Tensor, unstable: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Losses, int64 (n,), and which of them float32 cannot be trusted with, bool (n,).

        Args:
            logits: float32, (n, classes).
            unstable: which of them were unstable when perturbed, bool (n,).
        """
        scale, nats = scale_of(logits), self._nats(logits)
        error = _FLOAT32_ERROR * scale.double()
        low, high = self._round(nats - error), self._round(nats + error)
        trusted = (low == high) & (scale < 0.99 * self.largest) & ~unstable
        return low, ~trusted

    def from_float64(self, logits: torch.Tensor, unstable: torch.Tensor) -> torch.Tensor:
        """Losses, int64 (n,); the cap where logits are too large, no numbers, or unstable."""
        trusted = (scale_of(logits) <= self.largest) & ~unstable
        return self._round(self._nats(logits).masked_fill(~trusted, LOSS_CAP))

    def _nats(self, logits: torch.Tensor) -> torch.Tensor:
        exact = logits.double()
        return torch.logsumexp(exact, dim=1) - exact.gather(1, self.y[:, None])[:, 0]

    def _round(self, nats: torch.Tensor) -> torch.Tensor:
        units = nats.nan_to_num(nan=LOSS_CAP).clamp(0, LOSS_CAP) * LOSS_UNITS
        return torch.floor(units + self.edges).to(torch.int64)
