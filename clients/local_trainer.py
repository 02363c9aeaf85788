"""What an honest client does with a global model; for the others see `clients.adversary`."""

from copy import deepcopy
from dataclasses import dataclass, field

from torch import nn

from fedjury.clients.local_state import LocalStates, StatesInMemory, local_state
from fedjury.clients.training import fit
from fedjury.clients.training_error import told_as_training_error
from fedjury.data import Samples
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import load_state, weights_of


@dataclass(frozen=True)
class LocalTrainer:
    """Trains on one shard, round after round.

    Attributes:
        model: the spec's module with the task's state; it is not changed, so trainers may share it.
        shard: the client's samples.
        training: the spec's settings.
        seed: of this client; every round draws from it anew.
        states: what the client keeps to itself from round to round; nothing by default.
    """

    model: nn.Module
    shard: Samples
    training: TrainingSpec
    seed: int
    states: LocalStates = field(default_factory=StatesInMemory)

    def seed_of(self, round_number: int) -> int:
        """The seed of everything that this client draws in a round."""
        return seed_of_round(self.seed, round_number)

    def train_on(self, samples: Samples, round_number: int, weights: Tensors) -> Tensors:
        """Train on other samples than its own; what that does to local state is not kept.

        Raises:
            TrainingError: as for its own.
        """
        return weights_of(self._trained(samples, round_number, weights), weights)

    def __call__(self, round_number: int, weights: Tensors) -> Tensors:
        """Train for one round, and keep the local state.

        From the same local state the same call gives the same weights on the same machine.

        Raises:
            TrainingError: the model raises, or this machine has no memory left.
        """
        model = self._trained(self.shard, round_number, weights)
        self.states.keep(round_number, local_state(model, self.states.names))
        return weights_of(model, weights)

    def _trained(self, samples: Samples, round_number: int, weights: Tensors) -> nn.Module:
        kept = self.states.before(round_number)
        with told_as_training_error("the model"):
            model = deepcopy(self.model)
            load_state(model, {**kept, **weights})
            fit(model, samples, self.training, self.seed_of(round_number))
        return model


def seed_of_round(seed: int, round_number: int) -> int:
    """The seed of everything that a client of this seed draws in a round."""
    return seed * 100_003 + round_number
