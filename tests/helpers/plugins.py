"""What tests name as ``module:callable``: models and datasets, good and bad."""

from pathlib import Path

import torch
from torch import nn

from fedjury.data import Dataset, Samples

NOT_CALLABLE = 3


def linear(size: int = 3) -> nn.Module:
    """Logits that are the weight matrix times the input: with one-hot inputs, its columns."""
    return nn.Linear(size, size, bias=False)


def raises() -> nn.Module:
    raise RuntimeError("no such luck")


def no_module() -> int:
    return 3


def counting() -> nn.Module:
    """Has an integer buffer, which is no weight."""
    return nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))


def no_weights() -> nn.Module:
    return nn.Flatten()


def tiny_dataset(directory: Path | None) -> Dataset:
    samples = Samples(torch.eye(3), torch.arange(3))
    return Dataset("tiny", samples, samples)


def failing_dataset(directory: Path | None) -> Dataset:
    raise OSError("disk on fire")


def no_dataset(directory: Path | None) -> list[int]:
    return [1]
