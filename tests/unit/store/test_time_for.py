"""Large files get more time."""

import pytest

from fedjury.store import time_for


@pytest.mark.parametrize(
    ("size", "more"),
    [(0, 0.0), (2**20, 0.0), (5 * 2**20, 1.0), (401 * 2**20, 100.0), (2**40, 3600.0)],
)
def test_what_is_beyond_a_mebibyte_takes_a_second_for_every_four(size: int, more: float) -> None:
    assert time_for(size, 5.0) == 5.0 + more
