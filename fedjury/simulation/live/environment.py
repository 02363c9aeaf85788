"""Where a live federation runs: embedded parts, a devnet of its own, or given addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.providers import EMBEDDED, without_secrets
from fedjury.devnet import ChainKind, devnet_accounts, down, up
from fedjury.errors import ConfigError, FatalError
from fedjury.runtime.keystore import open_account
from fedjury.simulation.live.accounts import account_from_node, hold_nothing
from fedjury.simulation.live.room import Room, devnet_directory, keys_directory
from fedjury.store import is_ipfs, open_store
from fedjury.store import without_secrets as store_without_secrets

_DEVNET_CHAINS: tuple[ChainKind, ...] = get_args(ChainKind)
_DEVNET_STORE = "ipfs"


@dataclass(frozen=True)
class Environment:
    """Where a live federation is to run.

    Attributes:
        chain: ``embedded``, a chain of the devnet (``ganache``, ``anvil``), or an RPC URL.
        store: ``embedded``, ``ipfs``, an IPFS API address, or ``dir:PATH``.
        keystore: an account that pays for everything, where the node has none.
        password_file: of the keystore.
    """

    chain: str
    store: str
    keystore: Path | None = None
    password_file: Path | None = None

    @property
    def devnet_chain(self) -> ChainKind | None:
        """The chain of the devnet that the run needs; None where it needs no devnet."""
        for kind in _DEVNET_CHAINS:
            if kind == self.chain:
                return kind
        return _DEVNET_CHAINS[0] if self.store == _DEVNET_STORE else None

    @property
    def stays(self) -> bool:
        """Whether chain and store are still there after the run."""
        embedded_chain = self.chain in (EMBEDDED, *_DEVNET_CHAINS)
        return not embedded_chain and self.store != _DEVNET_STORE


@dataclass(frozen=True)
class OpenEnvironment:
    """An open environment.

    Attributes:
        chain: connected.
        store: location of the content store.
        directory: for all of the run's files.
        treasury: an account that pays for everything.
        room: to keep, as soon as the directory holds a run.
    """

    chain: Chain
    store: str
    directory: Path
    treasury: LocalAccount
    room: Room


@dataclass(frozen=True)
class _Locations:
    """The RPC endpoint and the location of the content store."""

    rpc: str
    store: str


def shown(address: str) -> str:
    """A chain or store as files and people may see it: of a URL only scheme, host and port."""
    is_url = "://" in address
    return without_secrets(address) if is_url else store_without_secrets(address)


@contextmanager
def open_environment(environment: Environment, directory: Path) -> Iterator[OpenEnvironment]:
    """Open what the environment names, in a directory that is made empty.

    Whatever exists before the run (a chain, a store, a keystore) has to work before anything in
    the directory goes. A devnet is started for the run and stopped after it. Where the block fails
    before it keeps the room, the directory is as it was before, and so is an earlier run in it.

    Args:
        environment: where to run.
        directory: for the run's files; see `Room`.

    Raises:
        FedjuryError: something that the environment names does not work.
    """
    _require_store(environment)
    treasury = _keystore_account(environment)
    chain = None if environment.chain in _DEVNET_CHAINS else Chain.connect(environment.chain)
    if chain is not None and treasury is None:
        treasury = _account_on(chain)
    room = Room(directory)
    try:
        with _locations(environment, directory) as found:
            yield OpenEnvironment(
                chain=chain or Chain.connect(found.rpc),
                store=found.store,
                directory=directory,
                treasury=treasury or devnet_accounts(1)[0],
                room=room,
            )
    except BaseException as error:
        if not room.kept:
            room.give_back(save_keys=_may_hold_ether(chain, keys_directory(directory), error))
        raise
    room.keep()


def require_environment(environment: Environment) -> None:
    """Make sure that what an environment names works, before anything is written.

    Raises:
        FedjuryError: keystore, store or chain do not work; a devnet is not tried.
    """
    _require_store(environment)
    _keystore_account(environment)
    if environment.chain not in (EMBEDDED, *_DEVNET_CHAINS):
        Chain.connect(environment.chain)


def _may_hold_ether(chain: Chain | None, keys: Path, error: BaseException) -> bool:
    """Whether keys of a run that came to nothing are worth keeping.

    Args:
        chain: that was there before the run; None for a devnet of its own, which is gone with it.
        keys: directory of the keystores.
        error: that ended the run; after a transient one, ether may still be on its way.
    """
    if chain is None or chain.url == EMBEDDED:
        return False
    return not (isinstance(error, FatalError) and hold_nothing(chain, keys))


def _require_store(environment: Environment) -> None:
    location = environment.store
    if location in (EMBEDDED, _DEVNET_STORE):
        return
    if not (is_ipfs(location) or location.startswith("dir:")):
        raise ConfigError(
            f"the store is embedded, ipfs, an IPFS API address, as http://127.0.0.1:5001, or "
            f"dir:PATH, not {location!r}"
        )
    open_store(location).check()


def _keystore_account(environment: Environment) -> LocalAccount | None:
    if environment.keystore is None:
        return None
    return open_account(environment.keystore, environment.password_file)


def _account_on(chain: Chain) -> LocalAccount:
    """An account with ether on a chain that is no devnet of the run's own."""
    if chain.url != EMBEDDED:
        return account_from_node(chain)
    from fedjury.chain.rpc.embedded import funded_accounts  # noqa: PLC0415 (optional)

    return funded_accounts(chain.web3)[0]


@contextmanager
def _locations(environment: Environment, directory: Path) -> Iterator[_Locations]:
    """Where chain and store are, while they are there."""
    rpc, store = environment.chain, environment.store
    if store == EMBEDDED:
        store = f"dir:{directory / 'store'}"
    if environment.devnet_chain is None:
        yield _Locations(rpc, store)
        return
    devnet = up(devnet_directory(directory), chain=environment.devnet_chain)
    try:
        yield _Locations(
            rpc=devnet.chain.url if rpc in _DEVNET_CHAINS else rpc,
            store=devnet.ipfs.url if store == _DEVNET_STORE else store,
        )
    finally:
        down(devnet_directory(directory))
