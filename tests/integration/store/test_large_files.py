"""A large file on a real daemon: held once by whoever sends or receives it."""

from pathlib import Path

import pytest

from tests.support.large_files import measured


@pytest.mark.parametrize(("step", "most"), [("add", 0.2), ("fetch", 1.2), ("fetch_all", 2.3)])
def test_no_step_holds_a_file_more_often(
    step: str, most: float, daemon_api: str, tmp_path: Path
) -> None:
    assert measured(step, 1, tmp_path, daemon_api) <= most
