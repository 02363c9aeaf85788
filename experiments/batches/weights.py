"""Many clients' weights without training each: one trained model, and a little of one's own."""

import torch
from torch import nn

from experiments.batches.settings import POISONED
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of

_STEPS, _RATE = 60, 0.02
_OWN = 1e-3  # standard deviation of what is each client's own


class WeightMaker:
    """Makes each client's weights.

    Args:
        model: with the weights that the round starts from; is trained.
        samples: to train on.
        names: of the federated tensors.
        seed: of what is each client's own.
    """

    def __init__(self, model: nn.Module, samples: Samples, names: list[str], seed: int) -> None:
        _train(model, samples)
        self._trained, self._seed = weights_of(model, names), seed

    def weights(self, client: int) -> Tensors:
        """The weights of one client, who poisons where `is_poisoned` says so."""
        chance = torch.Generator().manual_seed(self._seed + client)
        sign = -1.0 if is_poisoned(client) else 1.0
        return {
            name: sign * tensor + _OWN * torch.randn(tensor.shape, generator=chance)
            for name, tensor in self._trained.items()
        }


def is_poisoned(client: int) -> bool:
    """Whether a client's model is turned round."""
    return client % POISONED == 0


def _train(model: nn.Module, samples: Samples) -> None:
    optimizer = torch.optim.Adam(model.parameters(), _RATE)
    for _ in range(_STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(samples.x), samples.y).backward()
        optimizer.step()
