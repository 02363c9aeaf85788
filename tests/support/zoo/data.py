"""The data that the zoo's models learn from: small, made up, and learnt within a round or two."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
from torch.nn import functional

from fedjury.data import Dataset, Samples, load_dataset
from tests.support.sentences import sentences

FEATURES = 8
CLASSES = 3
_SPREAD = 1.6  # of a class around its middle: enough that nobody gets every sample right


@cache
def rows(directory: Path | None = None) -> Dataset:
    """240 rows to train on and 200 to test on: float32 (n, 8), 3 classes. No file is read."""
    generator = torch.Generator().manual_seed(6)
    middles = torch.randn(CLASSES, FEATURES, generator=generator)

    def draw(count: int) -> Samples:
        y = torch.randint(0, CLASSES, (count,), generator=generator)
        noise = torch.randn(count, FEATURES, generator=generator)
        return Samples(middles[y] + _SPREAD * noise, y)

    return Dataset("rows", draw(240), draw(200))


@cache
def large_rows(directory: Path | None = None) -> Dataset:
    """`rows` in a unit in which they are a hundred million times as large."""
    return Dataset("large rows", *(replace(each, x=1e8 * each.x) for each in _parts(rows())))


@cache
def one_class(directory: Path | None = None) -> Dataset:
    """`rows` with the same label throughout."""
    parts = (replace(each, y=torch.zeros_like(each.y)) for each in _parts(rows()))
    return Dataset("one class", *parts)


@cache
def two_classes(directory: Path | None = None) -> Dataset:
    """`rows` with a yes or no for each."""
    return Dataset(
        "two classes", *(replace(each, y=each.y.clamp(max=1)) for each in _parts(rows()))
    )


@cache
def images(directory: Path | None = None) -> Dataset:
    """450 digits to train on and 200 to test on, made small: float32 (n, 1, 7, 7), 10 classes."""
    digits = load_dataset("digits")
    few = [digits.train.take(torch.arange(450)), digits.test.take(torch.arange(200))]
    return Dataset("images", *(replace(each, x=_small(each.x)) for each in few))


@cache
def words(directory: Path | None = None) -> Dataset:
    """`sentences`: whole numbers (n, 6), a label a position, padding that does not count."""
    return sentences()


@cache
def tokens(directory: Path | None = None) -> Dataset:
    """The sentences with one label each: whether more than half of its words are above 5."""
    return Dataset("tokens", *(_judged(each.x) for each in _parts(words())))


def _judged(x: torch.Tensor) -> Samples:
    return Samples(x, (2 * (x > 5).sum(1) > (x > 0).sum(1)).to(torch.int64))


def _small(x: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(x.reshape(-1, 1, 28, 28), 4)


def _parts(data: Dataset) -> tuple[Samples, Samples]:
    return data.train, data.test
