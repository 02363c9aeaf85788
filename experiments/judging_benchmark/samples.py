"""What the jury and the clients of the benchmark have: MNIST, or images that are much like it."""

from pathlib import Path

import torch

from fedjury.data import Dataset, Samples, load_dataset

SYNTHETIC = "made-up images"
_CLASSES, _SIDE, _COARSE = 10, 28, 7
_STYLES, _SHIFTS = 6, 2
_EMPTY = 0.85  # share of a blot's pixels that are 0
_TRAIN, _TEST = 60_000, 10_000


def load_samples(directory: Path | None) -> Dataset:
    """MNIST from a directory, or made-up images where there is none.

    Args:
        directory: where MNIST's IDX files lie.

    Raises:
        DataError: they do not.
    """
    if directory is not None:
        return load_dataset("mnist", directory)
    drawn = make_images(_TRAIN + _TEST, seed=1)
    train, test = torch.arange(_TRAIN), torch.arange(_TRAIN, _TRAIN + _TEST)
    return Dataset(SYNTHETIC, drawn.take(train), drawn.take(test))


def make_images(count: int, seed: int) -> Samples:
    """Images of 28 × 28 in ten classes: blots in some styles, shifted, mixed with another's, noisy.

    As in MNIST four fifths of the pixels are 0 and a sample's norm is about 8; after a little
    training the paper's model gets nine of ten right.
    """
    generator = torch.Generator().manual_seed(seed)
    blots = _blots(generator)
    labels = torch.randint(_CLASSES, (count,), generator=generator)
    strength = 0.5 + 0.5 * torch.rand((count, 1, 1), generator=generator)
    x = _drawn(blots, labels, generator).mul_(strength)
    others = torch.randint(_CLASSES, (count,), generator=generator)
    x += _drawn(blots, others, generator).mul_(1 - strength)
    noise = torch.rand(x.shape, generator=generator)
    x.add_(noise.mul_(x > 0).mul_(0.4)).sub_(0.4).mul_(2).clamp_(0, 1)
    return Samples(x, labels)


def _blots(generator: torch.Generator) -> torch.Tensor:
    """The images that all others are made of: float32 (classes, styles, 28, 28)."""
    common = torch.randn((_CLASSES, 1, _COARSE, _COARSE), generator=generator)
    own = torch.randn((_CLASSES, _STYLES, _COARSE, _COARSE), generator=generator)
    smooth = torch.nn.functional.interpolate(
        (common + own).flatten(0, 1)[:, None], _SIDE, mode="bicubic"
    )
    ink = smooth.flatten(1)
    inked = (ink - ink.quantile(_EMPTY, dim=1, keepdim=True)).clamp_min(0)
    dark = (inked / inked.amax(dim=1, keepdim=True)).pow(0.25)
    return dark.view(_CLASSES, _STYLES, _SIDE, _SIDE)


def _drawn(blots: torch.Tensor, labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A blot of each label, in any style and shifted by a few pixels: float32 (n, 28, 28)."""
    count = len(labels)
    styles = torch.randint(_STYLES, (count,), generator=generator)
    moves = torch.randint(-_SHIFTS, _SHIFTS + 1, (count, 2), generator=generator)
    x = torch.empty((count, _SIDE, _SIDE))
    for down in range(-_SHIFTS, _SHIFTS + 1):
        for right in range(-_SHIFTS, _SHIFTS + 1):
            here = (moves == torch.tensor([down, right])).all(dim=1)
            x[here] = blots[labels[here], styles[here]].roll((down, right), dims=(1, 2))
    return x


def verification_samples(dataset: Dataset, count: int) -> Samples:
    """The first so many of the test samples, and then of the training samples.

    Raises:
        ValueError: there are not so many.
    """
    if count > len(dataset.test) + len(dataset.train):
        raise ValueError(f"{dataset.name} has no {count} samples")
    missing = max(0, count - len(dataset.test))
    x = torch.cat([dataset.test.x[:count], dataset.train.x[:missing]])
    y = torch.cat([dataset.test.y[:count], dataset.train.y[:missing]])
    return Samples(x, y)
