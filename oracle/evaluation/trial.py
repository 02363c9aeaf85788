"""What a module has to be so that a sample's logits are its own, tried on a few samples.

Each function gives None, or what is wrong: a sentence that lacks its subject, the model. What the
module itself raises passes through.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.plain import plain_logits
from fedjury.oracle.evaluation.reference.evaluation import ReferenceEvaluation
from fedjury.protocol.tensors import Tensors

# Samples of a trial.
_SEVERAL = 4
# How far plain float64 may be off, relative to the largest logit, where there is no reference.
_TOLERANCE = 1e-6

_Way = Callable[[torch.Tensor], torch.Tensor]


def depends_on_history(model: nn.Module, weights: Tensors, samples: Samples) -> str | None:
    """Whether a module gives the same samples other logits after it has seen others.

    What it keeps in plain attributes is undone after each pass, as the jury does it.

    Args:
        model: is put into evaluation mode.
        weights: of the model.
        samples: at least one; the first few are evaluated before the last ones and after them.
    """
    some = _first(samples)
    logits, tolerance = _way(model, weights, some)
    before = some.rows(logits(some.x))
    logits(_last(samples).x)
    if _same(before, some.rows(logits(some.x)), tolerance):
        return None
    return (
        "gives the same samples other logits after it has seen others: what a forward pass keeps "
        "for the next one has no place in a model that is judged"
    )


def mixes_samples(model: nn.Module, weights: Tensors, samples: Samples) -> str | None:
    """Whether a sample's logits depend on the samples that it is evaluated with, or their order.

    Args:
        model: is put into evaluation mode.
        weights: of the model.
        samples: at least one; the first few are taken.
    """
    some = _first(samples)
    logits, tolerance = _way(model, weights, some)
    together = some.rows(logits(some.x))
    turned = some.rows(logits(some.x.flip(0)).flip(0))
    alone = some.rows(torch.cat([logits(one) for one in torch.split(some.x, 1)]))
    if _same(together, turned, tolerance) and _same(together, alone, tolerance):
        return None
    return (
        "gives a sample other logits alone than among others, or in another order: in evaluation "
        "mode samples may not be mixed, as by statistics over a batch"
    )


def keeps_numbers_of_its_own(
    one: nn.Module, other: nn.Module, weights: Tensors, samples: Samples
) -> str | None:
    """Whether modules that were built separately differ, though their state is the same.

    Args:
        one, other: with the same state loaded; are put into evaluation mode. The other one sees
            other samples first.
        weights: of both.
        samples: at least one; a few are taken.
    """
    some = _first(samples)
    logits, tolerance = _way(one, weights, some)
    others, _ = _way(other, weights, _last(samples))
    if _same(some.rows(logits(some.x)), some.rows(others(some.x)), tolerance):
        return None
    return (
        "keeps numbers outside of its state, which are others whenever it is built: make them "
        "buffers by register_buffer, so that everyone gets the same"
    )


def _first(samples: Samples) -> Samples:
    """A few samples from the beginning; fewer ones again and again."""
    return samples.take(torch.arange(_SEVERAL) % len(samples))


def _last(samples: Samples) -> Samples:
    """A few samples from the end, and more of them than `_first` gives."""
    return samples.take(-1 - torch.arange(_SEVERAL + 1) % len(samples))


def _way(model: nn.Module, weights: Tensors, samples: Samples) -> tuple[_Way, float]:
    """What gives samples' logits in one pass, and how far these may be off, relatively.

    Args:
        model, weights: as above.
        samples: show whether the reference defines the module; else plain float64 is the way.
    """
    evaluation = ReferenceEvaluation(model.eval(), weights)
    try:
        evaluation.logits(samples.x)
    except UnknownOperation:
        return partial(plain_logits, model, weights), _TOLERANCE
    return evaluation.logits, 0.0


def _same(found: torch.Tensor, again: torch.Tensor, tolerance: float) -> bool:
    """Whether logits are equal but for a part of the largest. NaN is equal to itself."""
    if found.shape != again.shape:
        return False
    numbers, others = found.nan_to_num(), again.nan_to_num()
    off = (numbers - others).abs() <= tolerance * numbers.abs().max()
    return bool((off & (found.isnan() == again.isnan())).all())
