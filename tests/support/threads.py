"""Computing the same with other numbers of torch's threads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")


def on_1_2_and_4_threads(compute: Callable[[], T]) -> list[T]:
    """What a computation gives on so many threads; their number is as before afterwards."""
    found = []
    with threads_as_before():
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            found.append(compute())
    return found


@contextmanager
def threads_as_before() -> Iterator[None]:
    """Afterwards torch computes on as many threads as before."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)
