"""The directory of a live run: made empty without losing keys that may be worth something.

A run pays its clients and jurors for their gas and keeps their keys in ``keys/``. When the run's
chain was embedded or a devnet of its own, it is gone with the run, and so is what they held. On any
other chain the rest of the ether is still theirs.
"""

import itertools
import shutil
from pathlib import Path

from fedjury.chain.rpc.providers import EMBEDDED
from fedjury.devnet import status
from fedjury.errors import ConfigError, DevnetError
from fedjury.runtime.files import missing_directories, remove_empty
from fedjury.task.deployment_file import load_deployment


def deployment_file(directory: Path) -> Path:
    """The deployment file of a run in this directory."""
    return directory / "deployment.json"


def keys_directory(directory: Path) -> Path:
    """The keystores of the jurors and clients of a run in this directory."""
    return directory / "keys"


def devnet_directory(directory: Path) -> Path:
    """The devnet of a run in this directory, where it has one."""
    return directory / "devnet"


def require_room(directory: Path) -> None:
    """Make sure that nothing but an earlier run lies where a run is to be.

    Raises:
        ConfigError: what is in the directory is no run.
    """
    is_free = not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))
    if not is_free and not deployment_file(directory).exists():
        raise ConfigError(f"{directory} exists and holds no run: say another name")


class Room:
    """A run's directory, made empty; an earlier run waits beside it until this one has come to one.

    Args:
        directory: of the run; whoever calls answers for what is in it, see `require_room`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.resolve()
        self._made = missing_directories(self._directory)
        self._earlier: Path | None = None
        if self._directory.exists():
            self._earlier = _free(self._directory, ".{name}-earlier-{number}")
            self._directory.rename(self._earlier)
        self._directory.mkdir(parents=True)
        self.kept = False

    def keep(self) -> None:
        """Let the earlier run go: from now on the directory holds a run of its own.

        Keys of the earlier run are moved beside the directory, to ``NAME-keys-1`` (or the next
        number that is free), unless that run's chain is known to be gone.
        """
        self.kept = True
        if self._earlier is None:
            return
        if not _chain_is_gone(self._earlier):
            self._set_keys_aside(self._earlier)
        shutil.rmtree(self._earlier)
        self._earlier = None

    def give_back(self, *, save_keys: bool) -> None:
        """Make everything as it was before.

        Args:
            save_keys: whether keys of this run are moved beside the directory first.
        """
        if save_keys:
            self._set_keys_aside(self._directory)
        shutil.rmtree(self._directory)
        if self._earlier is None:
            remove_empty(self._made)
        else:
            self._earlier.rename(self._directory)

    def _set_keys_aside(self, run: Path) -> None:
        if keys_directory(run).exists():
            keys_directory(run).rename(_free(self._directory, "{name}-keys-{number}"))


def _chain_is_gone(directory: Path) -> bool:
    """Whether an earlier run's chain was its own; no, where its files do not tell."""
    try:
        rpc = load_deployment(deployment_file(directory)).rpc
        return rpc == EMBEDDED or rpc == status(devnet_directory(directory)).chain.url
    except (ConfigError, DevnetError):
        return False


def _free(directory: Path, form: str) -> Path:
    """The first path beside a directory that nothing has yet.

    Args:
        directory: beside which, and whose name is part of the path's.
        form: of the path's name, with {name} and {number}.
    """
    names = (form.format(name=directory.name, number=number) for number in itertools.count(1))
    return next(path for name in names if not (path := directory.with_name(name)).exists())
