"""A key that is not in the task is told so before anything is loaded for it."""

import shutil
from pathlib import Path

import pytest

from fedjury.errors import ExitCode
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.keys import Keys
from tests.support.processes import Daemon

COORDINATOR, JUROR, CLIENT = 0, 1, 2
BAD_DATA = ["--data", "idx:/nowhere"]
BAD_SET = ["--verification", "/nowhere/set.safetensors"]


class Place:
    """A task on a chain, and keys of its members.

    Args:
        directory: for all files.
        chain: URL of the chain.
    """

    def __init__(self, directory: Path, chain: str) -> None:
        self.keys, self.file = Keys(directory), directory / "deployment.json"
        self.work = directory / "work"
        succeed(*self.keys.deploy(directory, chain, f"dir:{directory / 'store'}"))

    @property
    def name(self) -> str:
        """The task's."""
        known = load_deployment(self.file)
        return f"eip155:{known.chain_id}:{known.task.lower()}"

    def address(self, number: int) -> str:
        """An account's."""
        return str(self.keys.accounts[number].address)

    def daemon(self, kind: str, number: int, *options: object) -> tuple[int, str]:
        """Start a daemon that cannot get far: its exit code, and what it said."""
        where = ["--deployment", self.file, "--work-dir", self.work]
        ended = command(kind, *self.keys.options(number), *where, *options)
        return ended.code, ended.err

    def coordinate(self, *arguments: object) -> None:
        """Do something as the coordinator."""
        own = [*self.keys.options(COORDINATOR), "--deployment", self.file]
        succeed("coordinator", *arguments, *own)


@pytest.fixture
def place(ganache: str, tmp_path: Path) -> Place:
    return Place(tmp_path, ganache)


@pytest.mark.parametrize("number", [COORDINATOR, JUROR])
def test_no_client_trains_for_nobody(place: Place, number: int) -> None:
    code, said = place.daemon("client", number, *BAD_DATA)
    words = f"{place.address(number)} is not in the roster of {place.name}"
    assert (code, said) == (ExitCode.CONFIG, f"error: {words}: ask the coordinator\n")
    assert not place.work.exists()


@pytest.mark.parametrize("number", [COORDINATOR, CLIENT])
def test_no_juror_judges_for_nobody(place: Place, number: int) -> None:
    code, said = place.daemon("oracle", number, *BAD_SET)
    words = f"{place.address(number)} is not in jury 1 of {place.name}"
    assert (code, said) == (ExitCode.CONFIG, f"error: {words}: ask the coordinator\n")
    assert not place.work.exists()


@pytest.mark.parametrize("number", [JUROR, CLIENT])
def test_no_coordinator_does_nothing(place: Place, number: int) -> None:
    own = [*place.keys.options(number), "--deployment", place.file]
    ended = command("coordinator", "set-roster", "--nobody", *own)
    words = f"{place.address(number)} is not the task's coordinator, {place.address(0)} is"
    assert (ended.code, ended.err) == (ExitCode.CONFIG, f"error: {words}\n")


def test_members_get_further(place: Place) -> None:
    """Each is stopped by what it loads next."""
    assert place.daemon("client", CLIENT, *BAD_DATA)[0] == ExitCode.DATA
    assert place.daemon("oracle", JUROR, *BAD_SET)[0] == ExitCode.DATA


def test_a_juror_with_another_verification_set_leaves_no_folder(place: Place) -> None:
    other = place.keys.slices(place.file.parent / "again", seed=2)
    code, said = place.daemon("oracle", JUROR, "--verification", other)
    assert (code, "has no file *.safetensors with a slice of this task" in said) == (11, True), said
    assert not place.work.exists()


def test_an_announced_jury_counts_as_well(place: Place) -> None:
    newcomer, client = COORDINATOR, place.address(CLIENT)
    place.coordinate("set-jury", place.address(newcomer))
    for juror in (JUROR, newcomer):
        assert place.daemon("oracle", juror, *BAD_SET)[0] == ExitCode.DATA
    code, said = place.daemon("oracle", CLIENT, *BAD_SET)
    words = f"{client} is not in jury 1 nor in the announced jury 2 of"
    assert (code, words in said) == (ExitCode.CONFIG, True)


def test_the_next_roster_counts_as_well(place: Place) -> None:
    newcomer, client = COORDINATOR, CLIENT
    place.coordinate("set-roster", place.address(newcomer))
    for number in (newcomer, client):
        assert place.daemon("client", number, "--shard", "1/2", *BAD_DATA)[0] == ExitCode.DATA


def test_a_store_that_lost_the_roster_is_waited_for(place: Place, tmp_path: Path) -> None:
    """As long as nobody can tell who is a client, nobody is told to be none."""
    client = place.keys.options(CLIENT)
    where = ["--deployment", place.file, "--work-dir", place.work]
    store = place.file.parent / "store"
    store.rename(tmp_path / "away")
    with Daemon("client", *client, *where, *BAD_DATA, log=tmp_path / "client.log") as daemon:
        daemon.until("transient-failure", error="StoreUnavailable")
        shutil.rmtree(store, ignore_errors=True)
        (tmp_path / "away").rename(store)
        assert daemon.ended() == ExitCode.DATA
