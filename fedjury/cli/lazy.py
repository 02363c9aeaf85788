"""Commands that cost next to nothing until they are used, so that help comes at once."""

import gc
import inspect
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from functools import cached_property
from typing import Any

import click
import typer
from typer.core import TyperCommand


class LazyCommand(TyperCommand):
    """A command of which only name and help are known before it is used.

    Args:
        name: of the command.
        help: its description; the first paragraph is shown in the list of commands.
        load: builds the command itself.
    """

    def __init__(self, name: str, help: str, load: Callable[[], click.Command]) -> None:
        super().__init__(name=name, help=inspect.cleandoc(help))
        self._load = load

    @cached_property
    def command(self) -> click.Command:
        """The command itself."""
        return self._load()

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """The context of the command itself, which click then invokes."""
        context = self.command.make_context(*args, **kwargs)
        gc.enable()  # help is over: see `fedjury.cli.app.main`
        return context


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name, each made when it is looked up for the first time.

    Args:
        names: of the commands, in the order of help.
        make: the command of a name.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], click.Command]) -> None:
        self._make = make
        self._made: dict[str, click.Command | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> click.Command:
        command = self._made[name]
        if command is None:
            command = self._made[name] = self._make(name)
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class ExampleCommand(TyperCommand):
    """A command whose help ends with its epilog's examples, a line each, so that they can be pasted
    however narrow the terminal is."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Command.format_help`."""
        examples, self.epilog = self.epilog or "", None
        try:
            super().format_help(ctx, formatter)
        finally:
            self.epilog = examples
        formatter.write("".join(f" {each}\n" for each in examples.split("\n\n")))


def lazy_command(name: str, function: Callable[..., Any], epilog: str) -> LazyCommand:
    """A command made of a function whose parameters are its options."""

    def load() -> click.Command:
        app = typer.Typer(add_completion=False)
        app.command(name, epilog=epilog, cls=ExampleCommand)(function)
        return typer.main.get_command(app)

    return LazyCommand(name, function.__doc__ or "", load)


def lazy_group(name: str, app: typer.Typer) -> LazyCommand:
    """A group of commands made of a Typer application."""

    def load() -> click.Command:
        for each in app.registered_commands:
            each.cls = ExampleCommand
        group = typer.main.get_group(app)
        group.name = name
        return group

    return LazyCommand(name, str(app.info.help), load)


def resolved(command: click.Command) -> click.Command:
    """The command itself, where it is a lazy one."""
    return command.command if isinstance(command, LazyCommand) else command


def every_command(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, groups too, each with the words after `fedjury` that name it."""
    found = resolved(command)
    yield words, found
    if isinstance(found, click.Group):
        for name, inner in found.commands.items():
            yield from every_command(inner, (*words, name))
