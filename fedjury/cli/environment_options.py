"""The options that say where a live federation runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options

if TYPE_CHECKING:
    from fedjury.simulation.live.environment import Environment


@dataclass(frozen=True)
class EnvironmentOptions:
    """Chain, store and treasury of a live federation."""

    chain: Annotated[
        str, typer.Option(help="The chain: embedded, ganache, anvil, or an RPC URL.")
    ] = "embedded"
    store: Annotated[
        str,
        typer.Option(help="The content store: embedded, ipfs, an IPFS API address, or dir:PATH."),
    ] = "embedded"
    keystore: Annotated[
        Path | None, typer.Option(help="Keystore of a funded account, where the node has none.")
    ] = None
    password_file: options.PasswordFileOption = None

    def environment(self) -> "Environment":
        """The environment that was asked for."""
        from fedjury.simulation.live.environment import Environment  # noqa: PLC0415 (slow)

        return Environment(self.chain, self.store, self.keystore, self.password_file)
