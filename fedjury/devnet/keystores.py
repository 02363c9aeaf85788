"""Keystore files (web3 secret storage v3) for the chain's accounts.

The keys come from the mnemonic that Ganache uses with --wallet.deterministic, and that Anvil is
given. Everybody knows them; they are good for a devnet and for nothing else.
"""

import json
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.runtime.files import write_whole

MNEMONIC = "myth like bonus scare over problem client lizard pioneer submit female collect"
PASSWORD = "fedjury-devnet"
# Opening a keystore is slow on purpose; public keys need no such protection, tests need the time.
_PBKDF2_ROUNDS = 1000


def devnet_accounts(count: int) -> list[LocalAccount]:
    """The chain's first `count` accounts (BIP-44 path m/44'/60'/0'/0/n)."""
    Account.enable_unaudited_hdwallet_features()
    return [
        Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
        for number in range(count)
    ]


def write_keystores(directory: Path, password_file: Path, accounts: list[LocalAccount]) -> None:
    """Write <n>-<address>.json for every account, and the password; keeps files that exist."""
    write_whole(password_file, PASSWORD + "\n", private=True)
    for number, account in enumerate(accounts):
        path = directory / f"{number}-{account.address}.json"
        if not path.exists():
            keystore = Account.encrypt(account.key, PASSWORD, "pbkdf2", _PBKDF2_ROUNDS)
            write_whole(path, json.dumps(keystore, indent=2) + "\n", private=True)
