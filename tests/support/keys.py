"""Keystores of a task's members, and how `fedjury deploy` creates it."""

from pathlib import Path

from fedjury.data import load_dataset
from fedjury.data.commitments import FILE_NAME
from fedjury.data.making import jury_half, make_slices
from fedjury.data.slicing import choose_sizes
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
        """Arguments of a `fedjury deploy` that puts its file into this directory.

        The slice that it commits to, of the digits unless `slices` was called before, lies there as
        well, or where there is no such directory beside the keys.
        """
        place = directory if directory.is_dir() else self._directory.parent
        members: list[object] = ["--juror", self.accounts[1].address]
        for client in self.accounts[2:]:
            members += ["--client", client.address]
        where = ["--rpc", rpc, "--store", store, "--out", directory / "deployment.json"]
        where += ["--commitments", self.slices(place) / FILE_NAME]
        return ["deploy", *self.options(0), *where, *members, *SMALL_MODEL, *options]

    def slices(
        self, directory: Path, data: str = "digits", data_dir: Path | None = None, seed: int = 0
    ) -> Path:
        """The directory of the jury's slices beside a deployment file.

        Args:
            directory: of the deployment file.
            data, data_dir: the dataset, if the slices are to be made.
            seed: of the split of its test part.
        """
        place = directory / "verification"
        if not (place / FILE_NAME).exists():
            judged = jury_half(load_dataset(data, data_dir), seed)
            make_slices(judged, choose_sizes(len(judged)), place)
        return place
