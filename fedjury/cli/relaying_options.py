"""The options by which `fedjury client` hands its updates to relays."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.clients.relay_endpoint import RelayEndpoint


@dataclass(frozen=True)
class RelayingOptions:
    """Relays, and whether they get the updates' files, as written."""

    relay: Annotated[
        list[str] | None,
        typer.Option(
            help="URL of a relay that posts the signed updates, so that no ether is needed; "
            "repeatable: tried in order. Where none does, the client submits itself, if it can pay."
        ),
    ] = None
    hand_file: Annotated[
        bool,
        typer.Option(
            "--hand-file", help="Give the relay the update's file too, and have it publish that."
        ),
    ] = False

    def parse(self) -> "list[RelayEndpoint]":
        """The relays, in order.

        Raises:
            ConfigError: a URL is unusable, or --hand-file stands without --relay.
        """
        from fedjury.clients.relay_endpoint import RelayEndpoint  # noqa: PLC0415 (slow)

        if self.hand_file and not self.relay:
            raise ConfigError("--hand-file says nothing without --relay")
        return [RelayEndpoint(url) for url in self.relay or []]
