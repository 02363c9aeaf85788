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


def make_room(directory: Path) -> None:
    """Make a run's directory, empty; what lies in it goes.

    Keys of an earlier run are moved beside the directory, to ``NAME-keys-1`` (or the next number
    that is free), unless the earlier run's chain is known to be gone.

    Args:
        directory: of the run; whoever calls answers for what is in it, see `require_room`.
    """
    keys = keys_directory(directory)
    if keys.exists() and not _chain_is_gone(directory):
        keys.rename(_aside(directory.resolve()))
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)


def _chain_is_gone(directory: Path) -> bool:
    """Whether an earlier run's chain was its own; no, where its files do not tell."""
    try:
        rpc = load_deployment(deployment_file(directory)).rpc
        return rpc == EMBEDDED or rpc == status(devnet_directory(directory)).chain.url
    except (ConfigError, DevnetError):
        return False


def _aside(directory: Path) -> Path:
    names = (f"{directory.name}-keys-{number}" for number in itertools.count(1))
    return next(path for name in names if not (path := directory.with_name(name)).exists())
