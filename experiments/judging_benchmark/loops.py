"""How other code for federated learning finds out how good an update is: a loop over batches.

Written as in the first examples of PyTorch and Flower: the weights are loaded into a module, which
is then run on the test samples batch by batch. Neither checks the file or cares for other machines.
"""

from collections.abc import Iterable, Iterator

import torch
from safetensors.torch import load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from experiments.judging_benchmark.measuring import Action
from experiments.judging_benchmark.rounds import Round
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors
from fedjury.task.models import build_trusted_model

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]
LOADER_BATCH, SLICE = 128, 1024


class Slices:
    """Samples in contiguous slices, for which nothing is copied."""

    def __init__(self, samples: Samples, size: int) -> None:
        self._samples, self._size = samples, size

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        parts = (torch.split(each, self._size) for each in (self._samples.x, self._samples.y))
        return zip(*parts, strict=True)


def count_right(model: nn.Module, weights: Tensors, batches: Batches) -> int:
    """How many samples a module classifies right with these weights."""
    model.load_state_dict(weights)
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in batches:
            correct += int((model(x).argmax(dim=1) == y).sum().item())
    return correct


def mixed(current: Tensors, update: Tensors, lam: float) -> Tensors:
    """λ·w + (1−λ)·r in float32, as one would write it."""
    return {name: lam * weight + (1 - lam) * update[name] for name, weight in current.items()}


def evaluating(round_: Round, lam: float, batches: Batches) -> Action:
    """Reads each update of a round, mixes it with w, and counts right answers: a list of counts."""
    model = build_trusted_model(round_.model)
    return lambda: [
        count_right(model, mixed(round_.current, load(data), lam), batches)
        for data in round_.updates
    ]


def loader_batches(samples: Samples) -> Batches:
    """Batches of 128 from a DataLoader, which gathers them sample by sample."""
    return DataLoader(TensorDataset(samples.x, samples.y), batch_size=LOADER_BATCH)


def sliced_batches(samples: Samples) -> Batches:
    """Slices of 1,024."""
    return Slices(samples, SLICE)
