"""A sample's loss as a whole number, the same on every machine.

The loss L is the cross entropy log Σ exp(z_c − z_y) of the reference's logits: a real number. It is
capped, so that no few samples outweigh the others, and rounded down to whole units after adding an
edge of the sample's own, a fraction of a unit: so on average over the samples the rounding is fair
(dithering). The edges are public; sample i has the fractional part of i·φ, φ the golden ratio,
which spreads any number of them evenly (Knuth, The Art of Computer Programming, volume 3, section
6.4).

With s = Σ exp(z_c − z_y) over the other classes, L = log(1 + s). Where differences of logits are
right to d, and s as it is computed from them to ε relatively, s is right to a factor
E = exp(d)/(1 − ε), and L to (E − 1)·s/(1 + s). Where that leaves the unit open even for the
reference's own logits, Python's decimal decides, whose exp and ln are correctly rounded.
"""

import decimal
import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import torch

from fedjury.oracle.evaluation.fast.exponential import RELATIVE_ERROR, exp_
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.reference.functions import exp, log
from fedjury.oracle.evaluation.right_answers import labels_within

# Fixed point of losses: so many units make a nat.
LOSS_UNITS = 128
# A sample's loss is at most so many nats; that is the loss of a right answer held for 1e-7 likely.
LOSS_CAP = 16
# 2^64 / φ, rounded to an odd number.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
# Beyond this lead of another class the loss is the cap; it keeps exp within range.
_LARGEST_LEAD = 32.0
# Errors beyond this settle nothing; up to it E − 1 is at most d + d² + 2ε.
_LARGEST_ERROR = 0.5
# Rounding of the few float64 operations here, relative to L + 1; exp and log are right to 2^-48.
_OWN_ERROR = 2.0**-40
# Logits of −∞ count as less than this times −1; other logits are nowhere near.
_IMPOSSIBLE = 1e300
# Digits that decimal begins with.
_DIGITS = 40


def edges_of(samples: int) -> torch.Tensor:
    """Where each sample is rounded: float64 (samples,) in [0, 1), by its index."""
    with np.errstate(over="ignore"):
        bits = np.arange(samples, dtype=np.uint64) * _GOLDEN
    return torch.from_numpy((bits >> np.uint64(11)).astype(np.float64) / 2.0**53)


@dataclass(frozen=True)
class LossUnits:
    """Losses of samples in units of 1/`LOSS_UNITS` nat.

    Attributes:
        y: labels, int64 (n,).
        edges: where each sample is rounded, float64 (n,) in [0, 1).
    """

    y: torch.Tensor
    edges: torch.Tensor

    @classmethod
    def of(cls, y: torch.Tensor) -> "LossUnits":
        """For all samples in order, of these labels."""
        return cls(y, edges_of(len(y)))

    def settle(self, logits: Logits) -> tuple[torch.Tensor, torch.Tensor]:
        """What logits prove.

        Args:
            logits: of all n samples.

        Returns:
            Losses, int16 (n,); and for which samples they are proven, bool (n,).
        """
        labels, known = labels_within(self.y, logits.values.shape[1])
        total, own = _total(logits.values, labels)
        nats, apart = log(1 + total), logits.apart
        off = (apart + apart * apart + 2 * own) * (total / (1 + total)) + _OWN_ERROR * (1 + nats)
        low, high = self._units(nats - off), self._units(nats + off)
        finite = logits.values.sum(dim=1).isfinite()
        proven = (low == high) & (apart < _LARGEST_ERROR) & finite | ~known
        units = low.nan_to_num(nan=0.0).masked_fill_(~known, LOSS_CAP * LOSS_UNITS)
        return units.to(torch.int16), proven

    def decide(self, exact: torch.Tensor) -> torch.Tensor:
        """By the reference: int16 (n,). A sample with a logit that is no number or +∞ has the cap.

        Args:
            exact: the reference's logits, float64 (n, classes).
        """
        labels, known = labels_within(self.y, exact.shape[1])
        finite = exact.amax(dim=1).isfinite() & exact.gather(1, labels)[:, 0].isfinite()
        # what is impossible is as good as very unlikely, and can be added up
        whole = exact.clamp(min=-_IMPOSSIBLE)
        units, proven = self.settle(Logits(whole, torch.zeros(len(exact), dtype=torch.float64)))
        units[~finite] = LOSS_CAP * LOSS_UNITS
        for row in (finite & known & ~proven).nonzero()[:, 0].tolist():
            units[row] = _by_decimal(exact[row].tolist(), int(self.y[row]), float(self.edges[row]))
        return units

    def without_logits(self) -> torch.Tensor:
        """Each has the cap: int16 (n,)."""
        return torch.full((len(self.y),), LOSS_CAP * LOSS_UNITS, dtype=torch.int16)

    def take(self, rows: torch.Tensor) -> "LossUnits":
        """Those of some samples, by index."""
        return LossUnits(self.y[rows], self.edges[rows])

    def _units(self, nats: torch.Tensor) -> torch.Tensor:
        return torch.floor(nats.clamp(0, LOSS_CAP) * LOSS_UNITS + self.edges)


def _total(values: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, float]:
    """s, float64 (n,), and how far it can be off relatively beside what the logits are.

    Args:
        values: logits, (n, classes).
        labels: int64 (n, 1).
    """
    leads = values.t() - values.gather(1, labels).t()
    if values.dtype == torch.float32:
        # a lead of at most 64 is rounded by at most 2^-19, a sum of so many terms by the rest;
        # smaller leads are as good as -60
        exponentials, own = exp_(leads), RELATIVE_ERROR + 1.01 * 2.0**-19 + 2.0**-23 * len(leads)
    else:
        exponentials, own = exp(leads.clamp_(max=_LARGEST_LEAD)), _OWN_ERROR
    exponentials.scatter_(0, labels.t(), 0.0)
    return exponentials.sum(dim=0).double(), own


def _by_decimal(logits: list[float], label: int, edge: float) -> int:
    """The units of one sample, with as many digits as it takes.

    L · 128 plus a fraction is never a whole number but for L = 0 (Lindemann and Weierstrass), so
    that some number of digits is enough.
    """
    digits = _DIGITS
    while True:
        with decimal.localcontext(prec=digits, Emin=-999999, Emax=999999):
            own = Decimal(logits[label])
            others = [Decimal(each) for place, each in enumerate(logits) if place != label]
            leads = [each - own for each in others if each.is_finite()]
            if any(lead > LOSS_CAP for lead in leads):
                return LOSS_CAP * LOSS_UNITS
            total = sum((lead.exp() for lead in leads), Decimal(0))
            exact = (1 + total).ln() * LOSS_UNITS + Decimal(edge)
            off = Decimal(10) ** (8 - digits)
            low, high = (max(Decimal(0), exact - off), exact + off)
            found = {min(math.floor(each), LOSS_CAP * LOSS_UNITS) for each in (low, high)}
        if len(found) == 1:
            return found.pop()
        digits *= 2
