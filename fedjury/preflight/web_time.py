"""What time it is by another machine: the Date that every HTTP answer bears (RFC 9110)."""

import requests

from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession
from fedjury.runtime.endpoint import Endpoint
from fedjury.runtime.http_date import unix_seconds

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
        except (requests.RequestException, BodyTooLarge, OSError, ValueError):
            return None
    return unix_seconds(answer.headers.get("Date", ""))
