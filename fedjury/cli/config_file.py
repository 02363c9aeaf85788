"""The configuration file: TOML, whose values stand in for options that are not given.

Top-level keys hold for every command that has such an option, a table [oracle] for one command.
Order: command line, environment (FEDJURY_<COMMAND>_<OPTION>), file, built-in default.
"""

from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from fedjury.cli.lazy import resolved
from fedjury.cli.locations import Location
from fedjury.errors import ConfigError
from fedjury.runtime.files import read_text_file

DEFAULT_FILE = Path("fedjury.toml")


def default_map(path: Path, group: TyperGroup) -> dict[str, Any]:
    """The defaults that the file gives, by command and parameter.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or names what does not exist.
    """
    return _defaults(path, _read(path), {}, group)


def _defaults(
    path: Path, table: dict[str, Any], inherited: dict[str, Any], group: TyperGroup
) -> dict[str, Any]:
    own = {name: value for name, value in table.items() if not isinstance(value, dict)}
    tables = {name: value for name, value in table.items() if isinstance(value, dict)}
    _refuse_unknown(path, own, _spellings(group))
    _refuse_unknown(path, tables, group.commands)
    shared = {**inherited, **own}
    result: dict[str, Any] = {}
    for name, lazy in group.commands.items():
        command, inner = resolved(lazy), tables.get(name, {})
        if isinstance(command, TyperGroup):
            result[name] = _defaults(path, inner, shared, command)
            continue
        known = _spellings(command)
        _refuse_unknown(path, inner, known)
        given = {key: value for key, value in shared.items() if _key(key) in known} | inner
        parameters = {each.name: each for each in command.params}
        named = {known[_key(key)]: value for key, value in given.items()}
        result[name] = {each: _fitting(parameters[each], named[each]) for each in named}
    return result


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 (most often there is no file)

    try:
        return tomllib.loads(read_text_file(path))
    except OSError as error:
        raise ConfigError(f"the configuration {path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the configuration {path} is not TOML: {error}") from error
    except ValueError as error:
        raise ConfigError(f"the configuration {path} {error}") from None


def _fitting(parameter: Any, value: Any) -> Any:
    """A value as an option takes it: one stands for a list of one, several places for the first."""
    if getattr(parameter, "multiple", False):
        return value if isinstance(value, list) else [value]
    if isinstance(parameter.type, Location) and isinstance(value, list) and value:
        return value[0]
    return value


def _key(name: str) -> str:
    return name.replace("-", "_")


def _spellings(command: Any) -> dict[str, str]:
    """Parameter by each way to write its option, of a command or of all commands in a group."""
    if isinstance(command, TyperGroup):
        inner = map(_spellings, map(resolved, command.commands.values()))
        return {spelling: name for found in inner for spelling, name in found.items()}
    return {
        _key(spelling.lstrip("-")): parameter.name
        for parameter in command.params
        for spelling in (parameter.name, *parameter.opts, *parameter.secondary_opts)
    }


def _refuse_unknown(path: Path, given: Iterable[str], known: Container[str]) -> None:
    if unknown := sorted(name for name in given if _key(name) not in known):
        raise ConfigError(f"{path}: {unknown[0]!r} is no command or option there")
