"""What standard output takes with --json: our own lines and nothing else."""

import sys
from pathlib import Path

import pytest

from fedjury.errors import ExitCode
from tests.support.commands import command
from tests.support.processes import fedjury
from tests.support.scenarios import write_plan

PLAN = """
name = "it"
[federation]
data = "{data}"
clients = 3
rounds = 1
training = {{ epochs = 1 }}
"""
NOISY = """
import atexit
import os
import sys

from fedjury.data import load_dataset
from fedjury.errors import DataError

print('{"event": "imported"}')

def load(directory):
    atexit.register(print, '{"event": "left"}')
    print('{"event": "loaded"}')
    print('{"event": "past-the-stream"}', file=sys.__stdout__, flush=True)
    os.system("echo '{\\"event\\": \\"another-process\\"}'")
    return load_dataset("digits")

def failing(directory):
    print('{"event": "loaded"}')
    raise DataError("no such file")
"""


def test_what_a_dataset_prints_anyhow_goes_to_standard_error(tmp_path: Path) -> None:
    (tmp_path / "noisy_process.py").write_text(NOISY)
    plan = write_plan(tmp_path, PLAN.format(data="noisy_process:load"))
    options = ("--out", tmp_path / "out", "--jobs", 1, "--no-plot", "--json")
    ended = fedjury("experiment", plan, *options, directory=tmp_path)
    assert ended.code == ExitCode.OK, ended.err
    (document,) = ended.lines
    assert document["name"] == "it"
    for event in ("imported", "loaded", "past-the-stream", "another-process", "left"):
        assert f'{{"event": "{event}"}}' in ended.err


def test_without_json_it_stays_where_it_was_printed(tmp_path: Path) -> None:
    (tmp_path / "noisy_plain.py").write_text(NOISY)
    plan = write_plan(tmp_path, PLAN.format(data="noisy_plain:failing"))
    ended = fedjury("experiment", plan, "--no-plot", directory=tmp_path)
    assert ended.code == ExitCode.DATA
    assert '{"event": "loaded"}' in ended.out
    assert ended.err == "error: no such file\n"


def test_an_error_stands_alone_and_the_caller_has_its_stream_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "noisy_here.py").write_text(NOISY)
    monkeypatch.syspath_prepend(str(tmp_path))
    plan = write_plan(tmp_path, PLAN.format(data="noisy_here:failing"))
    before = sys.stdout
    ended = command("experiment", plan, "--no-plot", "--json")
    assert [(line["event"], line["message"]) for line in ended.lines] == [("error", "no such file")]
    assert ended.err == '{"event": "imported"}\n{"event": "loaded"}\n'
    assert sys.stdout is before
    print("still here")
    assert capsys.readouterr().out == "still here\n"


def test_a_command_line_that_is_wrong_keeps_nothing(tmp_path: Path) -> None:
    assert command("experiment", "--json", tmp_path / "none.toml", "--jobs", "x").code == 2
    ended = command("experiment", tmp_path / "none.toml", "--json")
    assert [line["event"] for line in ended.lines] == ["error"]
