"""Which sets to count so that the fewest counts tell which candidates are members.

Lindström, "On a combinatorial problem in number theory" (Canadian Mathematical Bulletin 8, 1965):
weighings that are fixed beforehand tell all false coins, 128 of them in 47 weighings. A design is a
family of sets of small numbers, closed under taking subsets; here sets are written as bits, and the
family is 0, 1, 2 … m. Each set A of a elements brings a candidates and one weighing.
"""

from collections.abc import Sequence
from functools import cache
from itertools import count, islice

import torch

_MORE = (
    1,
    -1,
    2,
    -2,
    3,
    -3,
    4,
    5,
    6,
)  # by which a candidate may count for too much, likeliest first


def weighings(candidates: int) -> torch.Tensor:
    """Which candidates are chosen in each weighing.

    Returns:
        bool, (weighings, candidates); row b − 1 is that of the set b.
    """
    columns = _columns(candidates)
    rows = max(column[0] for column in columns)
    return torch.tensor([_row(row, columns) for row in range(1, rows + 1)])


def decode(counts: Sequence[int], candidates: int) -> torch.Tensor:
    """Who is a member, from how many members each weighing of `weighings` has.

    One candidate may count for more than itself, as where a neuron answers at another sample too:
    counts that no members give are read as if the one whose part explains them had counted so.

    Args:
        counts: one a weighing, in order.
        candidates: how many there are.

    Returns:
        bool, (candidates,).
    """
    design, measured = weighings(candidates).long(), torch.tensor(counts)
    found, left = _decode(measured, design)
    if not left.any():
        return found
    for more in _MORE:
        for index in range(candidates):
            other, left = _decode(measured - more * design[:, index], design)
            if not left.any():
                return other
    return found


def _decode(counts: torch.Tensor, design: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Who is a member, and what of the counts that leaves unexplained."""
    left, found = counts.clone(), torch.zeros(design.shape[1], dtype=torch.bool)
    for owner, mine in sorted(_owned(design.shape[1]).items(), reverse=True):
        total = sum(_sign(part) * int(left[part - 1]) for part in _parts(owner))
        digits = max(0, min(total, 2 ** len(mine) - 1))
        for power, index in enumerate(mine):
            found[index] = bool(digits >> power & 1)
        left -= design[:, mine] @ found[mine].long()
    return found, left


def _owned(candidates: int) -> dict[int, list[int]]:
    """The candidates that each set brings, by rising power of two."""
    found: dict[int, list[int]] = {}
    for index, (owner, _) in enumerate(_columns(candidates)):
        found.setdefault(owner, []).append(index)
    return found


def _row(row: int, columns: Sequence[tuple[int, int]]) -> list[bool]:
    return [row & owner in _chosen(owner, power) for owner, power in columns]


def _columns(candidates: int) -> list[tuple[int, int]]:
    """For each candidate the set that brings it, and its power of two there."""
    pairs = ((owner, power) for owner in count(1) for power in range(owner.bit_count()))
    return list(islice(pairs, candidates))


@cache
def _chosen(owner: int, power: int) -> frozenset[int]:
    """2^power subsets of odd size: the weighings, within its own set, that a candidate is in."""
    odd = [part for part in _parts(owner) if part.bit_count() % 2]
    return frozenset(odd[: 2**power])


@cache
def _parts(owner: int) -> tuple[int, ...]:
    """The subsets of a set that are not empty."""
    return tuple(part for part in range(1, owner + 1) if part & owner == part)


def _sign(part: int) -> int:
    return 1 if part.bit_count() % 2 else -1
