"""How a client comes to its task."""

import threading
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RosterSet
from fedjury.cli import joining
from fedjury.cli.joining import client_of, warn_of_misfit
from fedjury.clients.events import PublishesLate
from fedjury.errors import ConfigError, StoreUnavailable
from fedjury.task.location import TaskLocation
from tests.support.fake_federation import CLIENTS, STRANGER, TASK_ADDRESS, FakeFederation
from tests.support.recorder import Recorder


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    """A task whose roster has three clients."""
    return FakeFederation(tmp_path)


def location(tmp_path: Path, store: str | None = "store") -> TaskLocation:
    """Where that task is."""
    place = None if store is None else f"dir:{tmp_path / store}"
    return TaskLocation("http://127.0.0.1:1", place, TASK_ADDRESS, 0, None, None)


def test_who_is_in_the_roster_passes_and_a_stranger_does_not(
    federation: FakeFederation, tmp_path: Path
) -> None:
    require = client_of(location(tmp_path))
    require(federation.task, CLIENTS[0].address)
    with pytest.raises(ConfigError, match="is not in the roster"):
        require(federation.task, STRANGER.address)


def test_a_roster_that_cannot_be_had_is_waited_for(
    federation: FakeFederation, tmp_path: Path
) -> None:
    with pytest.raises(StoreUnavailable):
        client_of(location(tmp_path, "elsewhere"))(federation.task, CLIENTS[0].address)


def test_where_a_rosters_file_is_wrong_the_client_itself_says_so(
    federation: FakeFederation, tmp_path: Path
) -> None:
    federation.change(RosterSet, digest=federation.store.add(bytes(60)))
    client_of(location(tmp_path))(federation.task, STRANGER.address)


def test_without_a_store_nobody_can_be_a_client(federation: FakeFederation, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--store"):
        client_of(location(tmp_path, None))(federation.task, CLIENTS[0].address)


@pytest.mark.parametrize("reason", ["", "confirmations (9) take about 108 s"])
def test_confirmations_that_take_too_long_are_warned_of(
    federation: FakeFederation, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    asked: list[object] = []

    def misfit(chain: object, confirmations: object, seconds: object) -> str:
        asked.extend([chain, confirmations, seconds])
        return reason

    monkeypatch.setattr(joining, "misfit", misfit)
    told = Recorder()
    warn_of_misfit(federation.task, 9, threading.Event(), told)
    assert asked == [federation.task.chain, 9, 25]
    assert told.events == ([PublishesLate(reason=reason)] if reason else [])
