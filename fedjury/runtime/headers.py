"""HTTP headers for an endpoint, such as an authorization, from a file or the environment."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from fedjury.errors import ConfigError
from fedjury.runtime.files import read_text_file

Service = Literal["RPC", "STORE"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff]+")
_OURS = ("content-length", "content-type", "transfer-encoding")


def headers_for(
    service: Service, environment: Mapping[str, str] = os.environ, number: int = 1
) -> dict[str, str]:
    """The headers that the environment has for a service.

    FEDJURY_<SERVICE>_HEADER_FILE names a file with one header a line, as ``Name: value``, and
    FEDJURY_<SERVICE>_AUTHORIZATION is the value of the header Authorization, which then wins. Of
    several endpoints of a service that is for the first alone, since it is nobody else's to see;
    the second has FEDJURY_<SERVICE>_2_HEADER_FILE and so on.

    Args:
        service: that is asked.
        environment: the variables.
        number: of the endpoint among several, from 1.

    Raises:
        ConfigError: the file cannot be read, or something in it is no header; never shows a value.
    """
    found: dict[str, str] = {}
    prefix = f"FEDJURY_{service}" if number == 1 else f"FEDJURY_{service}_{number}"
    if file := environment.get(f"{prefix}_HEADER_FILE"):
        found = _from_file(Path(file))
    variable = f"{prefix}_AUTHORIZATION"
    if value := environment.get(variable, "").strip():
        found = {name: each for name, each in found.items() if name.lower() != "authorization"}
        found["Authorization"] = _checked(value, variable)
    return found


def _from_file(path: Path) -> dict[str, str]:
    try:
        lines = read_text_file(path).splitlines()
    except OSError as error:
        raise ConfigError(f"the header file {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"the header file {path} {error}") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"line {number} of the header file {path}"
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _NAME.fullmatch(name):
            raise ConfigError(f"{where} is not of the form Name: value")
        if name.lower() in _OURS:
            raise ConfigError(f"{where} sets {name}, which every request sets itself")
        found["Authorization" if name.lower() == "authorization" else name] = _checked(value, where)
    return found


def _checked(value: str, where: str) -> str:
    if not _VALUE.fullmatch(value):
        raise ConfigError(f"{where} has no value that an HTTP header can have")
    return value
