"""Two kinds of tests, told apart by where they lie, and the services that they share."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

# Tests run side by side, and start daemons that train and judge: with a thread for every core in
# each, they would mostly wait for each other, and threads that wait would keep the cores busy.
# Before torch is loaded, and for the daemons too.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest

from tests.support.secrets import secrets_forgotten
from tests.support.services import Anvil, Ganache, Ipfs, seconds_ahead

_HERE = Path(__file__).parent
_KINDS = ("unit", "integration")
_AHEAD_SECONDS = 120  # blocks made faster than one a second run ahead of the time of day
_BEHIND_SECONDS = 2  # a block's time is in whole seconds
# The files that take longest run first, so that at the end no worker waits long for another; one
# that mostly waits comes between those that mostly compute.
_FIRST = (
    "test_faults.py",
    "test_equality.py",
    "test_zoo.py",
    "test_processes.py",
    "test_rounds.py",
    "test_figures.py",
    "test_outages.py",
    "test_killed.py",
    "test_on_anvil.py",
    "test_reorganizations.py",
    "test_lifecycle.py",
    "test_command.py",
    "test_hostile_daemon.py",
)


@pytest.fixture(autouse=True, scope="module")
def no_secrets_of_other_files() -> Iterator[None]:
    """What a file's own fixtures make known is none of the next file's."""
    with secrets_forgotten():
        yield


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(no_secrets_of_other_files: None) -> Iterator[None]:
    """A process keeps what it knows as secrets for good, a test's passwords are no other's."""
    with secrets_forgotten():
        yield


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unit: opens no socket and starts no service")
    config.addinivalue_line("markers", "integration: runs against real services")
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # pytest-xdist would begin with the most tests


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by its directory, so that no test can forget what it is; order the files."""
    rank = {name: index for index, name in enumerate(_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(_FIRST)))
    for item in items:
        inside = item.path.relative_to(_HERE).parts[0] if _HERE in item.path.parents else ""
        if inside not in _KINDS:
            raise pytest.UsageError(f"{item.path} must lie in tests/unit or tests/integration")
        item.add_marker(inside)


@pytest.fixture(autouse=True)
def _no_sockets_in_unit_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise RuntimeError("a unit test must not open a socket: move it to tests/integration")

    if request.node.get_closest_marker("unit"):
        for name in ("connect", "connect_ex", "bind"):
            monkeypatch.setattr(socket.socket, name, refuse)


@pytest.fixture(scope="session")
def ganache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """RPC URL of a chain that all tests share; chain id 1337, 20 funded accounts."""
    with Ganache(tmp_path_factory.mktemp("ganache")) as service:
        yield service.url


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same as `ganache`, on Anvil."""
    with Anvil(tmp_path_factory.mktemp("anvil")) as service:
        yield service.url


@pytest.fixture(scope="module")
def own_anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, of the test file's own: its clock may be moved, which nothing takes back.

    `evm_revert` moves it as well: back to what it was at the snapshot.
    """
    with Anvil(tmp_path_factory.mktemp("own-anvil")) as service:
        yield service.url


@pytest.fixture(autouse=True)
def _no_moved_clocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """A chain that all share shows the time of day after each test."""
    yield
    for name in {"anvil", "ganache"} & set(request.fixturenames):
        ahead = seconds_ahead(request.getfixturevalue(name))
        moved = f"the test moved the clock of {name} by {ahead:.0f} s: take one of its own"
        assert ahead < _AHEAD_SECONDS, moved
        # without new blocks Ganache shows no time at all
        assert ahead > -_BEHIND_SECONDS or name == "ganache", moved


@pytest.fixture(scope="session")
def ipfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """API URL of an IPFS daemon that all tests share."""
    with Ipfs(tmp_path_factory.mktemp("ipfs")) as service:
        yield service.url


@pytest.fixture
def private_ganache(tmp_path: Path) -> Iterator[Ganache]:
    """A chain of the test's own, to kill and start again; it keeps its blocks."""
    with Ganache(tmp_path / "ganache", keep_chain=True) as service:
        yield service


@pytest.fixture
def private_ipfs(tmp_path: Path) -> Iterator[Ipfs]:
    """An IPFS daemon of the test's own, to kill and start again; it keeps its files."""
    with Ipfs(tmp_path / "ipfs") as service:
        yield service
