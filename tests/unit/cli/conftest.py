"""What tests of the command line share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedjury.cli import streams


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """Daemons and experiments, here in the test's own process, listen to Ctrl-C."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _no_stdout_kept() -> Iterator[None]:
    """No test leaves standard output to itself, or what the next one prints would go there."""
    yield
    assert streams._kept is None


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
