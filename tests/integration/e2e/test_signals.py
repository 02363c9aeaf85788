"""SIGTERM and Ctrl-C end every program at once, wherever it is, and nothing is lost by it."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fedjury.devnet import status
from fedjury.devnet.ports import free_port, loopback_url
from fedjury.errors import ExitCode
from fedjury.runtime.signals import COMMAND_SECONDS, DAEMON_SECONDS
from tests.support.commands import succeed
from tests.support.example_deployment import deployment
from tests.support.keys import Keys
from tests.support.processes import Line, environment
from tests.support.stopping import AT_ONCE, BUSY, Program
from tests.support.waiting import until

LIMIT = AT_ONCE * BUSY
INT, TERM = signal.SIGINT, signal.SIGTERM


# The arguments of a client that works in this directory and comes to this work.
Client = Callable[[Path, str], list[object]]


@pytest.fixture(scope="module")
def client(ganache: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Arguments of a client of a task, which loads a dataset that takes for ever."""
    directory = tmp_path_factory.mktemp("task")
    keys = Keys(directory)
    succeed(*keys.deploy(directory, ganache, f"dir:{directory / 'store'}"))

    def arguments(work_directory: Path, work: str) -> list[object]:
        data = ["--data", f"tests.support.long_work:{work}", "--data-dir", work_directory]
        where = ["--deployment", directory / "deployment.json", "--work-dir", work_directory]
        return ["client", *keys.options(2), *data, *where, "--shard", "1/1"]

    return arguments


@pytest.mark.parametrize(
    ("work", "number"),
    [
        ("sleeping", TERM),
        ("sleeping", INT),
        ("sleeping", signal.SIGHUP),
        ("computing", TERM),
        ("computing", INT),
        ("swallowing", TERM),
        ("locked", INT),
        ("pooled", TERM),
        ("writing", INT),
        ("writing_in_a_thread", TERM),
    ],
)
def test_a_daemon_ends_at_once_wherever_it_is(
    work: str, number: signal.Signals, client: Client, tmp_path: Path
) -> None:
    with Program(*client(tmp_path, work), directory=tmp_path) as program:
        program.until_file(tmp_path / "busy")
        assert program.send(number) < LIMIT
        ended = program.ended()
    assert (ended.code, ended.out, ended.err) == (ExitCode.OK, "", "")
    assert not list(tmp_path.rglob("*.part"))
    if "writing" in work:
        assert (tmp_path / "file").read_bytes() == b"whole"


@pytest.mark.parametrize("work", ["swallowing", "computing", "pooled"])
def test_a_second_signal_ends_a_daemon_without_waiting(
    work: str, client: Client, tmp_path: Path
) -> None:
    with Program(*client(tmp_path, work), directory=tmp_path) as program:
        program.until_file(tmp_path / "busy")
        assert program.send(TERM, INT) < DAEMON_SECONDS
        assert program.ended().code == ExitCode.OK


def test_a_daemon_that_still_loads_libraries_ends_at_once(client: Client, tmp_path: Path) -> None:
    slow = tmp_path / "library" / "torch"
    slow.mkdir(parents=True)
    (slow / "__init__.py").write_text(
        f"import pathlib, time\npathlib.Path({str(tmp_path / 'busy')!r}).touch()\ntime.sleep(99)\n"
    )
    path = os.pathsep.join([str(tmp_path / "library"), os.environ.get("PYTHONPATH", "")])
    arguments = client(tmp_path, "sleeping")
    with Program(*arguments, directory=tmp_path, extra={"PYTHONPATH": path}) as program:
        program.until_file(tmp_path / "busy")
        assert program.send(TERM) < LIMIT
        assert program.ended().code == ExitCode.OK


@pytest.mark.parametrize("number", [TERM, INT])
def test_a_daemon_that_waits_for_a_node_that_is_down_ends_at_once(
    number: signal.Signals, tmp_path: Path
) -> None:
    known = deployment().model_copy(update={"rpc": loopback_url(free_port())})
    known.save(tmp_path / "deployment.json")
    arguments = ["oracle", *Keys(tmp_path).options(1), "--deployment", tmp_path / "deployment.json"]
    with Program(*arguments, "--json", directory=tmp_path) as program:
        program.until_said('"retry_seconds": 4')
        assert program.send(number) < LIMIT
        ended = program.ended()
    assert ended.code == ExitCode.OK
    assert {line["event"] for line in ended.lines} == {"transient-failure"}


