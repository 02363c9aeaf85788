"""What commands load: help comes at once, and what only reads does without torch."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fedjury.cli.app import root_command
from fedjury.cli.lazy import every_command
from fedjury.errors import ExitCode
from tests.support.example_deployment import deployment

HEAVY = ("torch", "web3", "pydantic", "matplotlib")
NOBODY = "http://127.0.0.1:1"
ADDRESS = "0x" + "1" * 40
# Runs commands one after the other and tells after each how it ended and what is loaded by then.
PROGRAM = """
import contextlib, io, json, sys
from fedjury.cli.app import main
heavy, commands = json.loads(sys.argv[1])
for words in commands:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code or 0
    loaded = [name for name in heavy if name in sys.modules]
    print(json.dumps({"words": words, "code": code, "loaded": loaded}))
"""


def told(directory: Path, heavy: Sequence[str], commands: list[list[str]]) -> list[dict[str, Any]]:
    """What the program tells of these commands, run in a process of their own."""
    given = json.dumps([heavy, commands])
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, given],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [each["words"] for each in found] == commands
    return found


def test_help_of_every_command_loads_nothing_heavy(tmp_path: Path) -> None:
    commands = [[*words, "--help"] for words, _ in every_command(root_command())]
    assert ["--help"] in commands
    assert ["coordinator", "set-jury", "--help"] in commands
    for each in told(tmp_path, HEAVY, commands):
        assert (each["code"], each["loaded"]) == (0, []), each["words"]


def test_the_program_tells_what_is_loaded(tmp_path: Path) -> None:
    (found,) = told(tmp_path, ("typer", "rich", "torch"), [["--version"]])
    assert found["loaded"] == ["typer"]
    (found,) = told(tmp_path, ("torch",), [["client", "--keystore", "none", "--shard", "1/1"]])
    assert found["loaded"] == ["torch"]


@pytest.fixture
def _task_of_nobody(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    known = deployment().model_copy(update={"rpc": NOBODY})
    known.save(tmp_path / "deployment.json")


@pytest.mark.usefixtures("_task_of_nobody")
def test_what_trains_and_judges_nothing_does_without_torch(tmp_path: Path) -> None:
    task = ["--deployment", "deployment.json"]
    key = ["--keystore", "key.json", "--password-file", "password"]
    expected = [
        (["status", *task], ExitCode.CHAIN_UNAVAILABLE),
        (["status", "--task", ADDRESS, "--rpc", NOBODY], ExitCode.CHAIN_UNAVAILABLE),
        (["events", *task, "--client", ADDRESS], ExitCode.CHAIN_UNAVAILABLE),
        (["keystore", "new", "key.json", "--password-file", "password"], ExitCode.OK),
        (["keystore", "address", "key.json", "--password-file", "password"], ExitCode.OK),
        (["coordinator", "void", "1", *task, *key], ExitCode.CHAIN_UNAVAILABLE),
        (["coordinator", "set-jury", ADDRESS, *task, *key], ExitCode.CHAIN_UNAVAILABLE),
        (["devnet", "status", "--directory", "none"], ExitCode.DEVNET),
        (["devnet", "down", "--directory", "none"], ExitCode.DEVNET),
    ]
    found = told(tmp_path, ("torch",), [words for words, _ in expected])
    for each, (words, code) in zip(found, expected, strict=True):
        assert (each["code"], each["loaded"]) == (code, []), words
