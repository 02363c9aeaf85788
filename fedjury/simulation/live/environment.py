"""Where a live federation runs: embedded parts, a devnet of its own, or given addresses."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import ChainKind, DevnetStatus, devnet_accounts, down, up
from fedjury.errors import ConfigError
from fedjury.runtime.keystore import open_account
from fedjury.simulation.live.accounts import account_from_node

_DEVNET_CHAINS: tuple[ChainKind, ...] = get_args(ChainKind)


@dataclass(frozen=True)
class Environment:
    """Where a live federation is to run.

    Attributes:
        chain: ``embedded``, a chain of the devnet (``ganache``, ``anvil``), or an RPC URL.
        store: ``embedded``, ``ipfs``, or an IPFS API address.
        directory: for all of the run's files.
        keystore: an account that pays for everything, where the node has none.
        password_file: of the keystore.
    """

    chain: str
    store: str
    directory: Path
    keystore: Path | None = None
    password_file: Path | None = None


@dataclass(frozen=True)
class OpenEnvironment:
    """An open chain, where the store is, and an account that pays for everything."""

    chain: Chain
    store: str
    directory: Path
    treasury: LocalAccount


@contextmanager
def open_environment(environment: Environment) -> Iterator[OpenEnvironment]:
    """Open what the environment names; a devnet is started for the run and stopped after it."""
    wanted = [kind for kind in _DEVNET_CHAINS if kind == environment.chain]
    if wanted or environment.store == "ipfs":
        directory = environment.directory / "devnet"
        devnet = up(directory, chain=wanted[0] if wanted else _DEVNET_CHAINS[0])
        try:
            yield _open(environment, devnet)
        finally:
            down(directory)
    else:
        yield _open(environment, None)


def make_room(directory: Path) -> None:
    """An empty directory for a run; an earlier run in it goes.

    Raises:
        ConfigError: what is in it is no run.
    """
    if directory.exists():
        if any(directory.iterdir()) and not (directory / "deployment.json").exists():
            raise ConfigError(f"{directory} exists and holds no run: say another name")
        shutil.rmtree(directory)
    directory.mkdir(parents=True)


def _open(environment: Environment, devnet: DevnetStatus | None) -> OpenEnvironment:
    rpc, store = environment.chain, environment.store
    if devnet and rpc in _DEVNET_CHAINS:
        rpc = devnet.chain.url
    if devnet and store == "ipfs":
        store = devnet.ipfs.url
    if store == "embedded":
        store = f"dir:{environment.directory / 'store'}"
    chain = Chain.connect(rpc)
    return OpenEnvironment(chain, store, environment.directory, _treasury(environment, chain))


def _treasury(environment: Environment, chain: Chain) -> LocalAccount:
    if environment.keystore is not None:
        return open_account(environment.keystore, environment.password_file)
    if environment.chain == "embedded":
        from fedjury.chain.rpc.embedded import funded_accounts  # noqa: PLC0415 (optional)

        return funded_accounts(chain.web3)[0]
    if environment.chain in _DEVNET_CHAINS:
        return devnet_accounts(1)[0]
    return account_from_node(chain)
