"""Nothing holds a large file more than twice: its bytes, and the tensors read from them."""

from pathlib import Path

import pytest

from tests.support.large_files import measured

NOTHING = 0.25  # of a file; what steps need beside it, whatever its size
# A sum of updates is in float64: two files large.
SUM = 2.0


@pytest.mark.parametrize("parts", [1, 8])
@pytest.mark.parametrize(
    ("step", "most"),
    [
        ("encode", 1.0),  # the file, beside the tensors that there are
        ("read", 1.0),  # the tensors, beside the file
        ("hash", 0.0),
        ("add", 0.0),
        ("fetch", 1.0),
        ("fetch_all", 2.1),  # two files at a time, since both together are below 128 MiB
        ("average", SUM + 1.0),  # and one update, or the new model
        ("judge", SUM + 2.0),  # and one update, as bytes and as tensors
    ],
)
def test_no_step_holds_a_file_more_often(
    step: str, most: float, parts: int, tmp_path: Path
) -> None:
    assert measured(step, parts, tmp_path) <= most + NOTHING
