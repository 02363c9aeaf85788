"""Where a server listens, as people write it: HOST:PORT."""

import re

from fedjury.errors import ConfigError
from fedjury.runtime.endpoint import LAST_PORT

_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):([0-9]{1,5})")


def parse_place(text: str, option: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; an IPv6 address stands in brackets there.

    Args:
        text: as a person wrote it.
        option: that it was given by, such as ``--listen``.

    Raises:
        ConfigError: it is neither.
    """
    found = _PLACE.fullmatch(text)
    if found is None or int(found[2]) > LAST_PORT:
        raise ConfigError(f"{option} takes HOST:PORT, such as 127.0.0.1:8480, not {text!r:.80}")
    return found[1].strip("[]"), int(found[2])
