"""What this machine's torch can do, so that tests say what they cannot show here."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch


@dataclass(frozen=True)
class Machine:
    """What of this machine decides which switches can change a plain result.

    Attributes:
        mkl: whether matrix products are Intel MKL's.
        onednn: whether convolutions may be oneDNN's.
        nnpack: whether convolutions may be NNPACK's.
        vectors: the widest kernels of torch's own here: "AVX512", "AVX2", "DEFAULT" or another
            architecture's.
        bfloat16: whether oneDNN multiplies in bfloat16 if it is allowed to.
        flushes: whether denormal numbers can be flushed to zero.
    """

    mkl: bool
    onednn: bool
    nnpack: bool
    vectors: str
    bfloat16: bool
    flushes: bool


@cache
def this_machine() -> Machine:
    """Ask torch."""
    flushes = torch.set_flush_denormal(True)
    torch.set_flush_denormal(False)
    backends: Any = torch.backends
    onednn = backends.mkldnn.is_available()
    return Machine(
        backends.mkl.is_available(),
        onednn,
        backends.nnpack.is_available(),
        backends.cpu.get_cpu_capability(),
        onednn and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()),
        flushes,
    )
