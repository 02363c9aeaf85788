"""Splitting: training samples among clients, test samples between the jury and nobody.

All by recorded seeds, so that a run can be made again.
"""

import torch

from fedjury.data.dataset import Samples
from fedjury.errors import DataError


def _permutation(count: int, seed: int) -> torch.Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def split_test(test: Samples, seed: int) -> tuple[Samples, Samples]:
    """The jury's verification set and a held-out test set, half each.

    Accuracy is reported on the second, which the jury never sees.

    Args:
        test: the dataset's test part.
        seed: of the shuffling; 0 leaves the samples in the dataset's own order. (MNIST's second
            half is the easier one: models do 1 to 2 points better on it than on a shuffled half.)
    """
    order = _permutation(len(test), seed) if seed else torch.arange(len(test))
    half = len(test) // 2
    return test.take(order[:half]), test.take(order[half:])


def partition(train: Samples, clients: int, seed: int) -> list[Samples]:
    """Equal shards of shuffled samples, one a client (the paper's 10 chunks, IID).

    Raises:
        DataError: fewer samples than clients.
    """
    if not 0 < clients <= len(train):
        raise DataError(f"{len(train)} training samples cannot be split among {clients} clients")
    return [train.take(part) for part in _permutation(len(train), seed).tensor_split(clients)]
