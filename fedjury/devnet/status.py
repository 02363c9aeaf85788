"""What a devnet is, and how it is; and its file, devnet.json."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from fedjury.devnet.process import ProcessRef
from fedjury.errors import DevnetError
from fedjury.runtime.files import write_whole

ChainKind = Literal["ganache", "anvil"]
IpfsKind = Literal["kubo", "jsipfs"]

CHAIN: Final = "chain"
IPFS: Final = "ipfs"

_FORMAT = "fedjury-devnet/1"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a devnet was made with; a later `up` in its directory keeps to it.

    Attributes:
        accounts: how many funded accounts.
        chain_id: EIP-155 chain id.
        block_time: seconds from block to block; None mines at once.
        chain_port, ipfs_port: where the two APIs listen on 127.0.0.1.
        chain: which program is the chain.
        ipfs: which daemon.
        node_modules: where npm packages are looked for; None where they usually are.
    """

    accounts: int
    chain_id: int
    block_time: float | None
    chain_port: int
    ipfs_port: int
    chain: ChainKind
    ipfs: IpfsKind
    node_modules: str | None


@dataclass(frozen=True, slots=True)
class DevnetFile:
    """The contents of devnet.json."""

    settings: Settings
    processes: Mapping[str, ProcessRef] = field(default_factory=dict)

    def save(self, directory: Path) -> None:
        """Write devnet.json, whole or not at all."""
        document = {"format": _FORMAT, **asdict(self)}
        write_whole(_file(directory), json.dumps(document, indent=2) + "\n")


def load(directory: Path) -> DevnetFile | None:
    """Read devnet.json, None if there is none. Raises DevnetError when it is damaged."""
    try:
        document = json.loads(_file(directory).read_text())
        processes = {name: ProcessRef(**ref) for name, ref in document["processes"].items()}
        return DevnetFile(_settings(document["settings"]), processes)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DevnetError(
            f"{_file(directory)} is damaged ({error}): end the devnet's processes by hand, if any "
            "run, and remove the directory"
        ) from error


def _settings(document: Mapping[str, Any]) -> Settings:
    """From a file that says nothing of its chain when there was only Ganache."""
    settings = Settings(**{"chain": "ganache", **document})
    if settings.chain not in get_args(ChainKind):
        raise ValueError(f"unknown chain {settings.chain!r}")
    return settings


def _file(directory: Path) -> Path:
    return directory / "devnet.json"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One of the devnet's two services.

    Attributes:
        kind: which program it is, running or not.
        url: of its API.
        pid: of its process; None when it does not run.
        healthy: whether it runs and answers.
        version: what it says it is; None when it does not answer.
        log: its log file.
    """

    kind: ChainKind | IpfsKind
    url: str
    pid: int | None
    healthy: bool
    version: str | None
    log: Path


@dataclass(frozen=True, slots=True)
class DevnetStatus:
    """A devnet, running or not.

    Attributes:
        directory: holds everything of it.
        chain: Ganache or Anvil; its url is the RPC endpoint.
        ipfs: the IPFS daemon; its url is the API.
        chain_id: EIP-155 chain id.
        accounts: checksummed addresses of the funded accounts.
        keystores: directory of <n>-<address>.json, in the order of the accounts.
        password_file: the keystores' password.
    """

    directory: Path
    chain: ServiceStatus
    ipfs: ServiceStatus
    chain_id: int
    accounts: tuple[str, ...]
    keystores: Path
    password_file: Path

    @property
    def healthy(self) -> bool:
        """Whether both services run and answer."""
        return self.chain.healthy and self.ipfs.healthy

    @property
    def running(self) -> bool:
        """Whether any process of it runs."""
        return self.chain.pid is not None or self.ipfs.pid is not None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        document: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return {**document, "healthy": self.healthy, "running": self.running}
