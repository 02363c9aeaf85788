"""The command line: help, JSON, the configuration file, exit codes."""

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
import requests

from fedjury.cli.app import file_refusal, root_command
from fedjury.cli.lazy import every_command
from fedjury.errors import ExitCode
from tests.support.commands import command, succeed
from tests.support.quota import files_of_at_most


def _commands() -> list[tuple[str, ...]]:
    found = every_command(root_command())
    return sorted(words for words, command in found if not isinstance(command, click.Group))


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_explains_itself_by_an_example(words: tuple[str, ...]) -> None:
    printed = " ".join(succeed(*words, "--help").out.split())
    assert f"Example: fedjury {' '.join(words)}" in printed


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_speaks_json(words: tuple[str, ...]) -> None:
    assert "--json" in succeed(*words, "--help").out


def test_the_bare_command_shows_its_commands() -> None:
    printed = command().out
    for name in ("demo", "devnet", "deploy", "oracle", "client", "status", "events", "audit"):
        assert name in printed


@pytest.mark.usefixtures("elsewhere")
def test_an_error_is_a_sentence_and_an_exit_code() -> None:
    ended = command("status")
    assert ended.code == ExitCode.CONFIG
    assert ended.out == ""
    assert ended.err.startswith("error: the deployment file")


@pytest.mark.usefixtures("elsewhere")
def test_with_json_an_error_is_one_line_of_it() -> None:
    ended = command("status", "--json")
    assert ended.code == ExitCode.CONFIG
    line = json.loads(ended.out)
    assert line["event"] == "error"
    assert line["error"] == "ConfigError"
    assert line["exit_code"] == 10
    assert "fedjury deploy" in line["message"]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["audit"], ExitCode.CONFIG),
        (["events", "--client", "0x12"], ExitCode.CONFIG),
        (["audit", "--task", "0x" + "1" * 40], ExitCode.CONFIG),
        (["oracle", "--keystore", "none", "--confirmations", "few"], ExitCode.CONFIG),
        (["keystore", "address", "none", "--password-file", "password"], ExitCode.KEY),
        (["deploy", "--rpc", "http://127.0.0.1:1"], ExitCode.CONFIG),
        (["--config", "none.toml", "status"], ExitCode.CONFIG),
        (["nonsense"], ExitCode.USAGE),
        (["status", "--nonsense"], ExitCode.USAGE),
        (["oracle", "--keystore", "x", "--poll", "0"], ExitCode.USAGE),
    ],
)
def test_every_kind_of_error_has_its_exit_code(arguments: list[str], code: ExitCode) -> None:
    Path("password").write_text("secret")
    assert command(*arguments).code == code


@pytest.mark.parametrize(
    ("directory", "error", "why"),
    [
        ("file", "FileExistsError", "File exists"),
        ("file/devnet", "NotADirectoryError", "Not a directory"),
    ],
)
def test_what_the_file_system_refuses_is_a_sentence_with_the_path(
    elsewhere: Path, directory: str, error: str, why: str
) -> None:
    (elsewhere / "file").touch()
    arguments = ["devnet", "up", "--directory", directory]
    words = f"{elsewhere / directory}: {why}"
    ended = command(*arguments)
    assert (ended.code, ended.out, ended.err) == (ExitCode.CONFIG, "", f"error: {words}\n")
    told = command(*arguments, "--json").document
    assert datetime.fromisoformat(told.pop("time")).tzinfo == UTC
    line = {"event": "error", "severity": "error", "error": error, "message": words}
    assert told == {**line, "exit_code": 10}


def test_a_refusal_names_the_target_rather_than_the_file_that_is_renamed() -> None:
    refused = IsADirectoryError(errno.EISDIR, "Is a directory", ".a.part", None, "a")
    assert file_refusal(refused) == "a: Is a directory"
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory", "b")
    assert file_refusal(missing) == "b: No such file or directory"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_for_an_open_file_is_a_refusal_without_a_name(number: int) -> None:
    assert file_refusal(OSError(number, os.strerror(number))) == os.strerror(number)


def test_a_command_whose_file_finds_no_room_names_it(elsewhere: Path) -> None:
    addresses = elsewhere / "addresses.txt"
    addresses.write_text("".join(f"0x{number:040x}\n" for number in range(1, 40)))
    with files_of_at_most(512):
        ended = command("roster", "new", addresses, "--out", elsewhere / "roster")
    words = f"error: {elsewhere / 'roster'}: File too large\n"
    assert (ended.code, ended.out, ended.err) == (ExitCode.CONFIG, "", words)


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("gone"), ConnectionRefusedError(errno.ECONNREFUSED, "no")]
)
def test_a_socket_that_nobody_guards_is_a_bug_and_no_refusal(error: OSError) -> None:
    assert file_refusal(error) is None


@pytest.mark.usefixtures("elsewhere")
def test_the_configuration_file_of_the_directory_is_read() -> None:
    Path("fedjury.toml").write_text("nonsense = 1")
    assert command("status").code == ExitCode.CONFIG
    Path("password").write_text("secret")
    Path("fedjury.toml").write_text('[keystore]\npassword-file = "password"')
    assert command("keystore", "address", "none").code == ExitCode.KEY
