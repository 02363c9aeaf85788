"""Splitting: training samples among clients, test samples between the jury and the held-out set.

All by recorded seeds, so that a run can be made again.
"""

import torch

from fedjury.data.dataset import Samples
from fedjury.data.dirichlet import FEWEST, draw_counts, draw_equal_counts
from fedjury.data.scheme import DIRICHLET, IID, Scheme, parse_scheme
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

    Raises:
        DataError: there is one sample, which cannot be halved.
    """
    if len(test) < 2:
        raise DataError(
            "the test part has one sample, but half of it is the jury's and half is held out: give "
            "it two or more"
        )
    order = _permutation(len(test), seed) if seed else torch.arange(len(test))
    half = len(test) // 2
    return test.take(order[:half]), test.take(order[half:])


def partition(train: Samples, clients: int, seed: int, scheme: str = "iid") -> list[Samples]:
    """Shards of shuffled samples, one a client; every sample is in exactly one.

    Args:
        train: the dataset's training part.
        clients: how many shards.
        seed: of the shuffling and of what the scheme draws.
        scheme: ``iid``, ``dirichlet:ALPHA`` or ``dirichlet-equal:ALPHA``, see `Scheme`.

    Raises:
        DataError: no such scheme, too few samples for so many clients, or a scheme by labels for
            samples that have several.
    """
    parsed = require_partition(train, clients, scheme)
    order = _permutation(len(train), seed)
    if parsed.alpha is None:
        return [train.take(part) for part in order.tensor_split(clients)]
    owners = _owners(train.y[order], clients, parsed.name, parsed.alpha, seed)
    return [train.take(order[owners == client]) for client in range(clients)]


def require_partition(train: Samples, clients: int, scheme: str) -> Scheme:
    """Make sure that samples can be shared so.

    Returns:
        The scheme.

    Raises:
        DataError: as of `partition`.
    """
    parsed = parse_scheme(scheme)
    if parsed.alpha is not None and train.y.ndim != 1:
        raise DataError(
            f"partition {scheme!r} shares samples by their label, and these have one for each of "
            f"{train.y.shape[1]} positions: say {IID}"
        )
    fewest = fewest_samples(parsed)
    if not 0 < clients * fewest <= len(train):
        raise DataError(
            f"{len(train)} training samples cannot be split among {clients} clients, "
            f"{fewest} or more for each"
        )
    return parsed


def fewest_samples(scheme: Scheme) -> int:
    """How many samples each client has to hold at least."""
    return 1 if scheme.alpha is None else FEWEST


def _owners(labels: torch.Tensor, clients: int, name: str, alpha: float, seed: int) -> torch.Tensor:
    """Whose each sample is, by its label: client numbers, shape (n,)."""
    sizes = torch.bincount(labels).numpy()
    owners = torch.empty_like(labels)
    draw = draw_counts if name == DIRICHLET else draw_equal_counts
    for label, counts in enumerate(draw(sizes, clients, alpha, seed)):
        numbers = torch.arange(clients).repeat_interleave(torch.from_numpy(counts))
        owners[labels == label] = numbers
    return owners
