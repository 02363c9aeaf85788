"""Accounts made for one run, and paid for."""

import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.errors import ChainUnavailable, ConfigError
from fedjury.runtime.files import write_whole
from fedjury.runtime.keystore import create_keystore

_GAS_PER_ROUND = 300_000
_BLOCK_GAS = 30_000_000
_GIFT = 10 * 10**18
_GIFT_PATIENCE = 60  # seconds
_PRICE_MARGIN = 3
_FAST_SCRYPT = 4096  # the keys only ever hold the price of a demo's gas


def new_accounts(count: int, directory: Path) -> list[LocalAccount]:
    """Fresh accounts in ascending order, kept as keystores so that no ether on them is lost (see
    `Room`).

    Args:
        count: how many.
        directory: for the keystores; their password lies beside them in password.txt.
    """
    directory.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    write_whole(directory / "password.txt", password + "\n", private=True)
    accounts: list[LocalAccount] = [Account.create() for _ in range(count)]
    accounts.sort(key=lambda account: account.address.lower())
    for account in accounts:
        create_keystore(
            directory / f"{account.address}.json", password, account=account, work=_FAST_SCRYPT
        )
    return accounts


def hold_nothing(chain: Chain, directory: Path) -> bool:
    """Whether the accounts of `new_accounts` certainly have no ether; no, where nobody answers."""
    addresses = [path.stem for path in directory.glob("0x*.json")]
    try:
        return not any(
            json_rpc.quantity(chain.request("eth_getBalance", address, "latest"), "a balance")
            for address in addresses
        )
    except ChainUnavailable:
        return False


def account_from_node(chain: Chain) -> LocalAccount:
    """A new account, funded by a development node from one whose key it holds itself.

    Raises:
        ConfigError: the node holds no keys, as public ones do not.
        ChainUnavailable: no usable answer, or the gift does not arrive.
    """
    holders = chain.request("eth_accounts")
    if not isinstance(holders, list) or not holders:
        raise ConfigError(f"{chain.endpoint} has no accounts to spend: name one by --keystore")
    account: LocalAccount = Account.create()
    gift = {"from": holders[0], "to": account.address, "value": hex(_GIFT)}
    chain.request("eth_sendTransaction", gift)
    for _ in range(_GIFT_PATIENCE):
        balance = chain.request("eth_getBalance", account.address, "latest")
        if json_rpc.quantity(balance, "a balance"):
            return account
        time.sleep(1)
    raise ChainUnavailable(f"{chain.endpoint} does not mine")


def fund(
    chain: Chain, treasury: TransactionSender, accounts: Sequence[LocalAccount], rounds: int
) -> None:
    """Give each account enough for its part in so many rounds.

    Raises:
        InsufficientFunds: the treasury cannot.
    """
    # eth-tester simulates with the gas of a whole block, and wants that to be affordable
    gas = _BLOCK_GAS if chain.url == "embedded" else _GAS_PER_ROUND * (rounds + 1)
    price = json_rpc.quantity(chain.request("eth_gasPrice"), "the gas price")
    amount = price * _PRICE_MARGIN * gas
    for account in accounts:
        treasury.send(ContractCall("transfer", account.address, b"", amount))
