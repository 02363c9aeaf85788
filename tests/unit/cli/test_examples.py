"""The examples that help ends with can be pasted: they are commands that the command line takes."""

import re
import shlex

import click
import pytest

from fedjury.cli import streams
from fedjury.cli.app import root_command
from fedjury.cli.lazy import every_command
from tests.support.commands import succeed

_HASHES = (42, 66)  # characters of an address and of a hash, with 0x


def _examples() -> list[tuple[str, click.Command, str]]:
    found = every_command(root_command())
    return [
        (" ".join(words), command, example)
        for words, command in found
        if not isinstance(command, click.Group)
        for example in (command.epilog or "").split("\n\n")
    ]


@pytest.mark.parametrize("case", _examples(), ids=lambda case: case[0])
def test_every_example_is_a_command_that_runs_when_it_is_pasted(
    case: tuple[str, click.Command, str],
) -> None:
    words, command, example = case
    purpose, found, rest = example.partition(f": fedjury {words}")
    assert found
    assert "fedjury" not in purpose
    assert not re.search(r"[…;`\n]", rest)
    assert all(len(each) in _HASHES for each in re.findall(r"0x[0-9a-zA-Z]*", rest))
    arguments, _, _ = rest.partition(" > ")
    try:
        command.make_context(words, shlex.split(arguments))  # raises on what it does not take
    finally:
        streams.give_stdout_back()  # which --json takes


@pytest.mark.parametrize("words", ["client", "coordinator add-relayer"])
def test_help_breaks_no_example_into_lines(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    printed = [line.strip() for line in succeed(*words.split(), "--help").out.splitlines()]
    examples = [example for name, _, example in _examples() if name == words]
    assert printed[-len(examples) :] == examples
    assert max(map(len, examples)) > 60


def test_further_examples_say_what_they_are_for() -> None:
    several = [example for words, _, example in _examples() if words == "client"]
    assert [each.partition(": fedjury ")[0] for each in several] == [
        "Example",
        "Without ether",
        "As an adversary",
        "With training of your own, in the directory examples/own_training",
    ]
