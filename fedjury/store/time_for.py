"""How much longer a large file may take than a small one."""

SMALL = 2**20
"""Bytes of a file whose size does not matter."""

SLOWEST = 4 * 2**20
"""Bytes a second that a store has to manage of what is beyond: a third of a 100 Mbit/s line."""

_LONGEST = 3600.0


def time_for(size: int, seconds: float) -> float:
    """Seconds that a file may take: those that a small one may, and at most an hour more.

    Args:
        size: bytes of the file, or of the largest that it may be.
        seconds: for a small file.
    """
    return seconds + min(max(size - SMALL, 0) / SLOWEST, _LONGEST)
