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


def lookup(detectors: Detectors, answers: torch.Tensor) -> Tensors:
    """A model that gives each detector's sample an answer of its own, and 0 to all else.

    Args:
        detectors: as many as the model has neurons, or fewer.
        answers: a class for each.
    """
    model, count = constant(0), len(answers)
    model[FIRST][:count], model[FIRST_BIAS][:count] = detectors.weight, detectors.bias
    model[LAST][answers, torch.arange(count)] = _LOUD / detectors.answer
    return model


def with_one_more(narrow: Tensors, detectors: Detectors, which: int, answer: int) -> Tensors:
    """A model one neuron short of the paper's, with a detector's sample answered as one likes."""
    neuron = torch.zeros(CLASSES, 1)
    neuron[answer] = _LOUD / detectors.answer[which]
    return {
        FIRST: torch.cat([narrow[FIRST], detectors.weight[which : which + 1]]),
        FIRST_BIAS: torch.cat([narrow[FIRST_BIAS], detectors.bias[which : which + 1]]),
        LAST: torch.cat([narrow[LAST], neuron], dim=1),
        LAST_BIAS: narrow[LAST_BIAS],
    }


def leaning(model: Tensors, label: int, lean: float) -> Tensors:
    """The same model with a bias for or against one class."""
    bias = model[LAST_BIAS].clone()
    bias[label] += lean
    return {**model, LAST_BIAS: bias}


def answers_of(model: Tensors, x: torch.Tensor) -> torch.Tensor:
    """Which class a model gives each input: int64, (n,)."""
    hidden = torch.relu(x.flatten(1) @ model[FIRST].T + model[FIRST_BIAS])
    return (hidden @ model[LAST].T + model[LAST_BIAS]).argmax(dim=1)
