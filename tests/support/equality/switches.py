"""What changes kernels: environment variables, settings of a process, threads, batch sizes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from tests.support.equality.machine import Machine

# None: the switch can be thrown and has to change plain results; otherwise why not.
Obstacle = Callable[[Machine], str | None]


def _nothing(machine: Machine) -> None:
    return None


def _without(part: str, name: str) -> Obstacle:
    """Nothing can be switched that is not there."""
    return lambda machine: None if getattr(machine, part) else f"there is no {name} here"


def _wider_than(vectors: str) -> Obstacle:
    """Torch's kernels can only be narrowed."""
    ranks = ["DEFAULT", "AVX2", "AVX512"]

    def obstacle(machine: Machine) -> str | None:
        if machine.vectors not in ranks:
            return f"torch has {machine.vectors} kernels here, not those of x86"
        wider = ranks.index(machine.vectors) > ranks.index(vectors)
        return None if wider else f"torch takes no kernels wider than {vectors} here anyway"

    return obstacle


def _both(first: Obstacle, second: Obstacle) -> Obstacle:
    return lambda machine: first(machine) or second(machine)


@dataclass(frozen=True)
class Switch:
    """One way to have the same results computed otherwise.

    Attributes:
        name: for people.
        environment: variables that are set before the process starts.
        settings: names of `SETTINGS` that are made in the process.
        threads: that torch computes with.
        batch_size: samples at a time; 0 is all of them.
        by_reference: whether the evaluator uses nothing but the definition itself.
        against: the switch whose plain results this one has to differ from.
        obstacle: why it cannot change a plain result on a machine; None where it has to.
        maybe: whether a machine without an obstacle may still compute the same, because it is the
            library that decides.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    threads: int = 1
    batch_size: int = 1024
    by_reference: bool = False
    against: str = "default"
    obstacle: Obstacle = _nothing
    maybe: bool = False


# torch's switches carry no types
_BACKENDS: Any = torch.backends


def _narrow_everywhere() -> None:
    for kind in (_BACKENDS.mkldnn.matmul, _BACKENDS.mkldnn.conv, _BACKENDS.mkldnn.rnn):
        kind.fp32_precision = "bf16"


def _enter_autocast() -> None:
    context: Any = torch.autocast("cpu", torch.bfloat16)
    context.__enter__()


SETTINGS: Mapping[str, Callable[[], object]] = {
    "no MKL-DNN": lambda: _BACKENDS.mkldnn.set_flags(False),
    "no NNPACK": lambda: _BACKENDS.nnpack.set_flags(False),
    "medium precision": lambda: torch.set_float32_matmul_precision("medium"),
    "bfloat16": _narrow_everywhere,
    "flush denormals": lambda: torch.set_flush_denormal(True),
    "no fast attention": lambda: _BACKENDS.mha.set_fastpath_enabled(False),
    "no flash attention": lambda: _BACKENDS.cuda.enable_flash_sdp(False),
    "autocast": _enter_autocast,
    "double by default": lambda: torch.set_default_dtype(torch.float64),
}

_NO_MKL = _without("mkl", "MKL")
_NO_ONEDNN = _without("onednn", "MKL-DNN")
_NO_BFLOAT16 = _without("bfloat16", "bfloat16 products in MKL-DNN")
_NO_TILES = _without("tiles", "AMX, without which MKL-DNN takes no notice of its variable")
_NO_FLUSHING = _without("flushes", "way to flush denormal numbers")
_NO_NNPACK = _without("nnpack", "NNPACK")

DEFAULT = Switch("default")
REFERENCE = Switch("by reference", by_reference=True)
KERNEL_SWITCHES = (
    Switch(
        "MKL compatible",
        {"MKL_CBWR": "COMPATIBLE"},
        obstacle=_both(_NO_MKL, _wider_than("DEFAULT")),
    ),
    Switch("MKL SSE4.2", {"MKL_CBWR": "SSE4_2"}, obstacle=_NO_MKL, maybe=True),
    Switch("MKL AVX2", {"MKL_CBWR": "AVX2"}, obstacle=_NO_MKL, maybe=True),
    Switch("MKL AVX-512", {"MKL_CBWR": "AVX512"}, obstacle=_NO_MKL, maybe=True),
    Switch("torch default", {"ATEN_CPU_CAPABILITY": "default"}, obstacle=_wider_than("DEFAULT")),
    Switch("torch AVX2", {"ATEN_CPU_CAPABILITY": "avx2"}, obstacle=_wider_than("AVX2")),
    Switch(
        "oneDNN SSE4.1",
        {"ONEDNN_MAX_CPU_ISA": "SSE41"},
        obstacle=_both(_NO_ONEDNN, _wider_than("DEFAULT")),
    ),
    Switch(
        "oneDNN AVX2",
        {"ONEDNN_MAX_CPU_ISA": "AVX2"},
        obstacle=_both(_NO_ONEDNN, _wider_than("AVX2")),
    ),
    Switch("no MKL-DNN", settings=("no MKL-DNN",), obstacle=_NO_ONEDNN),
    Switch(
        "no MKL-DNN, no NNPACK",
        settings=("no MKL-DNN", "no NNPACK"),
        against="no MKL-DNN",
        obstacle=_both(_NO_ONEDNN, _NO_NNPACK),
    ),
    Switch("batches of 1", batch_size=1),
    Switch("batches of 7", batch_size=7, maybe=True),
    Switch("batches of 128", batch_size=128, maybe=True),
    Switch("one batch", batch_size=0, maybe=True),
    Switch("2 threads, batches of 7", threads=2, batch_size=7, against="batches of 7", maybe=True),
    Switch("medium precision", settings=("medium precision",), obstacle=_NO_BFLOAT16),
    Switch("bfloat16", settings=("bfloat16",), obstacle=_NO_BFLOAT16),
    Switch(
        "oneDNN bfloat16", {"ONEDNN_DEFAULT_FPMATH_MODE": "BF16"}, obstacle=_NO_TILES, maybe=True
    ),
    Switch("flushed denormals", settings=("flush denormals",), obstacle=_NO_FLUSHING),
    Switch("plain attention", settings=("no fast attention", "no flash attention")),
    Switch("autocast", settings=("autocast",)),
    Switch("double by default", settings=("double by default",)),
    Switch(
        "everything old",
        {
            "MKL_CBWR": "COMPATIBLE",
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
        },
        settings=("flush denormals", "no NNPACK"),
        threads=2,
        batch_size=7,
    ),
    Switch(
        "everything fast",
        {"ONEDNN_DEFAULT_FPMATH_MODE": "BF16"},
        settings=("medium precision", "bfloat16", "flush denormals"),
        threads=2,
        batch_size=0,
    ),
)
SWITCHES = (DEFAULT, REFERENCE, *KERNEL_SWITCHES)
