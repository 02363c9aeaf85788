"""The options of `fedjury check`: which task, whose account, and what belongs to the role."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.preflight.subject import Belongings, Place

OptionalKeystoreOption = Annotated[
    Path | None, typer.Option(help="Keystore file of the account.", envvar="FEDJURY_KEYSTORE")
]
AddressOption = Annotated[
    str | None, typer.Option(help="The account's address, where its keystore is not to be opened.")
]


@dataclass(frozen=True)
class WhereOptions:
    """The task that is checked, by all endpoints and stores."""

    deployment: options.DeploymentOption = options.DEPLOYMENT
    rpc: options.RpcOption = None
    store: options.StoreOption = None
    task: options.TaskOption = None
    from_block: options.FromBlockOption = None

    def place(self) -> "Place":
        """Deployment file and options together.

        Raises:
            ConfigError: no usable deployment file, and not enough options to do without.
        """
        from fedjury.preflight.subject import Place  # noqa: PLC0415 (slow)
        from fedjury.task.location import find_location  # noqa: PLC0415 (slow)

        found = find_location(self.deployment, self.rpc, self.store, self.task, self.from_block)
        return Place(
            rpcs=found.endpoints,
            stores=found.stores,
            task=found.task,
            from_block=found.from_block,
            chain_id=found.chain_id,
            deployment=found.deployment,
        )


@dataclass(frozen=True)
class AccountOptions:
    """The account whose role is checked, by its keystore or by its address alone."""

    keystore: OptionalKeystoreOption = None
    password_file: options.PasswordFileOption = None
    address: AddressOption = None
    max_fee_gwei: options.MaxFeeOption = None

    def belongings(self) -> "Belongings":
        """What the options say of the account.

        Raises:
            ConfigError: both are given, or none, or the address is none.
        """
        from eth_utils.address import is_address, to_checksum_address  # noqa: PLC0415 (slow)

        from fedjury.preflight.subject import Belongings  # noqa: PLC0415 (slow)
        from fedjury.runtime.keystore import open_account  # noqa: PLC0415 (slow)

        keystore, address = self.keystore, self.address
        if (keystore is None) == (address is None):
            raise ConfigError("say either --keystore or --address")
        if keystore is not None:
            opened = lambda: open_account(keystore, self.password_file)  # noqa: E731
            return Belongings(open_account=opened, max_fee_gwei=self.max_fee_gwei)
        if address is None or not is_address(address):
            raise ConfigError(f"--address takes 0x and 40 hexadecimal digits, not {address!r:.80}")
        known = to_checksum_address(address)
        return Belongings(address=known, max_fee_gwei=self.max_fee_gwei)


def beside(deployment: Path) -> Sequence[Path]:
    """The directories in which a juror's samples are looked for without being named."""
    return deployment.parent, deployment.parent / options.VERIFICATION.name
