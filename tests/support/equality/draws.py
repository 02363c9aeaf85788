"""Numbers that are the same on every machine: bits of SHAKE-256 and arithmetic without a choice.

Generators of numpy and torch may change what they draw from one version to the next, and their
normal deviates go through a library's logarithm.
"""

import hashlib
from math import prod

import numpy as np
import torch

# Standard deviation of the sum of four numbers from 0 to 65,535.
_SPREAD = 37837.0


def normal(label: str, *shape: int) -> torch.Tensor:
    """Nearly normal numbers of mean 0 and deviation 1, at most 3.5 in magnitude: float32.

    Args:
        label: what they are for; another label gives other numbers.
        shape: of the result.
    """
    words = _bytes(label, 8 * prod(shape)).view("<u2").reshape(-1, 4).astype(np.int64)
    drawn = (words.sum(axis=1) - 131070).astype(np.float64) / _SPREAD
    return torch.from_numpy(drawn.astype(np.float32)).reshape(shape)


def uniform(label: str, *shape: int) -> torch.Tensor:
    """Numbers in [0, 1), multiples of 2^-24: float32."""
    words = _bytes(label, 4 * prod(shape)).view("<u4") >> np.uint32(8)
    return torch.from_numpy(words.astype(np.float32) / np.float32(2**24)).reshape(shape)


def whole(label: str, below: int, *shape: int) -> torch.Tensor:
    """Whole numbers from 0 to below `below`: int64."""
    words = _bytes(label, 8 * prod(shape)).view("<u8") >> np.uint64(1)
    return torch.from_numpy((words % np.uint64(below)).astype(np.int64)).reshape(shape)


def order(label: str, count: int) -> torch.Tensor:
    """A permutation of 0 to `count` - 1: int64."""
    words = _bytes(label, 8 * count).view("<u8")
    return torch.from_numpy(np.argsort(words, kind="stable"))


def signs(label: str, *shape: int) -> torch.Tensor:
    """Numbers that are 1 or -1: float32."""
    return whole(label, 2, *shape).to(torch.float32) * 2 - 1


def _bytes(label: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(hashlib.shake_256(label.encode()).digest(count), dtype=np.uint8)
