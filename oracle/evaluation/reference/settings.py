"""Torch's switches that decide which operations a forward pass is made of."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import RLock

import torch

# The switches are the whole process's, so one evaluation at a time sets them.
_LOCK = RLock()
# Outside of these settings torch says so of its own fast way through a transformer encoder.
_OF_TORCH_ALONE = "The PyTorch API of nested tensors is in prototype stage"
warnings.filterwarnings("ignore", _OF_TORCH_ALONE, UserWarning)


@contextmanager
def reference_settings() -> Iterator[None]:
    """Set what the reference needs, and set everything back afterwards.

    New tensors are float64, nothing is recorded for gradients or cast automatically, attention
    is taken apart in the one way that the reference defines, and what `torch.compile` made runs
    as it was written, since compiled operations would not be the reference's.
    """
    with _LOCK:
        default = torch.get_default_dtype()
        fast_layers = torch.backends.mha.get_fastpath_enabled()
        fused_attention = torch._C._get_flash_sdp_enabled()
        try:
            torch.set_default_dtype(torch.float64)
            torch.backends.mha.set_fastpath_enabled(False)
            torch.backends.cuda.enable_flash_sdp(True)
            with (
                torch.inference_mode(False),
                torch.no_grad(),
                torch.autocast("cpu", enabled=False),
                _uncompiled(),
            ):
                yield
        finally:
            torch.backends.cuda.enable_flash_sdp(fused_attention)
            torch.backends.mha.set_fastpath_enabled(fast_layers)
            torch.set_default_dtype(default)


def _uncompiled() -> AbstractContextManager[object]:
    """Without the compiler, which is slow to load, nothing is compiled."""
    if "torch._dynamo" not in sys.modules or not hasattr(torch.compiler, "set_stance"):
        return nullcontext()
    stance: AbstractContextManager[object] = torch.compiler.set_stance("force_eager")
    return stance
