"""Cutting samples into slices: disjoint, drawn in secret, with a rest that is in none.

Whoever knows all samples and has seen all slices but one would know the last one, were it all that
is left. So with several slices as many samples as one has, or more, are in none, unless it is said
otherwise.
"""

import hashlib
import random
from dataclasses import dataclass

import torch

from fedjury.data.dataset import Samples
from fedjury.errors import DataError


@dataclass(frozen=True)
class Sizes:
    """How many samples go where.

    Attributes:
        slices: number of slices.
        each: samples of each slice.
        rest: samples of none.
    """

    slices: int
    each: int
    rest: int


def choose_sizes(
    available: int, slices: int = 1, each: int | None = None, rest: int | None = None
) -> Sizes:
    """Sizes as asked for, and as they follow where nothing is said.

    Args:
        available: how many samples there are.
        slices: how many slices, at least one.
        each: samples of each slice; None: all that fit.
        rest: the fewest samples that stay in no slice; None: with one slice none need to, with
            several as many as a slice has.

    Raises:
        DataError: there are too few samples.
    """
    if each is None:
        parts = slices + 1 if rest is None and slices > 1 else slices
        each = (available - (rest or 0)) // parts
    least = rest if rest is not None else (each if slices > 1 else 0)
    if each < 1 or slices * each + least > available:
        many = f"{slices} slices of {max(each, 1):,}" if slices > 1 else f"{max(each, 1):,}"
        there = "is 1 sample" if available == 1 else f"are {available:,} samples"
        raise DataError(
            f"there {there} for the jury: too few for {many} and {least:,} that "
            "stay in none; say fewer --slices, --samples or --rest"
        )
    return Sizes(slices, each, available - slices * each)


def cut(samples: Samples, sizes: Sizes, seed: int | None = None) -> list[Samples]:
    """Disjoint slices of samples, in a random order that nobody can know.

    One slice of all the samples keeps their order, as there is nothing to draw.

    Args:
        samples: as many as the sizes sum up to.
        sizes: of the slices and the rest.
        seed: draws the same slices each time, so that whoever knows it knows them; None draws
            from the operating system's randomness.
    """
    count, taken = len(samples), sizes.slices * sizes.each
    if sizes.slices == 1 and taken == count:
        return [samples]
    if seed is None:
        order = torch.tensor(random.SystemRandom().sample(range(count), taken))
    else:
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))[:taken]
    return [samples.take(part) for part in torch.split(order, sizes.each)]


def count_shared(slices: list[Samples]) -> int:
    """How many samples have an equal input in another slice, which gives them away when it is
    disclosed: a dataset may hold one sample several times."""
    seen: dict[bytes, set[int]] = {}
    hashes = [[_hash_of(row) for row in each.x] for each in slices]
    for number, rows in enumerate(hashes):
        for found in rows:
            seen.setdefault(found, set()).add(number)
    return sum(len(seen[found]) > 1 for rows in hashes for found in rows)


def _hash_of(row: torch.Tensor) -> bytes:
    return hashlib.sha256(row.contiguous().numpy().tobytes()).digest()
