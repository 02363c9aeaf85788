"""Training that the client's own user wrote: ``fedjury client --trainer module:callable``."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from fedjury.clients.local_state import LocalStates, local_state
from fedjury.clients.local_trainer import seed_of_round
from fedjury.clients.local_update import LocalUpdate
from fedjury.clients.surroundings import own_surroundings
from fedjury.clients.trainer_result import ResultForm
from fedjury.clients.training_error import told_as_training_error
from fedjury.clients.training_job import TrainingJob
from fedjury.data import Samples
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import load_state


@dataclass(frozen=True)
class ChosenTrainer:
    """A trainer of the user's.

    Attributes:
        name: as ``module:callable``.
        function: as `fedjury.clients.training_job.TrainingJob` tells of it.
    """

    name: str
    function: Callable[..., Any]


@dataclass(frozen=True)
class UserTrainer:
    """Has the user's trainer train for one round after the other, and checks what it returns.

    Attributes:
        chosen: the trainer.
        spec: the task's.
        model: the spec's module with the task's state; it is not changed.
        shard: the client's samples.
        seed: of this client.
        states: what the client keeps to itself from round to round.
        directory: for what the trainer keeps; made if need be.
    """

    chosen: ChosenTrainer
    spec: TaskSpec
    model: nn.Module
    shard: Samples
    seed: int
    states: LocalStates
    directory: Path

    def __call__(self, round_number: int, weights: Tensors) -> LocalUpdate:
        """Train for one round.

        Raises:
            TrainingError: the trainer raises, or returns what cannot be submitted; says which.
        """
        who = f"the trainer {self.chosen.name!r}"
        kept = {**local_state(self.model, self.states.names), **self.states.before(round_number)}
        self.directory.mkdir(parents=True, exist_ok=True)
        job = self._job(round_number, weights, kept)
        given = {name: tensor.clone() for name, tensor in weights.items()}
        with told_as_training_error(who), own_surroundings(job.seed):
            result = self.chosen.function(given, self.shard, job)
        update, state = ResultForm.of(who, self.model, self.spec.federated).read(result)
        update.require_within(self.spec.update.max_magnitude, who)
        self.states.keep(round_number, {**kept, **state})
        return update

    def _job(self, round_number: int, weights: Tensors, kept: Tensors) -> TrainingJob:
        return TrainingJob(
            round_number=round_number,
            seed=seed_of_round(self.seed, round_number),
            training=self.spec.training,
            labels=self.spec.labels,
            names=tuple(self.spec.federated.names),
            local={name: tensor.clone() for name, tensor in kept.items()},
            model=partial(_fresh, self.model, {**kept, **weights}),
            directory=self.directory.absolute(),
        )


def _fresh(model: nn.Module, state: Tensors) -> nn.Module:
    copy = deepcopy(model)
    load_state(copy, state)
    return copy
