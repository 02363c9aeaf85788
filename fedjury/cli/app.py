"""The command line's root: its commands, the configuration file, and exit codes."""

import errno
import gc
import logging
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import click
import typer
from typer.core import TyperGroup

from fedjury.cli import streams
from fedjury.cli.config_file import DEFAULT_FILE, default_map
from fedjury.cli.lazy import LazyCommand, LazyCommands, lazy_command, lazy_group
from fedjury.cli.plain_text import harmless
from fedjury.cli.streams import OutputLost
from fedjury.errors import ExitCode, FedjuryError, StopRequested
from fedjury.runtime.signals import Stopped, catch_signals, end_now, exit_code

app = typer.Typer(
    name="fedjury",
    help="Federated learning that poisoners cannot spoil: a contract and a jury of oracles.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"auto_envvar_prefix": "FEDJURY"},
    epilog="Start with `fedjury demo`. Exit codes: docs/exit-codes.md.",
)
COMMANDS = (
    "demo",
    "experiment",
    "devnet",
    "verification",
    "deploy",
    "check",
    "oracle",
    "jury",
    "client",
    "relay",
    "status",
    "events",
    "audit",
    "coordinator",
    "roster",
    "keystore",
)
"""In the order of help; each has a file in `fedjury.cli.commands`."""
# What a write to an open file raises, without the file's name: a disk, a quota or a limit is full.
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

ConfigOption = Annotated[
    Path | None,
    typer.Option(help=f"Configuration file (TOML); default: {DEFAULT_FILE} if it exists."),
]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 (a tenth of the start)

        typer.echo(f"fedjury {version('fedjury')}")
        raise typer.Exit()


VersionOption = Annotated[
    bool,
    typer.Option("--version", is_eager=True, callback=_version, help="Say which fedjury this is."),
]


@app.callback()
def root(
    context: typer.Context, config: ConfigOption = None, show_version: VersionOption = False
) -> None:
    """Read the configuration file before any command."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    path = config or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    if path is not None and isinstance(context.command, TyperGroup):
        context.default_map = default_map(path, context.command)


def root_command() -> click.Command:
    """The command `fedjury` with all its commands."""
    group = typer.main.get_group(app)
    group.commands = LazyCommands(COMMANDS, _load)
    return group


def _load(name: str) -> LazyCommand:
    """A command from its file: the function of its name, or a whole application."""
    module = import_module(f"fedjury.cli.commands.{name}")
    if hasattr(module, "app"):
        return lazy_group(name, module.app)
    return lazy_command(name, getattr(module, name), module.EXAMPLE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error made on purpose becomes a sentence and an exit code.

    So does what the file system refuses, a signal that asks the process to end, and output that
    nobody takes.

    Args:
        arguments: as after `fedjury` on a command line; None takes those of this process, whose
            standard output then stays ours to its very end.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    streams.prepare()
    with catch_signals():
        try:
            _run(given)
        except Stopped:
            _end_stopped(as_json="--json" in given)
        except OutputLost as lost:
            _end_lost(lost)
        except Exception as error:
            if arguments is not None:  # whoever runs it in their own process has hooks of their own
                raise
            _end_crashed(error, as_json="--json" in given)
        finally:
            if arguments is not None:
                streams.give_stdout_back()


def _end_stopped(*, as_json: bool) -> NoReturn:
    code = exit_code()
    if code is ExitCode.OK:
        end_now(code)  # a daemon: its threads are not waited for
    _end(StopRequested(), "asked to stop before it was done", code, as_json=as_json)


def _end_crashed(error: Exception, *, as_json: bool) -> NoReturn:
    """End a command by an error that nobody foresaw: with its traceback, without secrets."""
    from fedjury.cli.logs import tell_of_crash  # noqa: PLC0415 (most often there is none)

    with suppress(OutputLost):
        tell_of_crash(error, as_json=as_json, exit_code=ExitCode.CRASH)
        streams.flush()
    sys.exit(int(ExitCode.CRASH))


def _end_lost(lost: OutputLost) -> NoReturn:
    """End a command whose output nobody takes: without a word if nobody is there."""
    if not lost.is_gone:
        streams.complain(f"error: {lost}\n")
    sys.exit(int(lost.exit_code))


def _run(given: list[str]) -> None:
    try:
        _run_command(given)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # help and usage: click and rich end so
            streams.lost(ended.__context__)
        # a command that failed says so by its own code
        with suppress(OutputLost) if ended.code else nullcontext():
            streams.flush()
        raise


def _run_command(given: list[str]) -> None:
    gc.disable()  # until a command runs: help comes a tenth sooner
    try:
        root_command()(given, prog_name="fedjury")
    except OutputLost:
        raise
    except FedjuryError as error:
        _end(error, str(error), error.exit_code, as_json="--json" in given)
    except OSError as error:
        refused = file_refusal(error)
        if refused is None:
            raise
        _end(error, refused, ExitCode.CONFIG, as_json="--json" in given)
    finally:
        gc.enable()


def file_refusal(error: OSError) -> str | None:
    """What the file system refuses, with the path; None for an error of a socket, which is a bug.

    A full disk is told without the path, which the system does not name.
    """
    path = error.filename2 or error.filename
    if path is not None:
        return f"{path}: {error.strerror}"
    return error.strerror if error.errno in _DISK_FULL else None


def _end(error: Exception, message: str, code: ExitCode, *, as_json: bool) -> NoReturn:
    """Tell of an error that ends the command, and end it."""
    if as_json:
        more = error.fields() if isinstance(error, FedjuryError) else {}
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": now, "event": "error", "severity": "error"}
        line |= {"error": type(error).__name__, "message": message, **more}
        with suppress(OutputLost):
            streams.write_json({**line, "exit_code": int(code)})
    else:
        streams.complain(f"error: {harmless(message, one_line=True)}\n")
    with suppress(OutputLost):  # the error's own code says more
        streams.flush()
    sys.exit(int(code))
