"""Write the reference pages that follow from the code: docs/commands.md and docs/events.md.

python scripts/write_reference.py            # write both
python scripts/write_reference.py --check    # exit 1 when one is not what the code says
"""

import argparse
import dataclasses
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click

import fedjury.chain.nodes.events
import fedjury.clients.events
import fedjury.clients.relay_events
import fedjury.oracle.dry_events
import fedjury.oracle.events
import fedjury.oracle.exchange.events
import fedjury.oracle.exchange.http_events
import fedjury.oracle.exchange.lapse_events
import fedjury.oracle.slice_events
import fedjury.relay.events
import fedjury.relay.time_events
import fedjury.runtime.events
import fedjury.simulation.events
import fedjury.store.events
from fedjury.cli.app import root_command
from fedjury.cli.lazy import every_command
from fedjury.runtime.events import Event, Severity, event_name

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COMMANDS_HEAD = """# Commands

Written by `scripts/write_reference.py` from what `--help` says; a test holds it so. Every command
takes `--help`; exit codes: [exit-codes.md](exit-codes.md). An option can also stand in the
environment (`FEDJURY_<COMMAND>_<OPTION>`, or the shorter variable that is named), or in
`fedjury.toml`; the command line comes first, then the environment, then the file.
"""
EVENTS_HEAD = """# Events

Written by `scripts/write_reference.py` from the events' classes; a test holds it so. With `--json`
every event is one line: `{"time": …, "event": …, "severity": "info", "message": …}` and the fields
below; `message` is the sentence that people see without `--json`, `time` is UTC (RFC 3339).
Severities other than `info` stand beside the name. A field that has no value is left out.

Three more lines have the first four fields: `log` is what a library or a thread of a daemon logs
(`logger`, and `traceback` where an error came with it; severity `debug` too with `--log-level
debug`), `error` and `crash` are how a command ends ([exit codes](exit-codes.md)).

`fedjury experiment --json` prints its result alone. Standard output takes nothing but these lines
then: what a dataset, a model or a library prints goes to standard error.

What a juror tells is for jurors: `update-judged`, `round-judged` and `jurors-differ` hold counts of
its samples, so its output is as secret as these. Metrics and `/healthz` hold none
([monitoring](operations/monitoring.md)).
"""
EVENT_MODULES = {
    "Any daemon": fedjury.runtime.events,
    "Any daemon, with several nodes": fedjury.chain.nodes.events,
    "Any daemon, with several stores": fedjury.store.events,
    "Clients": fedjury.clients.events,
    "Clients with relays": fedjury.clients.relay_events,
    "Jurors and audits": fedjury.oracle.events,
    "Jurors, on their exchange": fedjury.oracle.exchange.events,
    "Jurors, on others that do not do their part": fedjury.oracle.exchange.lapse_events,
    "Jurors, on reaching each other": fedjury.oracle.exchange.http_events,
    "Jurors, on verification slices": fedjury.oracle.slice_events,
    "Dry runs of jurors": fedjury.oracle.dry_events,
    "Relays": fedjury.relay.events,
    "Relays, on their times": fedjury.relay.time_events,
    "Demo": fedjury.simulation.events,
}


def command_section(name: str, command: click.Command) -> str:
    """A command's section: what it does, examples, its arguments and options."""
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    usage = " ".join([name, *(_argument(each) for each in shown if _is_argument(each))])
    rows = [_row(each) for each in shown]
    table = ["| option | default | meaning |", "|---|---|---|", *rows] if rows else []
    parts = [f"## {usage}", _plain(command.help or "")]
    if command.epilog:
        parts.append("\n".join(["```console", *_examples(command.epilog), "```"]))
    if table:
        parts.append("\n".join(table))
    return "\n\n".join(parts)


def _examples(epilog: str) -> list[str]:
    """The commands of a help's end, those after the first under what they are for."""
    lines = []
    for example in epilog.split("\n\n"):
        purpose, _, arguments = example.partition(": fedjury ")
        lines += [] if purpose == "Example" else ["", f"# {purpose}"]
        lines.append(f"$ fedjury {arguments}")
    return lines


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _argument(parameter: click.Parameter) -> str:
    name = str(parameter.name).upper()
    return f"{name}…" if parameter.nargs == -1 else name


def _row(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        spellings = [*parameter.opts, *parameter.secondary_opts]
        names = ", ".join(f"`{each}`" for each in spellings)
        meaning = (parameter.help or "") + _variable(parameter)
    else:
        names, meaning = f"`{_argument(parameter)}`", str(getattr(parameter, "help", "") or "")
    return f"| {names} | {_default(parameter)} | {meaning.replace('|', chr(92) + '|')} |"


def _variable(option: click.Option) -> str:
    return f" (`{option.envvar}`)" if isinstance(option.envvar, str) else ""


def _default(parameter: click.Parameter) -> str:
    if parameter.required:
        return "required"
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "on" if parameter.default else ""
    return "" if parameter.default in (None, "", []) else f"`{parameter.default}`"


def _plain(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def commands_page() -> str:
    """The page of every command, from what `--help` says."""
    sections = [
        command_section(" ".join(["fedjury", *words]), command)
        for words, command in every_command(root_command())
        if not isinstance(command, click.Group)
    ]
    return "\n\n".join([COMMANDS_HEAD.strip(), *sections]) + "\n"


def events_page() -> str:
    """The page of every event, from the classes' fields and docstrings."""
    parts = [EVENTS_HEAD.strip()]
    for title, module in EVENT_MODULES.items():
        rows = [_event_row(kind) for kind in _kinds(module)]
        parts.append(f"## {title}")
        parts.append("\n".join(["| event | fields | when |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _kinds(module: ModuleType) -> list[type[Event]]:
    return [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Event)
        and kind.__module__ == module.__name__
        and not inspect.isabstract(kind)
    ]


def _event_row(kind: type[Event]) -> str:
    fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(kind))
    mark = "" if kind.severity is Severity.INFO else f" ({kind.severity.value})"
    meaning = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return f"| `{event_name(kind)}`{mark} | {fields} | {meaning} |"


PAGES: dict[str, Callable[[], str]] = {"commands.md": commands_page, "events.md": events_page}


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Write docs/commands.md and docs/events.md.")
    parser.add_argument("--check", action="store_true", help="exit 1 on a difference")
    options = parser.parse_args(argv)
    changed = False
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if options.check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            print(f"docs/{name} is not what the code says: run scripts/write_reference.py")
            changed = True
        elif not options.check:
            path.write_text(text, encoding="utf-8")
    return int(changed)


if __name__ == "__main__":
    sys.exit(main())
