"""Opening what most commands start from: deployment, chain, store and task."""

import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import torch
from eth_account.signers.local import LocalAccount

from fedjury.chain.connection import Chain
from fedjury.deployment import Deployment, load_deployment
from fedjury.errors import ConfigError
from fedjury.keystore import load_account, read_password
from fedjury.store import open_store
from fedjury.task import OpenedTask, open_task


@dataclass(frozen=True)
class Place:
    """Where a task is: what a deployment file says, or the options in its stead."""

    rpc: str
    store: str
    task: str
    from_block: int
    chain_id: int | None
    deployment: Deployment | None

    def open(self, allow_model: list[str] | None) -> OpenedTask:
        """Connect and open the task; raises what `Chain.connect` and `open_task` raise."""
        chain = Chain.connect(self.rpc, self.chain_id)
        return open_task(chain, open_store(self.store), self.task, allow_model or ())


def find_place(
    deployment: Path,
    rpc: str | None,
    store: str | None,
    task: str | None = None,
    from_block: int | None = None,
) -> Place:
    """Put the deployment file and the options together.

    Raises:
        ConfigError: no usable deployment file, and not enough options to do without.
    """
    if task is not None:
        if rpc is None or store is None:
            raise ConfigError("--task needs --rpc and --store as well")
        return Place(rpc, store, task, from_block or 0, None, None)
    known = load_deployment(deployment)
    return Place(
        rpc=rpc or known.rpc,
        store=store or known.store,
        task=known.task,
        from_block=known.block if from_block is None else from_block,
        chain_id=known.chain_id,
        deployment=known,
    )


def open_account(keystore: Path, password_file: Path | None) -> LocalAccount:
    """The account of a keystore; asks for the password where none is given.

    Raises:
        KeystoreError: as `load_account`.
    """
    return load_account(keystore, read_password(password_file, prompt=True))


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set, so that a daemon ends between two steps."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def use_threads(threads: int) -> None:
    """How many CPU threads torch may use."""
    torch.set_num_threads(threads)
