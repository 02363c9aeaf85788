"""What a client does with a global model: honest training, or one of the attacks."""

from dataclasses import dataclass

from torch import nn

from clients.attacks import Attack
from clients.training import train
from fedjury.data import Samples
from fedjury.spec import TrainingSpec
from fedjury.tensors import Tensors


@dataclass(frozen=True)
class LocalTrainer:
    """Trains on one shard, round after round.

    Attributes:
        model: the spec's module.
        shard: the client's samples.
        classes: number of labels.
        training: the spec's settings.
        seed: of this client; every round draws from it anew.
        attack: what to do to the labels; None is honest.
        poisoned_rounds: when to attack; None is always.
    """

    model: nn.Module
    shard: Samples
    classes: int
    training: TrainingSpec
    seed: int
    attack: Attack | None = None
    poisoned_rounds: frozenset[int] | None = None

    def poisons(self, round_number: int) -> bool:
        """Whether this client attacks in this round."""
        if self.attack is None:
            return False
        return self.poisoned_rounds is None or round_number in self.poisoned_rounds

    def __call__(self, round_number: int, weights: Tensors) -> Tensors:
        """Train for one round; the same call gives the same weights on the same machine."""
        seed = self.seed * 100_003 + round_number
        shard = self.shard
        if self.attack is not None and self.poisons(round_number):
            shard = self.attack(shard, self.classes, seed)
        return train(self.model, weights, shard, self.training, seed)
