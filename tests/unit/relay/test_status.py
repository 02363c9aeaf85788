"""What a relay says of itself: in its status, and in its events."""

import time
from collections.abc import Iterator

import pytest

from fedjury.relay.events import BatchCut, BatchDropped, TakingUpdates, UpdatesLeft
from fedjury.relay.status import status_document
from tests.support.fake_federation import RELAYER
from tests.support.relay_parts import RelayParts


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine's clock shows UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def status(parts: RelayParts) -> dict[str, object]:
    """What ``GET /status`` answers."""
    return status_document(parts.federation.task, RELAYER.address, parts.queue, parts.window)


@pytest.mark.usefixtures("utc")
def test_a_status_that_is_not_open_says_why(relay: RelayParts) -> None:
    assert status(relay)["open"] is True
    assert "reason" not in status(relay)
    relay.federation.chain.timestamp = 1050
    relay.cycle()
    late = status(relay)
    assert (late["open"], late["round"]) == (False, 1)
    assert late["reason"] == (
        "updates of round 1 were taken until 1970-01-01 00:17:30 UTC: submit alone"
    )
    relay.federation.contract.set_relayer_to(RELAYER.address, False)
    relay.cycle()
    assert status(relay)["open"] is False
    assert "is no relayer of this task: ask the coordinator" in str(status(relay)["reason"])


@pytest.mark.usefixtures("utc")
def test_counts_and_times_of_events_are_words() -> None:
    taking = TakingUpdates(round=1, until=1050, members=1)
    assert taking.what == "takes updates of 1 member until 1970-01-01 00:17:30 UTC"
    assert UpdatesLeft(round=1, count=1, reason="over").what == (
        "1 update with a receipt not posted: over"
    )
    dropped = BatchDropped(round=1, count=1, cid="Qm", reason="over")
    assert dropped.what == "batch Qm with 1 update is not posted: over"
    assert BatchCut(round=1, count=1, waiting=1).what == "only 1 update has room; 1 more waits"
    assert BatchCut(round=1, count=2, waiting=3).what == "only 2 updates have room; 3 more wait"
