"""The demo's chain and store: embedded, from a devnet of its own, or at the user's addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from fedjury.chain.connection import Chain
from fedjury.cli.demo.accounts import account_from_node
from fedjury.cli.demo.options import DemoOptions
from fedjury.cli.session import open_account
from fedjury.devnet import DevnetStatus, devnet_accounts, down, up
from fedjury.store import ContentStore, open_store


@dataclass(frozen=True)
class Services:
    """An open chain and store, where they are, and an account that pays for everything."""

    chain: Chain
    store: ContentStore
    store_location: str
    treasury: LocalAccount


@contextmanager
def open_services(options: DemoOptions) -> Iterator[Services]:
    """Open what the options name; a devnet is started for the run and stopped after it."""
    if options.chain == "ganache" or options.store == "ipfs":
        directory = options.directory / "devnet"
        devnet = up(directory)
        try:
            yield _open(options, devnet)
        finally:
            down(directory)
    else:
        yield _open(options, None)


def _open(options: DemoOptions, devnet: DevnetStatus | None) -> Services:
    rpc, store = options.chain, options.store
    if devnet and rpc == "ganache":
        rpc = devnet.chain.url
    if devnet and store == "ipfs":
        store = devnet.ipfs.url
    if store == "embedded":
        store = f"dir:{options.directory / 'store'}"
    chain = Chain.connect(rpc)
    return Services(chain, open_store(store), store, _treasury(options, chain))


def _treasury(options: DemoOptions, chain: Chain) -> LocalAccount:
    if options.keystore is not None:
        return open_account(options.keystore, options.password_file)
    if options.chain == "embedded":
        from fedjury.chain.embedded import funded_accounts  # noqa: PLC0415 (needs fedjury[demo])

        return funded_accounts(chain.web3)[0]
    if options.chain == "ganache":
        return devnet_accounts(1)[0]
    return account_from_node(chain)
