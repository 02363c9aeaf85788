"""The best constant answer: what is got by a model that says the same of every sample.

A model that is worse than that would make "always the same class" an improvement. So rules hold
updates against the better of the two (`fedjury.oracle.rules.baseline`), and no constant answer,
which has the same logits for every sample, is ever accepted, whatever the model before.

**Right answers.** A constant answer is one class for all samples, so it gets at most as many right
as the most frequent label has samples.

**Loss.** Let N samples have labels of which y is that of n_y. A constant answer gives each class a
probability q_y; together they are at most 1. A sample of label y costs it min(−ln q_y, 16) nats, 16
being the cap. All samples together cost at least

    S = Σ n_y · min(ln(N / n_y), 15) nats.

Proof: let M be the number of samples whose label q puts at the cap. They cost 16·M, and by Gibbs'
inequality the others at least Σ n_y·ln((N − M) / n_y), over their labels. Σ n_y·ln(N / n_y), over
all labels, is larger by N·ln N − (N − M)·ln(N − M) − Σ n_y·ln n_y − 16·M, the sum being over the
capped labels. The first two terms come to at most M·(ln N + 1), so it is larger by at most
Σ n_y·(ln(N / n_y) − 15), over the same: no more than what the 15 takes from S.

**Rounding.** Losses are whole units, each rounded at an edge of its own (see `losses`), and a
constant answer may gain by that. With 128·(−ln q_y) = m + x, m whole and 0 <= x < 1, the n samples
of label y cost m·n units, and one more for each edge that is at least 1 − x. That is less than
(m + x)·n by x·n − #{i: 1 − edge_i <= x}, which is at most d_y = max_k (n·t_k − (k − 1)), t_k being
the k-th smallest of the 1 − edge_i. At the cap nothing is gained. So a constant answer costs at
least 128·S − Σ d_y units, and more than `ConstantAnswer.loss`, a whole number below that; with
5,000 samples of ten classes a ten-thousandth below the labels' entropy.
"""

import decimal
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import torch

from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS, edges_of

# Digits of logarithms, which Python's decimal rounds correctly, and so the same on every machine.
_DIGITS = 50
# More than the rounding of these logarithms can add up to, in units: with fewer than 2^32 samples
# the sum is below 2^43 units, and has fewer than 2^17 terms.
_OFF = Decimal("1e-20")
# Thresholds are whole multiples of 2^-30, so that products with counts below 2^32 fit 63 bits.
_BITS = 30


@dataclass(frozen=True, eq=False)
class ConstantAnswer:
    """What no model is better than that says the same of every sample.

    Attributes:
        right: which samples have the most frequent label, of several the lowest: bool (samples,).
        correct: how many they are.
        loss: less than the summed loss of every constant answer, by little; in units of
            1/`LOSS_UNITS` nat.
    """

    right: torch.Tensor
    correct: int
    loss: int

    @classmethod
    def of(cls, labels: torch.Tensor) -> Self:
        """For labels.

        Args:
            labels: those that count, int64 (samples,), at least one and fewer than 2^32.
        """
        classes, each, counts = torch.unique(labels, return_inverse=True, return_counts=True)
        right = labels == classes[counts.argmax()]
        with decimal.localcontext(decimal.Context(prec=_DIGITS)):
            gained = Decimal(_gained_by_rounding(each, counts)) / 2**_BITS
            least = LOSS_UNITS * least_nats(counts.tolist()) - gained - _OFF
            return cls(right, int(right.sum()), math.floor(least))


def least_nats(counts: Sequence[int]) -> Decimal:
    """S of the module's docstring to 50 digits: what a constant answer costs at least, unrounded.

    Args:
        counts: how many samples each label has.
    """
    with decimal.localcontext(decimal.Context(prec=_DIGITS)):
        whole, most = Decimal(sum(counts)).ln(), Decimal(LOSS_CAP - 1)
        each = (
            labels * count * min(whole - Decimal(count).ln(), most)
            for count, labels in sorted(Counter(counts).items())
        )
        return sum(each, Decimal(0))


def _gained_by_rounding(each: torch.Tensor, counts: torch.Tensor) -> int:
    """Σ d_y of the module's docstring or a little more, in units of 2^-`_BITS`.

    Args:
        each: the place of each sample's label in `counts`, int64 (samples,).
        counts: how many samples each label has, int64 (labels,).
    """
    thresholds = torch.ceil((1.0 - edges_of(len(each))) * 2.0**_BITS).to(torch.int64)
    # labels one after the other, and the thresholds of each in ascending order
    ordered = ((each << (_BITS + 1)) + thresholds).sort().values
    label, threshold = ordered >> (_BITS + 1), ordered & (2 ** (_BITS + 1) - 1)
    rank = torch.arange(len(each)) - (counts.cumsum(0) - counts)[label]
    gained = counts[label] * threshold - (rank << _BITS)
    most = torch.zeros_like(counts).scatter_reduce_(0, label, gained, "amax")
    return int(most.sum())
