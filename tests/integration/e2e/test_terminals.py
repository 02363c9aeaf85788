"""Whatever standard output is, nothing that is printed stops a daemon or breaks a command."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pytest

from fedjury.errors import ExitCode
from tests.support.example_deployment import deployment
from tests.support.keys import Keys
from tests.support.processes import environment
from tests.support.recording_server import RecordingServer, Reply, recording_server
from tests.support.waiting import until

# Prints what displays print: signs, a table, progress, an event in words that are not ours.
PROGRAM = """
import sys
from rich.progress import BarColumn, TextColumn
from fedjury.cli import streams
from fedjury.cli.displays.progress import ProgressDisplay
from fedjury.cli.output import Output
from fedjury.runtime.events import TransientFailure
streams.prepare()
output = Output(as_json="--json" in sys.argv)
columns = TextColumn("{task.description}"), BarColumn()
with ProgressDisplay(output, *columns) as display:
    display.progress.add_task("✗ rounds", total=2, completed=1)
    display.say("✓ said")
with output.waiting("waiting …"):
    pass
output.event(TransientFailure(reason="Zürich 中文 λ \\x1b[2J", error="E", retry_seconds=1))
output.table("“table”", ["a", "✗"], [["✓+1", "–"]])
output.result({"name": "Zürich ✓ \\udc80"}, "the end ✓")
streams.flush()
"""
ENCODINGS: dict[str, dict[str, str]] = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "strict ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "C locale": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "no colour": {"NO_COLOR": "1", "FORCE_COLOR": ""},
    "dumb": {"TERM": "dumb"},
    "narrow": {"COLUMNS": "20"},
}


def run(
    *arguments: object, extra: Mapping[str, str], out: IO[bytes] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run Python with these arguments; it must show no traceback."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**environment(), **extra},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert b"Exception ignored" not in done.stderr, done.stderr.decode(errors="replace")
    return done


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A file that prints what displays print."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def encoding_of(kind: str) -> str:
    """In which a program of this kind writes."""
    return ENCODINGS[kind].get("PYTHONIOENCODING", "utf-8").partition(":")[0]


@pytest.mark.parametrize("kind", ENCODINGS)
def test_displays_show_everything_in_every_encoding(kind: str, program: Path) -> None:
    done = run(program, extra=ENCODINGS[kind])
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("ascii" if kind == "C locale" else encoding_of(kind))
    has_signs = encoding_of(kind) == "utf-8" and kind != "C locale"
    assert ("✓ said" if has_signs else "v said") in text
    assert ("✓+1" if has_signs else "v+1") in text
    assert ("│" in text) is has_signs
    assert r"\x1b[2J" in text
    assert "\x1b" not in text
    assert (r"\u4e2d" in text) is not has_signs


@pytest.mark.parametrize("kind", ENCODINGS)
def test_displays_draw_on_a_terminal_of_every_encoding(kind: str, program: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        done = run(program, extra={"TERM": "xterm", **ENCODINGS[kind]}, out=theirs)
        drawn = os.read(ours, 1 << 16)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, done.stderr) == (0, b"")
    text = drawn.decode("ascii" if kind == "C locale" else encoding_of(kind))
    assert r"\x1b[2J" in text.replace("\r\n", "")
    assert "\x1b[2J" not in text
    if kind in ("no colour", "dumb"):
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)


@pytest.mark.parametrize("kind", ENCODINGS)
def test_json_is_valid_in_every_encoding(kind: str, program: Path) -> None:
    done = run(program, "--json", extra=ENCODINGS[kind])
    assert (done.returncode, done.stderr) == (0, b"")
    lines = [json.loads(line) for line in done.stdout.decode(encoding_of(kind)).splitlines()]
    assert lines[0]["reason"] == "Zürich 中文 λ \x1b[2J"
    assert lines[-1] == {"name": "Zürich ✓ \udc80"}


@pytest.mark.parametrize("kind", ["strict ascii", "cp1252"])
def test_a_whole_demo_in_an_encoding_without_signs(kind: str, tmp_path: Path) -> None:
    small = ["--clients", 2, "--poisoners", 1, "--rounds", 1, "--runs", tmp_path]
    done = run("-m", "fedjury", "demo", *small, extra=ENCODINGS[kind])
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding_of(kind))
    assert "v accepted, x not" in text
    assert "audit: passed" in text


@pytest.mark.parametrize("kind", ["strict ascii", "cp1252", "C locale", "utf-8"])
def test_an_error_is_told_in_every_encoding(kind: str) -> None:
    for extra in ([], ["--json"]):
        where = ["--deployment", "nöwhere/✓\x1b[2J.json", *extra]
        done = run("-m", "fedjury", "status", *where, extra=ENCODINGS[kind])
        assert done.returncode == ExitCode.CONFIG
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"deployment file" in (done.stdout if extra else done.stderr)
        if extra:
            json.loads(done.stdout)


# --- output that goes away ---


@pytest.fixture
def garbage() -> Iterator[RecordingServer]:
    """A server that is no node."""
    with recording_server(lambda _: Reply(body=b"<html>")) as server:
        yield server


def closed_pipe() -> int:
    """The end of a pipe whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def oracle(tmp_path: Path, server: RecordingServer, *options: str) -> list[str]:
    """The command line of an oracle that asks this server and says each time that it is none."""
    known = deployment().model_copy(update={"rpc": f"http://{server.place}"})
    known.save(tmp_path / "deployment.json")
    where = ["--deployment", tmp_path / "deployment.json"]
    arguments = ["-m", "fedjury", "oracle", *Keys(tmp_path).options(1), *where, *options]
    return [sys.executable, *map(str, arguments)]


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("output", ["pipe read once", "broken pipe", "full disk", "closed"])
def test_a_daemon_goes_on_without_its_output(
    output: str, options: list[str], garbage: RecordingServer, tmp_path: Path
) -> None:
    line = oracle(tmp_path, garbage, *options)
    if output == "closed":
        line = ["sh", "-c", 'exec "$@" >&-', "sh", *line]
    stdout = subprocess.PIPE
    if output in ("broken pipe", "full disk"):
        stdout = closed_pipe() if output == "broken pipe" else os.open("/dev/full", os.O_WRONLY)
    with subprocess.Popen(
        line, env=environment(), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE
    ) as daemon:
        try:
            assert daemon.stderr is not None
            if output == "pipe read once":
                assert daemon.stdout is not None
                assert b"trying again" in daemon.stdout.readline()
                daemon.stdout.close()
            asked = len(garbage.asked)
            until(lambda: len(garbage.asked) >= asked + 3 or daemon.poll() is not None)
            assert daemon.poll() is None, daemon.stderr.read()
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(10) == ExitCode.OK
            assert daemon.stderr.read() == b""
        finally:
            daemon.kill()
            if stdout != subprocess.PIPE:
                os.close(stdout)


