"""Keystores of a task's members, and how `fedjury deploy` creates it."""

from pathlib import Path

from fedjury.devnet.keystores import devnet_accounts, write_keystores

CLIENTS = 2
SMALL_MODEL = ("--model-arguments", '{"hidden": 16}', "--epochs", 3, "--batch-size", 16)


class Keys:
    """Keystores of the devnet's accounts: 0 coordinates, 1 judges, the other two are clients.

    Args:
        directory: where they are written.

    Attributes:
        accounts: by number.
        password_file: opens all of them.
    """

    def __init__(self, directory: Path) -> None:
        self.accounts = devnet_accounts(2 + CLIENTS)
        self.password_file = directory / "password.txt"
        self._directory = directory / "keys"
        write_keystores(self._directory, self.password_file, self.accounts)

    def options(self, number: int) -> list[object]:
        """The options that open an account."""
        name = f"{number}-{self.accounts[number].address}.json"
        return ["--keystore", self._directory / name, "--password-file", self.password_file]

    def deploy(self, directory: Path, rpc: str, store: str, *options: object) -> list[object]:
        """Arguments of a `fedjury deploy` that puts its files into this directory."""
        members: list[object] = ["--juror", self.accounts[1].address]
        for client in self.accounts[2:]:
            members += ["--client", client.address]
        where = ["--rpc", rpc, "--store", store, "--out", directory / "deployment.json"]
        return ["deploy", *self.options(0), *where, *members, *SMALL_MODEL, *options]
