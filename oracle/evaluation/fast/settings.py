"""The process's settings while a proven pass runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32


@contextmanager
def plain_products() -> Iterator[None]:
    """Keep float32 products from being taken in a narrower type.

    `torch.set_float32_matmul_precision` and oneDNN's own settings allow that for products that
    oneDNN takes; so it takes none. The settings are as before afterwards.
    """
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        yield
    finally:
        torch._C._set_mkldnn_enabled(before)


def float32_is_whole() -> bool:
    """Whether float32 products really keep float32's precision on this machine, by an example.

    Products of 1 + 2^-12 by itself show each narrower type: of 24 bits they lose 2^-24, of
    bfloat16's 8 or TF32's 11 they lose nearly 2^-11.
    """
    size = FLOAT32.long_block
    factor = torch.full((size, size), 1 + 2.0**-12)
    exact = size * (1 + 2.0**-12) ** 2
    with plain_products():
        off = (factor @ factor).double() - exact
    return bool(off.abs().max() <= FLOAT32.gamma(size) * exact)
