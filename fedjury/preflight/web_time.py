"""What time it is by another machine: the Date that every HTTP answer bears (RFC 9110)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession
from fedjury.runtime.endpoint import Endpoint

_SECONDS = 5.0
_MOST_BYTES = 1 << 16


def date_of(endpoint: Endpoint) -> float | None:
    """The time that an HTTP server tells, whatever it thinks of the request.

    Returns:
        Unix seconds, whole ones; None where it cannot be had.
    """
    use_proxies = not endpoint.is_loopback
    with BoundedSession(_SECONDS, _MOST_BYTES, use_proxies=use_proxies) as session:
        session.auth = endpoint.auth
        try:
            answer = session.request("GET", endpoint.url, allow_redirects=False)
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
        except (requests.RequestException, BodyTooLarge, OSError, ValueError):
            return None
    known = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return datetime.timestamp(known)
