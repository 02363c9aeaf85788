"""A model of which each client keeps a part to itself."""

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.protocol.task_spec import TrainingSpec

FEDERATED = ("body.weight", "norm.weight", "norm.bias")
LOCAL = ("norm.running_mean", "norm.running_var", "norm.num_batches_tracked", "head.bias")
TRAINING = TrainingSpec(batch_size=8, learning_rate=0.1, optimizer="sgd")


class Personal(nn.Module):
    """Batch norm kept local and a personal bias, on a body that is federated.

    `head.weight` is neither: it comes in the genesis file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(4, 6, bias=False)
        self.norm = nn.BatchNorm1d(6)
        self.head = nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.norm(self.body(x)))
        return logits


def personal(seed: int = 1) -> Personal:
    """The model with weights by a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Personal()


def shard(seed: int = 1) -> Samples:
    """Sixteen samples by a seed."""
    numbers = torch.Generator().manual_seed(seed)
    return Samples(torch.rand(16, 4, generator=numbers), torch.arange(16) % 3)


def digits_with_own_norm() -> nn.Module:
    """A model of the digits, whose batch norm a task may leave to the clients: ``2.*``."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 10)
    )
