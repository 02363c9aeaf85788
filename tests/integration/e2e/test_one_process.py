"""Two daemons with one key and one work directory: the second says so and ends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.devnet.ports import free_port, loopback_url
from fedjury.errors import ExitCode
from tests.support.example_deployment import ADDRESS, deployment
from tests.support.keys import Keys
from tests.support.processes import Daemon, fedjury

# The arguments of a daemon of this kind and account that waits for a node that is down.
Waiting = Callable[..., list[object]]


@pytest.fixture
def waiting(tmp_path: Path) -> Waiting:
    """Arguments of daemons that wait for a node that is down, and send nothing."""
    keys, nowhere = Keys(tmp_path), loopback_url(free_port())
    deployment().model_copy(update={"rpc": nowhere}).save(tmp_path / "deployment.json")

    def arguments(kind: str, account: int, *options: object) -> list[object]:
        where = ["--deployment", tmp_path / "deployment.json"]
        shard = ["--shard", "1/2"] if kind == "client" else []
        return [kind, *keys.options(account), *where, *shard, *options]

    return arguments


@pytest.mark.parametrize(("kind", "account"), [("oracle", 1), ("client", 2)])
def test_the_second_says_so_and_ends_and_the_first_goes_on(
    kind: str, account: int, waiting: Waiting, tmp_path: Path
) -> None:
    arguments = waiting(kind, account)
    with Daemon(*arguments, log=tmp_path / "log") as first:
        first.until("transient-failure")
        address = json.loads(Path(str(arguments[2])).read_text())["address"]
        ended = fedjury(*arguments)
        assert (ended.code, ended.out) == (ExitCode.CONFIG, "")
        (line,) = ended.err.splitlines()
        assert line.startswith(f"error: process {first.pid} is already at work with this key in ")
        assert f"{kind}-0x{address}/{ADDRESS}".lower() in line.lower()
        told = fedjury(*arguments, "--json")
        assert told.document["exit_code"] == told.code == ExitCode.CONFIG
        first.until("transient-failure", retry_seconds=4.0)
        first.kill()
    with Daemon(*arguments, log=tmp_path / "log") as next_one:  # SIGKILL has freed it
        next_one.until("transient-failure")
        next_one.interrupt()
        assert next_one.ended() == 0
    with Daemon(*arguments, log=tmp_path / "log") as last:
        last.until("transient-failure")


def test_other_keys_roles_and_directories_are_let_be(waiting: Waiting, tmp_path: Path) -> None:
    with (
        Daemon(*waiting("oracle", 1), log=tmp_path / "1") as first,
        Daemon(*waiting("oracle", 2), log=tmp_path / "2") as other_key,
        Daemon(*waiting("client", 1), log=tmp_path / "3") as other_role,
        Daemon(*waiting("oracle", 1, "--work-dir", tmp_path / "w"), log=tmp_path / "4") as apart,
    ):
        for each in (first, other_key, other_role, apart):
            each.until("transient-failure")
