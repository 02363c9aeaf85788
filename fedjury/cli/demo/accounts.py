"""Accounts made for one run, and paid for."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain import wire
from fedjury.chain.connection import Chain
from fedjury.chain.contract import ContractCall
from fedjury.chain.transactions import TransactionSender
from fedjury.keystore import create_keystore

_GAS_PER_ROUND = 300_000
_BLOCK_GAS = 30_000_000
_PRICE_MARGIN = 3
_FAST_SCRYPT = 4096  # the keys only ever hold the price of a demo's gas


def new_accounts(count: int, directory: Path) -> list[LocalAccount]:
    """Fresh accounts, kept as keystores so that no ether on them is lost.

    The password lies beside them in password.txt.
    """
    directory.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    password_file = directory / "password.txt"
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n", encoding="utf-8")
    accounts: list[LocalAccount] = [Account.create() for _ in range(count)]
    for account in accounts:
        create_keystore(
            directory / f"{account.address}.json", password, account=account, work=_FAST_SCRYPT
        )
    return accounts


def fund(
    chain: Chain, treasury: TransactionSender, accounts: Sequence[LocalAccount], rounds: int
) -> None:
    """Give each account enough for its part in so many rounds.

    Raises:
        InsufficientFunds: the treasury cannot.
    """
    # eth-tester simulates with the gas of a whole block, and wants that to be affordable
    gas = _BLOCK_GAS if chain.url == "embedded" else _GAS_PER_ROUND * (rounds + 1)
    price = wire.quantity(chain.request("eth_gasPrice"), "the gas price")
    amount = price * _PRICE_MARGIN * gas
    for account in accounts:
        treasury.send(ContractCall("transfer", account.address, b"", amount))
