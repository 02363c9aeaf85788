"""The dates of HTTP's headers, which anybody may have written (RFC 9110, section 5.6.7)."""

from datetime import UTC
from email.utils import parsedate_to_datetime


def unix_seconds(text: str) -> float | None:
    """The Unix seconds of an HTTP date, whole ones; None where it is none.

    It is in GMT also where it does not say so.
    """
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
