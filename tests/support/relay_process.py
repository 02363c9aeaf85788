"""The relay's daemon in processes that start at once, as what it imports is loaded beforehand."""

import multiprocessing
import threading
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from eth_account import Account

from fedjury.relay.daemon import Settings, run_relay
from fedjury.runtime.events import Event
from fedjury.runtime.lock import sole_user
from fedjury.store import DirectoryStore
from fedjury.task.files import fetch_spec
from fedjury.task.location import TaskLocation

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.relay_process"])


@dataclass(frozen=True)
class RelayPlace:
    """Where a relay works.

    Attributes:
        rpc: URL of the chain.
        task: the contract's address.
        store: the directory that has the task's files.
        work: the relay's own directory.
        log: takes what it tells, a line each.
        key: the relayer's.
        settings: how it works.
    """

    rpc: str
    task: str
    store: Path
    work: Path
    log: Path
    key: bytes
    settings: Settings


def start(place: RelayPlace) -> BaseProcess:
    """Start a relay; `kill` it, and `join` it."""
    process = _CONTEXT.Process(target=_run, args=(place,), daemon=True)
    process.start()
    return process


def _run(place: RelayPlace) -> None:
    location = TaskLocation(place.rpc, str(place.store), place.task, 0, None, None)
    with place.log.open("a", encoding="utf-8") as log:

        def tell(event: Event) -> None:
            log.write(f"{event.name}: {event.sentence}\n")
            log.flush()

        with sole_user(place.work, tell):
            task, store = location.on_chain(), DirectoryStore(place.store)
            run_relay(
                task,
                fetch_spec(store, task.config.spec_digest),
                store,
                Account.from_key(place.key),
                place.work,
                place.settings,
                threading.Event(),
                tell,
            )
