"""What a model does with the most extreme weights that an update may have.

Raising is allowed: such an update gets a verdict of its own. It is told to whoever deploys, who may
not know it of the model.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy

import torch
from torch import nn

from fedjury.clients.training import fit
from fedjury.data import Samples
from fedjury.deploy.trial import raising
from fedjury.errors import ModelError
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import load_state

_SEVERAL = 3
_SEED = 1


def notes_on_extremes(
    model: nn.Module, genesis: Tensors, spec: TaskSpec, samples: Samples
) -> list[str]:
    """A sentence for each thing that the model does not do with extreme weights.

    Args:
        model: with the state that is not federated.
        genesis: the first model's weights; they give names and shapes.
        spec: of the task.
        samples: a few of them are tried.
    """
    name, some = spec.model.callable, samples.take(torch.arange(min(_SEVERAL, len(samples))))
    trials: dict[str, Callable[[Tensors], object]] = {
        "evaluated": lambda weights: _evaluate(model, weights, some),
        "trained": lambda weights: _train(model, weights, spec, some),
    }
    return [
        note
        for words, weights in _extremes(genesis, spec.update.max_magnitude)
        for done, trial in trials.items()
        if (note := _note(name, f"when it is {done} with {words} weights", trial, weights))
    ]


def _extremes(genesis: Tensors, largest: float) -> Iterator[tuple[str, Tensors]]:
    yield "all-zero", {name: torch.zeros_like(each) for name, each in genesis.items()}
    for words, sign in (("the largest positive", 1), ("the largest negative", -1)):
        yield words, {name: torch.full_like(each, sign * largest) for name, each in genesis.items()}


def _note(name: str, when: str, trial: Callable[[Tensors], object], weights: Tensors) -> str | None:
    try:
        with raising(name, when):
            trial(weights)
    except ModelError as error:
        return str(error)
    return None


def _evaluate(model: nn.Module, weights: Tensors, samples: Samples) -> None:
    reference_logits(model.eval(), weights, samples.x)


def _train(model: nn.Module, weights: Tensors, spec: TaskSpec, samples: Samples) -> None:
    own = deepcopy(model)
    load_state(own, weights)
    fit(own, samples, spec.training.model_copy(update={"epochs": 1}), _SEED)
