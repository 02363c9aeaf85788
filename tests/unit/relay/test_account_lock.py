"""One relay process an account."""

import os
from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.relay.account_lock import sole_relay, state_directory
from fedjury.runtime.events import NotLocked
from tests.support.recorder import Recorder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_an_account_has_one_relay_a_chain() -> None:
    told = Recorder()
    with (
        sole_relay("0xA", "1", told),
        sole_relay("0xB", "1", told),
        sole_relay("0xA", "2", told),
        pytest.raises(ConfigError, match=f"process {os.getpid()} is already at work with this key"),
        sole_relay("0xA", "1", told),
    ):
        pytest.fail("two at once")
    assert not told.events


def test_nothing_is_left_when_it_ends(home: Path) -> None:
    with sole_relay("0xA", "1", Recorder()):
        assert (home / "fedjury" / "relays" / "1-0xA" / "lock").exists()
    assert list(home.iterdir()) == []


def test_where_nothing_can_be_written_a_relay_says_so_and_goes_on(home: Path) -> None:
    (home / "fedjury").write_text("a file in the way")
    told, ran = Recorder(), False
    with sole_relay("0xA", "1", told):
        ran = True
    assert ran
    (event,) = told.events
    assert isinstance(event, NotLocked)
    assert event.directory == str(state_directory() / "relays" / "1-0xA")


def test_a_state_directory_that_is_not_absolute_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert state_directory() == Path.home() / ".local" / "state" / "fedjury"
