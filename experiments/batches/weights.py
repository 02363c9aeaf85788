"""Many clients' weights without training each: a common model, and a little of each one's own.

Those who poison have another one in common, which was taught to say the next class.
"""

from copy import deepcopy

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
        model: with the weights that the round starts from.
        samples: to train on.
        names: of the federated tensors.
        seed: of what is each client's own.
    """

    def __init__(self, model: nn.Module, samples: Samples, names: list[str], seed: int) -> None:
        classes = int(samples.y.max()) + 1
        self._honest = weights_of(_trained(model, samples.x, samples.y), names)
        self._wrong = weights_of(_trained(model, samples.x, (samples.y + 1) % classes), names)
        self._seed = seed

    def weights(self, client: int) -> Tensors:
        """The weights of one client, who poisons where `is_poisoned` says so."""
        chance = torch.Generator().manual_seed(self._seed + client)
        common = self._wrong if is_poisoned(client) else self._honest
        return {
            name: tensor + _OWN * torch.randn(tensor.shape, generator=chance)
            for name, tensor in common.items()
        }


def is_poisoned(client: int) -> bool:
    """Whether a client sends the wrong model."""
    return client % POISONED == 0


def _trained(model: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    """A copy of the model that says these labels of these inputs."""
    taught = deepcopy(model)
    optimizer = torch.optim.Adam(taught.parameters(), _RATE)
    for _ in range(_STEPS):
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(taught(inputs), labels).backward()
        optimizer.step()
    return taught