@pytest.mark.parametrize("what", ["rpc", "store"])
def test_a_daemon_that_waits_for_an_answer_ends_at_once(
    what: str, ganache: str, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    succeed(*keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}"))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes requests and never answers
        where = [f"--{what}", loopback_url(silent.getsockname()[1])]
        where += ["--deployment", str(tmp_path / "deployment.json")]
        with Program("oracle", *keys.options(1), *where, directory=tmp_path) as program:
            asked, _ = silent.accept()
            assert asked.recv(4) == b"POST"
            assert program.send(TERM) < LIMIT
            assert program.ended().code == ExitCode.OK
            asked.close()


def test_a_juror_that_serves_others_and_waits_for_them_ends_at_once(
    ganache: str, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    succeed(*keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}"))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes requests and never answers
        seed = loopback_url(silent.getsockname()[1])
        reached = ["--listen", "127.0.0.1:0", "--peer", seed, "--json"]
        where = ["--deployment", tmp_path / "deployment.json"]
        arguments = ["oracle", *keys.options(1), *where, *reached]
        with Program(*arguments, directory=tmp_path) as program:
            asked, _ = silent.accept()
            assert asked.recv(3) == b"GET"
            program.until_said('"started"')
            served = urlsplit(_told(program, "serving-peers")["url"])
            with socket.create_connection((served.hostname, served.port)) as peer:
                peer.sendall(b"GET /healthz HTTP/1.1\r\n")  # and never ends its request
                assert program.send(TERM) < LIMIT
            assert program.ended().code == ExitCode.OK
            asked.close()


def _told(program: Program, event: str) -> Line:
    """What a program with --json told of an event."""
    lines = [json.loads(line) for line in program.said.splitlines()]
    found: Line
    (found,) = (line for line in lines if line["event"] == event)
    return found


def test_a_password_prompt_ends_at_once_and_the_terminal_echoes_again(tmp_path: Path) -> None:
    deployment().save(tmp_path / "deployment.json")
    keystore = Keys(tmp_path).options(1)[1]
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "fedjury", "oracle", "--keystore", str(keystore)),
            *("--deployment", str(tmp_path / "deployment.json")),
        ],
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # of which the prompt cannot find another terminal
    )
    try:
        until(lambda: not _echoes(theirs))
        program.send_signal(INT)
        assert program.wait(LIMIT) == ExitCode.OK
        assert _echoes(theirs)
    finally:
        program.kill()
        program.wait()
        os.close(ours)
        os.close(theirs)


def _echoes(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def deploying(tmp_path: Path, work: str) -> list[object]:
    """Arguments of a deployment, a command that ends, whose dataset takes for ever."""
    keys, nowhere = Keys(tmp_path), loopback_url(free_port())
    data = ["--data", f"tests.support.long_work:{work}", "--data-dir", tmp_path]
    return keys.deploy(tmp_path, nowhere, f"dir:{tmp_path / 'store'}", *data)


@pytest.mark.parametrize(("work", "number"), [("sleeping", TERM), ("sleeping", INT)])
def test_a_command_that_is_stopped_says_so_in_a_sentence(
    work: str, number: signal.Signals, tmp_path: Path
) -> None:
    with Program(*deploying(tmp_path, work), directory=tmp_path) as program:
        program.until_file(tmp_path / "busy")
        assert program.send(number) < LIMIT
        ended = program.ended()
    assert ended.code == ExitCode.INTERRUPTED
    assert (ended.out, ended.err) == ("", "error: asked to stop before it was done\n")


def test_a_stopped_command_says_so_to_machines(tmp_path: Path) -> None:
    with Program(*deploying(tmp_path, "sleeping"), "--json", directory=tmp_path) as program:
        program.until_file(tmp_path / "busy")
        program.send(TERM)
        ended = program.ended()
    assert (ended.code, ended.err) == (ExitCode.INTERRUPTED, "")
    assert (ended.document["error"], ended.document["exit_code"]) == ("StopRequested", 130)


def test_a_second_signal_ends_a_command_that_does_not_listen(tmp_path: Path) -> None:
    with Program(*deploying(tmp_path, "swallowing"), directory=tmp_path) as program:
        program.until_file(tmp_path / "busy")
        program.signal(TERM)
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(1.0)
        assert program.send(TERM) < LIMIT
        assert program.ended().code == ExitCode.INTERRUPTED


@pytest.mark.parametrize("number", [TERM, INT])
def test_a_stopped_demo_stops_its_devnet(number: signal.Signals, tmp_path: Path) -> None:
    runs = ["--runs", tmp_path / "runs", "--name", "stopped"]
    with Program("demo", "--chain", "anvil", *runs, "--json", directory=tmp_path) as program:
        program.until_said('"turn-taken"')
        devnet = status(tmp_path / "runs" / "stopped" / "devnet")
        assert devnet.chain.healthy
        program.send(number)
        ended = program.ended()
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.document["error"] == "StopRequested"
    assert not status(devnet.directory).running


def test_a_stopped_experiment_keeps_what_is_done(tmp_path: Path) -> None:
    experiment = {
        "name": "stopped",
        "federation": {"data": "digits", "clients": 2, "rounds": [1, 100_000]},
    }
    file = tmp_path / "stopped.json"
    file.write_text(json.dumps(experiment))
    out = ["--out", tmp_path, "--jobs", 1, "--no-plot"]
    with Program("experiment", file, *out, directory=tmp_path) as program:
        program.until_said("[1/2]")
        assert program.send(INT) < COMMAND_SECONDS
        ended = program.ended()
    assert ended.code == ExitCode.INTERRUPTED
    assert "1 scenario is missing" in ended.out
