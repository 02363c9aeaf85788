"""A relay for one test, and how to start it again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.relay_parts import RelayParts, relayed_federation

Start = Callable[..., RelayParts]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the relay, or starts it again: the one before is as if it had been killed."""
    federation, account = relayed_federation(tmp_path)
    running: list[RelayParts] = []

    def begin(**settings: Any) -> RelayParts:
        if running:
            running[-1].close()
        running.append(RelayParts(tmp_path, federation, account, **settings))
        return running[-1]

    yield begin
    if running:
        running[-1].close()


@pytest.fixture
def relay(start: Start) -> RelayParts:
    """A relay that has looked at the chain once."""
    parts = start()
    parts.cycle()
    return parts
