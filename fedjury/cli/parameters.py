"""Parameters of rules and attacks as they are written on a command line: NAME=VALUE."""

import json
from collections.abc import Iterable
from typing import Any

from fedjury.errors import ConfigError


def parse_parameters(option: str, given: Iterable[str], *, words: bool) -> dict[str, Any]:
    """Names and values from NAME=VALUE, the values in JSON.

    Args:
        option: that they were given by, for messages.
        given: as written.
        words: whether what is not JSON is a value too, as the word that it is.

    Raises:
        ConfigError: not that, or a name given twice.
    """
    parameters: dict[str, Any] = {}
    for text in given:
        name, _, value = text.partition("=")
        if not name or not value or name in parameters:
            raise ConfigError(f"{option} takes NAME=VALUE, each name once, not {text!r}")
        try:
            parameters[name] = json.loads(value)
        except (ValueError, RecursionError) as error:
            if not words:
                raise ConfigError(f"{option} {name}: the value is not JSON: {error}") from error
            parameters[name] = value
    return parameters
