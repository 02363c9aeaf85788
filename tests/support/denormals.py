"""Numbers that a processor may take for zero, and telling it to."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushing(on: bool) -> Iterator[None]:
    """Have this thread take denormal numbers for zero, or not; afterwards it does not."""
    assert torch.set_flush_denormal(on), "this processor cannot"
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def bits_of(tensor: torch.Tensor) -> list[int]:
    """The bits of float32 numbers, which say what comparisons may not."""
    return [int(each) for each in tensor.view(torch.int32).flatten().tolist()]
