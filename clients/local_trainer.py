"""What an honest client does with a global model; for the others see `clients.adversary`."""

from dataclasses import dataclass

from torch import nn

from fedjury.clients.training import train
from fedjury.data import Samples
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class LocalTrainer:
    """Trains on one shard, round after round.

    Attributes:
        model: the spec's module; its weights are overwritten, so trainers may share it.
        shard: the client's samples.
        training: the spec's settings.
        seed: of this client; every round draws from it anew.
    """

    model: nn.Module
    shard: Samples
    training: TrainingSpec
    seed: int

    def seed_of(self, round_number: int) -> int:
        """The seed of everything that this client draws in a round."""
        return self.seed * 100_003 + round_number

    def train_on(self, samples: Samples, round_number: int, weights: Tensors) -> Tensors:
        """Train on other samples than its own."""
        return train(self.model, weights, samples, self.training, self.seed_of(round_number))

    def __call__(self, round_number: int, weights: Tensors) -> Tensors:
        """Train for one round; the same call gives the same weights on the same machine."""
        return self.train_on(self.shard, round_number, weights)
