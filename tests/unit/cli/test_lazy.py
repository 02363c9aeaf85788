"""Commands that are made when they are used."""

import inspect
from importlib import import_module
from pathlib import Path

import click
import pytest

from fedjury.cli.app import COMMANDS, root_command
from fedjury.cli.lazy import LazyCommand, LazyCommands, every_command, resolved
from fedjury.errors import ExitCode
from tests.support.commands import command


def _root() -> click.Group:
    root = root_command()
    assert isinstance(root, click.Group)
    return root


def _leaves(command: click.Command) -> list[click.Command]:
    found = [each for _, each in every_command(command)]
    return [each for each in found if not isinstance(each, click.Group)]


def _documentation(name: str) -> str:
    """What a command's file says of it: the function's docstring, or the application's help."""
    module = import_module(f"fedjury.cli.commands.{name}")
    text = module.app.info.help if hasattr(module, "app") else getattr(module, name).__doc__
    return inspect.cleandoc(text)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_its_docstring_before_and_after_it_is_made(name: str) -> None:
    lazy = _root().commands[name]
    assert lazy.help == _documentation(name)
    assert resolved(lazy).help == lazy.help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_root_loads(name: str) -> None:
    lazy = _root().commands[name]
    assert isinstance(lazy, LazyCommand)
    assert lazy.name == name
    assert "command" not in vars(lazy)
    made = resolved(lazy)
    assert made is resolved(lazy)
    assert resolved(made) is made
    assert made.name == name
    inner = _leaves(made)
    assert all(each.callback is not None for each in inner)


def test_every_file_of_commands_is_a_command_of_the_root() -> None:
    directory = Path(str(import_module("fedjury.cli.commands").__path__[0]))
    files = {path.stem for path in directory.glob("*.py")} - {"__init__"}
    assert files == set(COMMANDS) == set(_root().commands)


def test_every_leaf_says_what_it_does() -> None:
    for each in _leaves(_root()):
        assert each.help, each.name


def test_a_command_is_made_once_and_only_when_it_is_looked_up() -> None:
    made: list[str] = []

    def make(name: str) -> click.Command:
        made.append(name)
        return click.Command(name)

    commands = LazyCommands(["stand", "walk"], make)
    assert list(commands) == ["stand", "walk"]
    assert len(commands) == 2
    assert "walk" in commands
    assert "fly" not in commands
    assert commands.get("fly") is None
    assert made == []
    assert commands["walk"] is commands.get("walk")
    assert made == ["walk"]
    assert [name for name, each in commands.items() if each.name == name] == ["stand", "walk"]
    assert made == ["walk", "stand"]


def test_commands_can_be_added_and_taken_away() -> None:
    commands = LazyCommands(["walk"], click.Command)
    commands["fly"] = other = click.Command("fly")
    assert commands["fly"] is other
    del commands["walk"]
    assert list(commands) == ["fly"]
    with pytest.raises(KeyError):
        commands["walk"]


@pytest.mark.usefixtures("elsewhere")
def test_defaults_of_the_configuration_file_reach_a_command() -> None:
    Path("fedjury.toml").write_text('deployment = "every.json"\n[events]\ndeployment = "own.json"')
    status, events = command("status"), command("events")
    assert status.code == events.code == ExitCode.CONFIG
    assert "every.json" in status.err
    assert "own.json" in events.err
    assert "other.json" in command("events", "--deployment", "other.json").err


@pytest.mark.usefixtures("elsewhere")
def test_defaults_of_the_configuration_file_reach_a_command_of_a_group() -> None:
    Path("fedjury.toml").write_text('[devnet.status]\ndirectory = "nowhere"')
    ended = command("devnet", "status")
    assert ended.code == ExitCode.DEVNET
    assert "nowhere" in ended.err
