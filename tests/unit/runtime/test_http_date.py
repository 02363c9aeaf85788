"""Dates in headers: right ones, and whatever else somebody sends."""

import pytest

from fedjury.runtime.http_date import unix_seconds
from fedjury.runtime.retry_after import retry_after

HUGE = "9" * 20
NO_DATES = [
    "",
    "soon",
    f"Mon, {HUGE} Jan 2020 00:00:00 GMT",
    f"Mon, 01 Jan {HUGE} 00:00:00 GMT",
    f"Mon, 01 Jan 2020 00:00:00 +{HUGE}",
    "Mon, 01 Jan 2020 00:00:00 +9999",
]


@pytest.mark.parametrize("zone", [" GMT", " +0000", " -0000", ""])
def test_a_date_is_in_gmt_also_where_it_does_not_say_so(zone: str) -> None:
    assert unix_seconds(f"Wed, 01 Jan 2020 00:00:00{zone}") == 1_577_836_800


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_has_no_seconds(text: str) -> None:
    assert unix_seconds(text) is None


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_asks_for_no_wait(text: str) -> None:
    assert retry_after(503, {"Retry-After": text}) is None
