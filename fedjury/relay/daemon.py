"""A relay as a daemon: its queue on disk, its HTTP server, and its cycles."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.protocol.task_spec import TaskSpec
from fedjury.relay.assembly import assemble
from fedjury.relay.events import Listening
from fedjury.relay.files import HandedFiles
from fedjury.relay.health import RelayHealth, lateness
from fedjury.relay.intake import Intake
from fedjury.relay.metrics import Metrics
from fedjury.relay.queue import Queue
from fedjury.relay.relay import Relay
from fedjury.relay.schedule import Schedule
from fedjury.relay.server import Limits, Server
from fedjury.relay.shelf import Shelf
from fedjury.relay.status import status_document
from fedjury.relay.window import Window
from fedjury.runtime.events import Event, Listener
from fedjury.runtime.http.limits import RateLimit
from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.thread import HttpThread
from fedjury.runtime.loop import Step, run_cycles
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.vitals.chain_watch import ChainWatch
from fedjury.task.vitals.purse import BATCH_GAS, Purse
from fedjury.task.vitals.sentry import Sentry

RECEIPT_TIMEOUT = 60.0  # then the relay looks around, and sends the batch at the same nonce again
STUCK_AFTER = 30.0
BURST_SECONDS = 20  # of requests that a quiet address or client may send at once


@dataclass(frozen=True)
class Settings:
    """How a relay works.

    Attributes:
        schedule: when updates become a batch.
        host, port: where it listens; port 0 takes a free one.
        confirmations: blocks on top of what counts as settled, or a block tag.
        keep_bytes: of files that clients hand in, until they may be in the store.
        address_rate: requests a second from one address; 0 for no limit.
        client_rate: the same of one client.
        proxies: peers whose ``X-Forwarded-For`` is believed.
        max_fee_gwei: the most to offer per unit of gas; None for no limit.
        poll_seconds: between two looks at the chain.
        send_poll_seconds: between two looks for a transaction's receipt.
    """

    schedule: Schedule
    host: str = "127.0.0.1"
    port: int = 0
    confirmations: int | BlockTag = 0
    keep_bytes: int = 1 << 30
    address_rate: float = 50.0
    client_rate: float = 1.0
    proxies: Proxies = field(default_factory=Proxies)
    max_fee_gwei: int | None = None
    poll_seconds: float = 2.0
    send_poll_seconds: float = 1.0


def run_relay(
    task: TaskOnChain,
    spec: TaskSpec,
    store: ContentStore,
    account: LocalAccount,
    directory: Path,
    settings: Settings,
    stop: threading.Event,
    listener: Listener,
) -> None:
    """Be a relay until the task is finished or somebody sets `stop`.

    Goes on where the last process in this directory stopped, however it ended.

    Args:
        task: whose relay it is.
        spec: the task's; says how large an update's file may be.
        store: where batches and files go.
        account: the relayer's: pays, and signs receipts.
        directory: for its files; its own.
        settings: how it works.
        stop: set by whoever wants to stop.
        listener: is told what happens.

    Raises:
        ConfigError: the queue cannot be used, or the address not be listened on.
        TransactionReverted: the contract refuses a batch for a reason that nobody foresaw.
    """
    metrics, window = Metrics(), Window()
    purse = Purse(task.chain, account.address, BATCH_GAS)

    def tell(event: Event) -> None:
        metrics.event(event)
        health.event(event)
        listener(event)

    shelf = Shelf(store, tell)
    health = RelayHealth(purse, shelf, window)
    with _on_disk(task, spec, account.address, directory, settings.keep_bytes) as (queue, files):
        relay = assemble(
            task,
            shelf,
            _sender(task, account, settings),
            queue,
            files,
            window,
            purse,
            settings.schedule,
            tell,
            settings.confirmations,
        )
        _show(metrics, queue, window, purse, health)
        sentry = _watched(task, account.address, queue, window, health)
        intake = Intake(account, task.chain.chain_id, task.contract.address, window, queue)
        status = partial(status_document, task, account.address, queue, window)
        server = Server(intake, files, status, health, metrics, _limits(settings))
        with closing(intake), sentry, HttpThread(server, settings.host, settings.port) as http:
            tell(Listening(url=http.url))
            cycle = health.watch(partial(_cycle, http, relay))
            run_cycles(cycle, stop, settings.poll_seconds, tell)


def _cycle(http: HttpThread, relay: Relay) -> Step:
    http.require_running()
    return relay.cycle()


@contextmanager
def _on_disk(
    task: TaskOnChain, spec: TaskSpec, address: str, directory: Path, keep_bytes: int
) -> Iterator[tuple[Queue, HandedFiles]]:
    """The relay's queue, open while the block runs, and the files that clients hand in."""
    owner = {"account": address, "task": task.name}
    with closing(Queue(directory / "queue.sqlite3", owner)) as queue:
        yield queue, HandedFiles(directory / "files", queue, spec.update.max_bytes, keep_bytes)


def _sender(task: TaskOnChain, account: LocalAccount, settings: Settings) -> TransactionSender:
    return TransactionSender(
        task.chain,
        account,
        receipt_timeout=RECEIPT_TIMEOUT,
        stuck_after=STUCK_AFTER,
        max_fee_gwei=settings.max_fee_gwei,
        poll_interval=settings.send_poll_seconds,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(_rate(settings.address_rate), _rate(settings.client_rate), settings.proxies)


def _rate(per_second: float) -> RateLimit:
    return RateLimit(per_second, max(1, round(BURST_SECONDS * per_second)))


def _watched(
    task: TaskOnChain, address: str, queue: Queue, window: Window, health: RelayHealth
) -> Sentry:
    """Who looks at the chain beside the relay's cycles, and tells its health what is wrong."""
    sentry = Sentry(task, address, ChainWatch(task.chain))
    health.checks += [lambda: sentry.trouble, lambda: lateness(window, queue)]
    return sentry


def _show(
    metrics: Metrics, queue: Queue, window: Window, purse: Purse, health: RelayHealth
) -> None:
    """Have the metrics read what is to be seen of the relay now."""

    def queued() -> float:
        found = window.open
        return 0.0 if found is None else float(queue.waiting(found.key))

    metrics.watch(
        queued,
        lambda: window.height,
        lambda: purse.balance,
        lambda: health.trouble,
    )
