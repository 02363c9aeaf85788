"""Computing the same with other numbers of torch's threads."""

from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")


def on_1_2_and_4_threads(compute: Callable[[], T]) -> list[T]:
    """What a computation gives on so many threads; their number is as before afterwards."""
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            found.append(compute())
    finally:
        torch.set_num_threads(before)
    return found
