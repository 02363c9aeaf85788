"""Where a juror of a jury of several listens, and where it finds the others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.oracle.exchange.network import NetworkSettings

_ANY = {"0.0.0.0", "::", "*"}


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
    peer: Annotated[
        list[str] | None,
        typer.Option(help="URL of another juror; repeatable. One leads to all the others."),
    ] = None
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
        seeds = tuple(require_url(each, "--peer") for each in self.peer or ())
        return NetworkSettings(host, port, announced, seeds, Proxies(self.proxy or ()))
