"""The configuration file: TOML, whose values stand in for options that are not given.

Top-level keys hold for every command that has such an option, a table [oracle] for one command.
Order: command line, environment (FEDJURY_<COMMAND>_<OPTION>), file, built-in default.
"""

import tomllib
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from fedjury.errors import ConfigError

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
    _refuse_unknown(path, set(map(_key, own)), set(_parameters(group)))
    _refuse_unknown(path, set(tables), set(group.commands))
    shared = {**inherited, **own}
    result: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = tables.get(name, {})
        if isinstance(command, TyperGroup):
            result[name] = _defaults(path, inner, shared, command)
            continue
        known = _parameters(command)
        _refuse_unknown(path, set(map(_key, inner)), set(known))
        given = {**{key: value for key, value in shared.items() if _key(key) in known}, **inner}
        result[name] = {known[_key(key)]: value for key, value in given.items()}
    return result


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the configuration {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the configuration {path} is not TOML: {error}") from error


def _key(name: str) -> str:
    return name.replace("-", "_")


def _parameters(command: Any) -> dict[str, str]:
    """The parameters of a command, or of every command in a group, by what a user calls them.

    That is the option (``lambda``) or the parameter behind it (``lam``).
    """
    if isinstance(command, TyperGroup):
        return {k: v for inner in command.commands.values() for k, v in _parameters(inner).items()}
    found = {}
    for parameter in command.params:
        found[parameter.name] = parameter.name
        for option in parameter.opts:
            found[_key(option.lstrip("-"))] = parameter.name
    return found


def _refuse_unknown(path: Path, given: set[str], known: set[str]) -> None:
    if unknown := sorted(given - known):
        raise ConfigError(f"{path}: {unknown[0]!r} is no command or option of that place")
