"""What a model does with the most extreme weights that an update may have.

Raising is allowed: such an update gets a verdict of its own. It is told to whoever deploys, who may
not know it of the model.
"""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import nn

from fedjury.clients.training import fit
from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.deploy.raising import raising
from fedjury.errors import ModelError
from fedjury.oracle.evaluation.evaluator import Evaluator
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
        model: with the state that the task begins with.
        genesis: the first model's weights; they give names and shapes.
        spec: of the task.
        samples: a few of them are tried.
    """
    name, some = spec.model.callable, samples.take(torch.arange(min(_SEVERAL, len(samples))))
    evaluator = Evaluator(model, VerificationSet(some, bytes(32)), alone=True)
    notes = []
    if operation := evaluator.undefined:
        notes.append(
            f"{name!r} does {operation}, which the reference evaluation does not define: its "
            "counts are those of the one juror's machine, and several jurors could not judge it"
        )
    for words, weights in _extremes(genesis, spec.update.max_magnitude):
        (found,) = evaluator.tried([weights]) or [0]
        if isinstance(found, str):
            notes.append(f"{name!r} raises when it is evaluated with {words} weights: {found}")
        try:
            with raising(name, f"when it is trained with {words} weights"):
                _train(model, weights, spec, some)
        except ModelError as error:
            notes.append(str(error))
    return notes


def _extremes(genesis: Tensors, largest: float) -> Iterator[tuple[str, Tensors]]:
    yield "all-zero", {name: torch.zeros_like(each) for name, each in genesis.items()}
    for words, sign in (("the largest positive", 1), ("the largest negative", -1)):
        yield words, {name: torch.full_like(each, sign * largest) for name, each in genesis.items()}


def _train(model: nn.Module, weights: Tensors, spec: TaskSpec, samples: Samples) -> None:
    own = deepcopy(model)
    load_state(own, weights)
    fit(own, samples, spec.training.model_copy(update={"epochs": 1}), _SEED)
