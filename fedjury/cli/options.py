"""Options that several commands share, each written once."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fedjury.cli import streams
from fedjury.cli.locations import Location
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.task.location import TaskLocation

DEPLOYMENT = Path(".fedjury") / "deployment.json"
VERIFICATION = Path(".fedjury") / "verification"
DATASETS = "digits, mnist, idx:DIR or module:callable"
PATIENCE_SECONDS = 60.0
SCHEMES = "iid, dirichlet:ALPHA or dirichlet-equal:ALPHA"
LAMBDA = (
    "λ, the share of the old model that stays; default: what suits the rule, 0.5 for paper and 0 "
    "for the others."
)

Confirmations = int | Literal["finalized", "safe"]


def _take_json(wanted: bool) -> bool:
    if wanted:
        streams.keep_stdout()
    return wanted


JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print JSON, one object a line.", callback=_take_json),
]
DeploymentOption = Annotated[
    Path,
    typer.Option(help="Deployment file that `fedjury deploy` wrote.", envvar="FEDJURY_DEPLOYMENT"),
]
RpcOption = Annotated[
    list[str] | None,
    typer.Option(
        help="RPC URL of the chain; repeatable, the best first: the others stand in for it, and "
        "are compared with it. Default: the deployment's.",
        envvar="FEDJURY_RPC",
        click_type=Location(),
    ),
]
StoreOption = Annotated[
    list[str] | None,
    typer.Option(
        help="IPFS API (URL or multiaddr) or dir:PATH; repeatable: files are fetched from any and "
        "put into all. Default: the deployment's.",
        envvar="FEDJURY_STORE",
        click_type=Location(),
    ),
]
KeystoreOption = Annotated[
    Path, typer.Option(help="Keystore file of the account.", envvar="FEDJURY_KEYSTORE")
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        help="File with the keystore's password; without it FEDJURY_PASSWORD, or you are asked.",
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
    typer.Option(
        help="How many blocks lie on top of the one that is read, or `safe` or `finalized`."
    ),
]
DaemonConfirmationsOption = Annotated[
    str | None,
    typer.Option(
        help="How many blocks lie on top of the one that is read, or `safe` or `finalized`; "
        "default: the deployment's."
    ),
]
PollOption = Annotated[
    float, typer.Option(min=0.05, help="Seconds between two looks at the chain.")
]
WorkDirOption = Annotated[
    Path | None,
    typer.Option(help="Directory for this daemon's files; default: beside the deployment file."),
]
MaxFeeOption = Annotated[
    int | None, typer.Option(min=1, help="The most to pay per unit of gas, in gwei.")
]
ThreadsOption = Annotated[int, typer.Option(min=1, help="CPU threads that torch may use.")]
LogLevelOption = Annotated[
    Literal["debug", "info", "warning", "error"],
    typer.Option(
        help="The least that is said: info leaves out what libraries say below a warning; debug "
        "is all that they say. Secrets are left out at every level."
    ),
]
KeepDaysOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Days for which what reports rest on is kept after its last use, no fewer than the "
        "task's spec says; 0 for ever. Default: what the spec says.",
    ),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        help="Contract address, instead of a deployment file; needs --rpc, and --store for files."
    ),
]
FromBlockOption = Annotated[
    int | None,
    typer.Option(min=0, help="First block to read events from; default: the deployment's, or 0."),
]
PatienceOption = Annotated[
    float,
    typer.Option(
        min=0.0,
        help="Seconds to wait, in all, for chain or store where they refuse for a while.",
        envvar="FEDJURY_PATIENCE",
    ),
]
SplitSeedOption = Annotated[
    int,
    typer.Option(
        min=0,
        max=2**32 - 1,
        help="Seed that splits the test data for the jury; 0 leaves the dataset's order.",
    ),
]


@dataclass(frozen=True)
class KeyOptions:
    """The account that a command acts for."""

    keystore: KeystoreOption
    password_file: PasswordFileOption = None


@dataclass(frozen=True)
class DaemonOptions:
    """The task that a daemon works for, and how it does."""

    deployment: DeploymentOption = DEPLOYMENT
    rpc: RpcOption = None
    store: StoreOption = None
    work_dir: WorkDirOption = None
    confirmations: DaemonConfirmationsOption = None
    poll: PollOption = 2.0
    max_fee_gwei: MaxFeeOption = None

    def work_directory(self, role: str, account: str, task: str) -> Path:
        """Where a daemon keeps its files.

        Args:
            role: ``oracle``, ``client`` or ``relay``.
            account, task: addresses of both, the account's checksummed (EIP-55).
        """
        from eth_utils.address import to_checksum_address  # noqa: PLC0415 (slow)

        top = self.work_dir or self.deployment.parent
        return top / f"{role}-{account}" / to_checksum_address(task)

    def parse_confirmations(self) -> Confirmations | None:
        """The value of --confirmations; None where it is not given.

        Raises:
            ConfigError: neither a count nor a tag.
        """
        return None if self.confirmations is None else parse_confirmations(self.confirmations)


@dataclass(frozen=True)
class TaskOptions(DaemonOptions):
    """The task that a daemon takes part in with the task's model, and how it does."""

    allow_model: AllowModelOption = None


@dataclass(frozen=True)
class ChainReadOptions:
    """A task of which the chain alone is read."""

    deployment: DeploymentOption = DEPLOYMENT
    rpc: RpcOption = None
    task: TaskOption = None
    from_block: FromBlockOption = None
    patience: PatienceOption = PATIENCE_SECONDS

    def location(self) -> "TaskLocation":
        """Where the task is; what becomes of several nodes is told on standard error.

        Raises:
            ConfigError: no usable deployment file, and not enough options to do without.
        """
        return self._located(None)

    def _located(self, store: list[str] | None) -> "TaskLocation":
        from fedjury.task.location import find_location  # noqa: PLC0415 (slow)

        return find_location(
            self.deployment,
            self.rpc,
            store,
            self.task,
            self.from_block,
            listener=streams.complain_of,
        )


@dataclass(frozen=True)
class ReadOptions(ChainReadOptions):
    """A task of which chain and store are read."""

    store: StoreOption = None

    def location(self) -> "TaskLocation":
        """Where the task is; what becomes of several nodes or stores is told on standard error.

        Raises:
            ConfigError: no usable deployment file, and not enough options to do without.
        """
        return self._located(self.store)


def parse_confirmations(text: str) -> Confirmations:
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
