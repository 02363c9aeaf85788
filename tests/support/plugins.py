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
    """A model that cannot be built."""
    raise RuntimeError("no such luck")


def turns_switches() -> nn.Module:
    """A model that is made of float64 and without gradients, and leaves torch so."""
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    return nn.Linear(3, 3)


def exits() -> nn.Module:
    """A model that ends the program instead of being built."""
    raise SystemExit(3)


def no_module() -> int:
    """No model at all."""
    return 3


def counting() -> nn.Module:
    """A model with an integer buffer, which is no weight."""
    return nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))


class Spectral(nn.Module):
    """Logits that are the absolute spectrum of a linear layer: no definition covers it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        spectrum: torch.Tensor = torch.fft.fft(self.layer(x))
        return spectrum.abs()


def spectral() -> nn.Module:
    """A model with an operation that the reference evaluation does not define."""
    return Spectral()


def no_weights() -> nn.Module:
    """A model with nothing to train."""
    return nn.Flatten()


def tiny_dataset(directory: Path | None) -> Dataset:
    """Three one-hot samples, one of each class."""
    samples = Samples(torch.eye(3), torch.arange(3))
    return Dataset("tiny", samples, samples)


def repeated_dataset(directory: Path | None) -> Dataset:
    """One sample, many times."""
    samples = Samples(torch.ones(24, 2), torch.ones(24, dtype=torch.int64))
    return Dataset("repeated", samples, samples)


def failing_dataset(directory: Path | None) -> Dataset:
    """A dataset that cannot be read."""
    raise OSError("disk on fire")


def read_dataset(directory: Path | None) -> Dataset:
    """A dataset in a file of the data directory, which it takes for granted."""
    (directory / "samples.csv").read_text()  # type: ignore[operator]
    return tiny_dataset(directory)


def no_dataset(directory: Path | None) -> list[int]:
    """No dataset at all."""
    return [1]
