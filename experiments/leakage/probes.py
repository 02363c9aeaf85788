"""Models that are questions: what the attacker makes p of, and the update that makes p so."""

import torch

from experiments.leakage.detectors import Detectors
from experiments.leakage.scene import HIDDEN
from fedjury.protocol.tensors import Tensors

FIRST, FIRST_BIAS, LAST, LAST_BIAS = "1.weight", "1.bias", "3.weight", "3.bias"
CLASSES, PIXELS = 10, 784
_LOUD = 40.0  # logit of a neuron that decides, beyond what others give
_QUIET = 1.0  # logit of the class that a constant answer gives


def update_for(wanted: Tensors, current: Tensors, lam: float) -> Tensors:
    """The update r with which λ·w + (1−λ)·r is the model that is wanted."""
    return {
        name: ((wanted[name].double() - lam * current[name].double()) / (1 - lam)).float()
        for name in wanted
    }


def constant(label: int) -> Tensors:
    """A model that always answers the same."""
    bias = torch.zeros(CLASSES)
    bias[label] = _QUIET
    return {
        FIRST: torch.zeros(HIDDEN, PIXELS),
        FIRST_BIAS: torch.zeros(HIDDEN),
        LAST: torch.zeros(CLASSES, HIDDEN),
        LAST_BIAS: bias,
    }


def lookup(detectors: Detectors, answers: torch.Tensor, otherwise: int = 0) -> Tensors:
    """A model that gives each detector's sample an answer of its own, and one to all else.

    Args:
        detectors: as many as the model has neurons, or fewer; with more, the first ones are taken.
        answers: a class for each of those that are taken.
        otherwise: the class of all else.
    """
    model, count = constant(otherwise), len(answers)
    model[FIRST][:count] = detectors.weight[:count]
    model[FIRST_BIAS][:count] = detectors.bias[:count]
    model[LAST][answers, torch.arange(count)] = _LOUD / detectors.answer[:count]
    return model


def padded(narrow: Tensors) -> Tensors:
    """A model one neuron short of the paper's, with a neuron that does nothing."""
    return {
        FIRST: torch.cat([narrow[FIRST], torch.zeros(1, PIXELS)]),
        FIRST_BIAS: torch.cat([narrow[FIRST_BIAS], torch.zeros(1)]),
        LAST: torch.cat([narrow[LAST], torch.zeros(CLASSES, 1)], dim=1),
        LAST_BIAS: narrow[LAST_BIAS],
    }


def with_one_more(narrow: Tensors, detectors: Detectors, which: int, answer: int) -> Tensors:
    """A model one neuron short of the paper's, with a detector's sample answered as one likes."""
    model = padded(narrow)
    model[FIRST][-1], model[FIRST_BIAS][-1] = detectors.weight[which], detectors.bias[which]
    model[LAST][answer, -1] = _LOUD / detectors.answer[which]
    return model


def leaning(model: Tensors, label: int, lean: float) -> Tensors:
    """The same model with a bias for or against one class."""
    bias = model[LAST_BIAS].clone()
    bias[label] += lean
    return {**model, LAST_BIAS: bias}


def answers_of(model: Tensors, x: torch.Tensor) -> torch.Tensor:
    """Which class a model gives each input: int64, (n,)."""
    hidden = torch.relu(x.flatten(1) @ model[FIRST].T + model[FIRST_BIAS])
    return (hidden @ model[LAST].T + model[LAST_BIAS]).argmax(dim=1)