@pytest.fixture
def address(tmp_path: Path) -> list[object]:
    """A command that prints one line."""
    _, keystore, *password = Keys(tmp_path).options(1)
    return ["-m", "fedjury", "keystore", "address", keystore, *password]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_command_whose_reader_is_gone_ends_without_a_word(
    options: list[str], address: list[object]
) -> None:
    with os.fdopen(closed_pipe(), "wb") as out:
        done = run(*address, *options, extra={}, out=out)
    assert (done.returncode, done.stderr) == (ExitCode.OUTPUT_CLOSED, b"")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_command_says_that_the_disk_under_its_output_is_full(
    options: list[str], address: list[object]
) -> None:
    with Path("/dev/full").open("wb") as out:
        done = run(*address, *options, extra={}, out=out)
    assert done.returncode == ExitCode.CONFIG
    assert done.stderr == b"error: standard output: No space left on device\n"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_command_without_output_does_its_work(options: list[str], address: list[object]) -> None:
    line = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, *address, *options]
    done = subprocess.run([*map(str, line)], env=environment(), check=False, timeout=60)
    assert done.returncode == 0


@pytest.mark.parametrize("options", [["--help"], ["--version"], ["oracle", "--help"]])
def test_help_whose_reader_is_gone_ends_without_a_word(options: list[str]) -> None:
    with os.fdopen(closed_pipe(), "wb") as out:
        done = run("-m", "fedjury", *options, extra={}, out=out)
    assert (done.returncode, done.stderr) == (ExitCode.OUTPUT_CLOSED, b"")


def test_a_command_that_fails_keeps_its_code() -> None:
    for options in ([], ["--json"]):
        with os.fdopen(closed_pipe(), "wb") as out:
            where = ["--deployment", "nowhere", *options]
            done = run("-m", "fedjury", "status", *where, extra={}, out=out)
        assert done.returncode == ExitCode.CONFIG
