"""Where a juror of a jury of several listens, and where it finds the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.errors import ConfigError, DataError
from fedjury.runtime.files import read_bounded

if TYPE_CHECKING:
    from fedjury.oracle.exchange.network import NetworkSettings
    from fedjury.protocol.statements.endpoint import Announcement
    from fedjury.protocol.statements.signed import Signed

    Peers = tuple[tuple[str, ...], tuple[Signed[Announcement], ...]]

_MOST_BYTES = 1 << 20  # of a file of announcements
_ANY = {"0.0.0.0", "::", "*"}
PeerOption = Annotated[
    list[str] | None,
    typer.Option(
        help="URL of another juror, or a file of announcements as `fedjury jury announce` "
        "prints them; repeatable. One leads to all the others."
    ),
]


@dataclass(frozen=True)
class NetworkOptions:
    """How jurors reach each other."""

    listen: Annotated[
        str | None,
        typer.Option(
            help="Host and port to answer the other jurors at; port 0 takes a free one. A jury of "
            "several needs it; for TLS, put a proxy before it."
        ),
    ] = None
    announce: Annotated[
        str | None,
        typer.Option(
            help="URL that the other jurors are told to reach this one at. Default: "
            "http://HOST:PORT of --listen."
        ),
    ] = None
    peer: PeerOption = None
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a proxy whose X-Forwarded-For is believed; repeatable."
        ),
    ] = None

    def settings(self) -> "NetworkSettings | None":
        """How this juror is reached; None without --listen.

        Raises:
            ConfigError: an option is unusable, or goes with --listen alone.
        """
        from fedjury.oracle.exchange.announcements import require_url  # noqa: PLC0415 (slow)
        from fedjury.oracle.exchange.network import NetworkSettings  # noqa: PLC0415 (slow)
        from fedjury.runtime.http.place import parse_place  # noqa: PLC0415 (slow)
        from fedjury.runtime.http.proxies import Proxies  # noqa: PLC0415 (slow)

        if self.listen is None:
            if self.announce or self.peer or self.proxy:
                raise ConfigError("--announce, --peer and --proxy go with --listen HOST:PORT")
            return None
        host, port = parse_place(self.listen, "--listen")
        announced = None
        if self.announce is not None:
            announced = require_url(self.announce, "--announce")
        elif host in _ANY:
            raise ConfigError(
                f"--listen {self.listen} is no place that others can reach: say with --announce "
                "at which URL they find this juror"
            )
        seeds, known = parse_peers(self.peer)
        return NetworkSettings(host, port, announced, seeds, known, Proxies(self.proxy or ()))


def parse_peers(given: Sequence[str] | None) -> "Peers":
    """The values of --peer: URLs, and announcements of files.

    Args:
        given: as a person wrote them.

    Raises:
        ConfigError: one is neither; never shows it, as it may hold a password.
    """
    from fedjury.oracle.exchange.announcements import (  # noqa: PLC0415 (slow)
        read_announcements,
        require_url,
    )

    urls: list[str] = []
    known: list[Signed[Announcement]] = []
    for each in given or ():
        if not Path(each).is_file():
            urls.append(require_url(each, "--peer"))
            continue
        try:
            found = read_announcements(read_bounded(Path(each), _MOST_BYTES))
            if not found:
                raise ValueError("there is none in it")
            known += found
        except (DataError, OSError, ValueError) as error:
            raise ConfigError(f"--peer {each} is no file of announcements: {error}") from error
    return tuple(urls), tuple(known)
