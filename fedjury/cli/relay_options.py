"""The options that say how a relay takes in updates, and when it posts them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fedjury.chain.rpc.block import BlockTag
    from fedjury.relay.daemon import Settings
    from fedjury.runtime.http.proxies import Proxies

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class RelayOptions:
    """Where a relay listens, when it posts, and what it lets others ask."""

    listen: Annotated[
        str,
        typer.Option(
            help="Host and port to take requests at; port 0 takes a free one. For TLS, put a proxy "
            "before it."
        ),
    ] = "127.0.0.1:8480"
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Post as soon as so many updates wait; default: once a round, before its time for "
            "batches ends.",
        ),
    ] = None
    margin: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Seconds before the round's time for batches ends, when the rest is posted and "
            "nothing more is taken in; default: a quarter of that time, at most 120, or three "
            "blocks of the chain, if that is longer.",
        ),
    ] = None
    keep_mb: Annotated[
        int,
        typer.Option(
            min=0,
            help="Megabytes of update files that clients hand in, until they may be in the store.",
        ),
    ] = 1024
    address_rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second from one address; 0 for no limit.")
    ] = 50.0
    client_rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second of one client; 0 for no limit.")
    ] = 1.0
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a proxy whose X-Forwarded-For is believed; repeatable."
        ),
    ] = None

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of --listen.

        Raises:
            ConfigError: it is neither.
        """
        from fedjury.runtime.http.place import parse_place  # noqa: PLC0415 (slow)

        return parse_place(self.listen, "--listen")

    @property
    def proxies(self) -> "Proxies":
        """The proxies that are believed.

        Raises:
            ConfigError: one is no IP address or network.
        """
        from fedjury.runtime.http.proxies import Proxies  # noqa: PLC0415 (slow)

        return Proxies(self.proxy or ())

    def settings(
        self,
        batch_seconds: int,
        transaction: float,
        confirmations: "int | BlockTag",
        max_fee_gwei: int | None,
        poll_seconds: float,
    ) -> "Settings":
        """How the relay works.

        Args:
            batch_seconds: in which a round of the task takes batches.
            transaction: seconds that one may take until it is in a block; 0 where nobody can tell.
            confirmations: blocks on top of what counts as settled, or a block tag.
            max_fee_gwei: the most to offer per unit of gas; None for no limit.
            poll_seconds: between two looks at the chain.

        Raises:
            ConfigError: the options do not fit each other, or the task.
        """
        from fedjury.relay.daemon import Settings  # noqa: PLC0415 (slow)
        from fedjury.relay.schedule import choose_schedule  # noqa: PLC0415 (slow)

        host, port = self.place
        return Settings(
            schedule=choose_schedule(batch_seconds, self.every, self.margin, transaction),
            host=host,
            port=port,
            confirmations=confirmations,
            keep_bytes=self.keep_mb * _MEGABYTE,
            address_rate=self.address_rate,
            client_rate=self.client_rate,
            proxies=self.proxies,
            max_fee_gwei=max_fee_gwei,
            poll_seconds=poll_seconds,
        )
