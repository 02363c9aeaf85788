"""What an HTTP answer asks for."""

import pytest
from requests.structures import CaseInsensitiveDict

from fedjury.runtime.retry_after import UNSAID, retry_after

NOW = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (503, "120", 120.0),
        (429, "0", 0.0),
        (200, " 7 ", 7.0),
        (503, "Wed, 21 Oct 2015 07:29:30 GMT", 90.0),
        (503, "Wednesday, 21-Oct-15 07:29:30 GMT", 90.0),
        (503, "Wed, 21 Oct 2015 07:29:30", 90.0),
        (503, "Wed, 21 Oct 2015 09:29:30 +0200", 90.0),
        (503, "Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        (503, "9" * 400, 999_999_999.0),
        (429, None, UNSAID),
        (429, "soon", UNSAID),
        (429, "-5", UNSAID),
        (503, None, None),
        (503, "soon", None),
        (503, "1.5", None),
        (503, "٣", None),
        (503, "Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_seconds_and_dates_are_understood(
    status: int, header: str | None, seconds: float | None
) -> None:
    headers = CaseInsensitiveDict({} if header is None else {"retry-after": header})
    assert retry_after(status, headers, NOW) == seconds
