"""The process's settings while a proven pass runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import torch

from fedjury.oracle.evaluation.fast.arithmetic import FLOAT32


@dataclass
class _OneDNN:
    """What becomes of oneDNN, which is the whole process's, while several threads have passes.

    Attributes:
        passes: that are running.
        before: whether it was enabled before the first of them.
    """

    passes: int = 0
    before: bool = True


_LOCK, _ONE_DNN = Lock(), _OneDNN()


@contextmanager
def plain_products() -> Iterator[None]:
    """Keep float32 products from being taken in a narrower type.

    `torch.set_float32_matmul_precision` and oneDNN's own settings allow that for products that
    oneDNN takes; so it takes none. `torch.autocast` casts operands; so it is off. The settings are
    as before afterwards.
    """
    with _LOCK:
        if not _ONE_DNN.passes:
            _ONE_DNN.before = torch._C._get_mkldnn_enabled()
            torch._C._set_mkldnn_enabled(False)
        _ONE_DNN.passes += 1
    try:
        with torch.autocast("cpu", enabled=False):
            yield
    finally:
        with _LOCK:
            _ONE_DNN.passes -= 1
            if not _ONE_DNN.passes:
                torch._C._set_mkldnn_enabled(_ONE_DNN.before)


def float32_is_whole() -> bool:
    """Whether float32 products really keep float32's precision on this machine, by an example.

    It is a product of diagonal matrices, so that each sum has one term, and that is rounded once.
    A type of fewer bits than float32, or several such numbers in place of one, would lose more of
    factors whose bits are all in use.
    """
    size = FLOAT32.long_block
    factors = 1 + torch.arange(1, size + 1, dtype=torch.float32) * 0.0088
    exact = factors.double() ** 2
    with plain_products():
        found = (torch.diag(factors) @ torch.diag(factors)).diagonal().double()
    return bool(((found - exact).abs() <= FLOAT32.unit * exact).all())
