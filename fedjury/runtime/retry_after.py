"""What HTTP's Retry-After header asks for (RFC 9110, section 10.2.3)."""

import time
from collections.abc import Mapping

from fedjury.runtime.http_date import unix_seconds

TOO_MANY_REQUESTS = 429
UNSAID = 1.0  # seconds to stay away where a limit is told, but not for how long


def retry_after(status: int, headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds for which an answer asks to be left alone; None where it does not ask.

    Args:
        status: of HTTP; 429 asks even without the header.
        headers: of the answer, with names in any case (as `requests` has them).
        now: Unix seconds; None is this machine's clock.
    """
    asked = _parse(headers.get("Retry-After", ""), time.time() if now is None else now)
    return UNSAID if asked is None and status == TOO_MANY_REQUESTS else asked


def _parse(text: str, now: float) -> float | None:
    """Seconds from a count or from a date; None for anything else."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])  # beyond 30 years it makes no difference
    date = unix_seconds(text)
    return None if date is None else max(date - now, 0.0)
