"""What this process holds in memory, as the system counts it."""

import resource
import sys
from contextlib import suppress
from pathlib import Path

_SELF = Path("/proc/self")
_RESET_PEAK = "5"  # see proc(5), clear_refs


def memory() -> tuple[int, int]:
    """Bytes that this process holds now, and the most since its peak was last reset.

    Where the system does not tell of now, both are the most since the process began.
    """
    status = _SELF / "status"
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        now, most = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return now, most
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most = held if sys.platform == "darwin" else held * 1024
    return most, most


def reset_peak() -> None:
    """Begin the peak anew; where that cannot be, it stays the most since the process began."""
    with suppress(OSError):
        (_SELF / "clear_refs").write_text(_RESET_PEAK)
