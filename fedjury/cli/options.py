"""Options that several commands share, each written once."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.chain.types import BlockTag
from fedjury.deployment import DEFAULT_PATH
from fedjury.errors import ConfigError

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
DeploymentOption = Annotated[
    Path,
    typer.Option(help="Deployment file that `fedjury deploy` wrote.", envvar="FEDJURY_DEPLOYMENT"),
]
RpcOption = Annotated[
    str | None,
    typer.Option(help="RPC URL of the chain; default: the deployment's.", envvar="FEDJURY_RPC"),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        help="IPFS API (URL or multiaddr) or dir:PATH; default: the deployment's.",
        envvar="FEDJURY_STORE",
    ),
]
KeystoreOption = Annotated[
    Path, typer.Option(help="Keystore file of the account.", envvar="FEDJURY_KEYSTORE")
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        help="File with the keystore's password; else FEDJURY_PASSWORD, else you are asked.",
        envvar="FEDJURY_PASSWORD_FILE",
    ),
]
DataDirOption = Annotated[
    Path | None, typer.Option(help="Directory of the dataset's files.", envvar="FEDJURY_DATA")
]
AllowModelOption = Annotated[
    list[str] | None,
    typer.Option(help="A module:callable that you trust as the task's model; repeatable."),
]
ConfirmationsOption = Annotated[
    str,
    typer.Option(help="Blocks on top of the one that is read, or `safe` or `finalized`."),
]
PollOption = Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")]
WorkDirOption = Annotated[
    Path | None,
    typer.Option(help="Where files are kept; default: beside the deployment file."),
]
MaxFeeOption = Annotated[
    int | None, typer.Option(min=1, help="Most to pay per unit of gas, in gwei.")
]
ThreadsOption = Annotated[int, typer.Option(min=1, help="CPU threads for torch.")]
TaskOption = Annotated[
    str | None,
    typer.Option(help="Contract address, instead of a deployment file; needs --rpc and --store."),
]
FromBlockOption = Annotated[
    int | None,
    typer.Option(min=0, help="First block to read events from; default: the deployment's, or 0."),
]
DEPLOYMENT = DEFAULT_PATH


def parse_confirmations(text: str) -> int | BlockTag:
    """The value of --confirmations.

    Raises:
        ConfigError: neither a count nor a tag.
    """
    if text == "finalized":
        return "finalized"
    if text == "safe":
        return "safe"
    if text.isdecimal():
        return int(text)
    raise ConfigError(f"--confirmations takes a count, safe or finalized, not {text!r}")
