"""`fedjury relay`: takes in clients' signed updates over HTTP, and posts them in batches."""

import re
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.runtime.events import Listener
    from fedjury.task.location import TaskLocation
    from fedjury.task.on_chain import TaskOnChain

EXAMPLE = (
    "Example: fedjury relay --keystore relayer.json --password-file password.txt "
    "--listen 127.0.0.1:8480 --margin 60; to post as soon as 500 updates wait, add: --every 500"
)
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):([0-9]{1,5})")
_LAST_PORT = 65_535


@grouped
def relay(
    key: options.KeyOptions,
    where: options.DaemonOptions,
    listen: Annotated[
        str,
        typer.Option(
            help="Host and port to take requests at; port 0 takes a free one. For TLS, put a proxy "
            "before it."
        ),
    ] = "127.0.0.1:8480",
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Post as soon as so many updates wait; default: once a round, before its time for "
            "batches ends.",
        ),
    ] = None,
    margin: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Seconds before the round's time for batches ends, when the rest is posted and "
            "nothing more is taken in; default: a quarter of that time, at most 120.",
        ),
    ] = None,
    keep_mb: Annotated[
        int,
        typer.Option(
            min=0,
            help="Megabytes of update files that clients hand in, until they may be in the store.",
        ),
    ] = 1024,
    address_rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second from one address; 0 for no limit.")
    ] = 50.0,
    client_rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second of one client; 0 for no limit.")
    ] = 1.0,
    proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address of a proxy whose X-Forwarded-For is believed; repeatable."),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take in clients' signed updates over HTTP, give receipts, and post them in batches.

    Safe to kill at any moment: what has a receipt is on disk, and no batch is posted twice. Nothing
    else may send transactions from its account.
    """
    from fedjury.runtime.signals import DAEMON, end_in

    stop = end_in(DAEMON)  # before imports that take a while
    from fedjury.cli.output import Output
    from fedjury.relay.daemon import Settings, run_relay
    from fedjury.relay.schedule import choose_schedule
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import retry_until_stopped
    from fedjury.runtime.patience import Patience
    from fedjury.task.files import fetch_spec
    from fedjury.task.location import find_location
    from fedjury.task.timing import choose_confirmations

    output = Output(as_json, outlasting=True)
    depth, (host, port) = where.parse_confirmations(), _parse_place(listen)
    location = find_location(where.deployment, where.rpc, where.store)
    account = open_account(key.keystore, key.password_file)
    work = where.work_directory("relay", account.address, location.task)
    with sole_user(work, output.event):
        task = _join(location, account.address, stop, output.event)
        if task is None:
            return
        schedule = choose_schedule(task.config.batch_seconds, every, margin)
        store = location.open_store(Patience.of_daemon())
        spec = retry_until_stopped(
            lambda: fetch_spec(store, task.config.spec_digest), stop, output.event
        )
        if spec is None:
            return
        settings = Settings(
            schedule=schedule,
            host=host,
            port=port,
            confirmations=choose_confirmations(location.deployment, depth),
            keep_bytes=keep_mb * 1_000_000,
            address_rate=address_rate,
            client_rate=client_rate,
            proxies=tuple(proxy or ()),
            max_fee_gwei=where.max_fee_gwei,
            poll_seconds=where.poll,
        )
        output.event(Started(role="relay", address=account.address, task=task.name))
        run_relay(task, spec, store, account, work, settings, stop, output.event)


def _join(
    location: "TaskLocation", address: str, stop: threading.Event, listener: "Listener"
) -> "TaskOnChain | None":
    """The task, for a relayer of it; waits while the chain is down; None when stopped before."""
    from fedjury.relay.relay import require_relayer
    from fedjury.runtime.loop import retry_until_stopped
    from fedjury.runtime.patience import Patience

    def joined() -> "TaskOnChain":
        task = location.on_chain(Patience.of_daemon())
        require_relayer(task, address)
        return task

    return retry_until_stopped(joined, stop, listener)


def _parse_place(text: str) -> tuple[str, int]:
    """Host and port of --listen."""
    found = _PLACE.fullmatch(text)
    if found is None or int(found[2]) > _LAST_PORT:
        raise ConfigError(f"--listen takes HOST:PORT, such as 127.0.0.1:8480, not {text!r:.80}")
    return found[1].strip("[]"), int(found[2])
