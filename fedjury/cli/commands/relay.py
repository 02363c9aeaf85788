"""`fedjury relay`: takes in clients' signed updates over HTTP, and posts them in batches."""

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.cli.relay_options import RelayOptions

if TYPE_CHECKING:
    from fedjury.runtime.events import Listener
    from fedjury.task.location import TaskLocation
    from fedjury.task.on_chain import TaskOnChain

_COMMAND = (
    "fedjury relay --keystore relayer.json --password-file password.txt "
    "--listen 127.0.0.1:8480 --margin 60"
)
EXAMPLE = f"Example: {_COMMAND}\n\nTo post as soon as 500 updates wait: {_COMMAND} --every 500"


@grouped
def relay(
    key: options.KeyOptions,
    where: options.DaemonOptions,
    serving: RelayOptions,
    log_level: options.LogLevelOption = "info",
    as_json: options.JsonOption = False,
) -> None:
    """Take in clients' signed updates over HTTP, give receipts, and post them in batches.

    Safe to kill at any moment: what has a receipt is on disk, and no batch is posted twice. Nothing
    else may send transactions from its account.
    """
    from fedjury.runtime.signals import DAEMON, end_in

    stop = end_in(DAEMON)  # before imports that take a while
    from fedjury.cli.logs import daemon_output
    from fedjury.relay.account_lock import ADVICE, sole_relay
    from fedjury.relay.daemon import run_relay
    from fedjury.relay.schedule import why_short
    from fedjury.relay.time_events import TimeShort
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import retry_until_stopped
    from fedjury.runtime.patience import Patience
    from fedjury.task.files import fetch_spec
    from fedjury.task.location import find_location
    from fedjury.task.timing import choose_confirmations

    output = daemon_output(as_json, log_level)
    depth, _, _ = where.parse_confirmations(), serving.place, serving.proxies
    location = find_location(where.deployment, where.rpc, where.store, listener=output.event)
    account = open_account(key.keystore, key.password_file)
    work = where.work_directory("relay", account.address, location.task)
    with sole_user(work, output.event, advice=ADVICE), ExitStack() as stack:
        joined = _join(location, account.address, stop, output.event)
        if joined is None:
            return
        task, chain, transaction = joined
        stack.enter_context(sole_relay(account.address, chain, output.event))
        settings = serving.settings(
            task.config.batch_seconds,
            transaction,
            choose_confirmations(location.deployment, depth),
            where.max_fee_gwei,
            where.poll,
        )
        store = location.open_store(Patience.of_daemon())
        spec = retry_until_stopped(
            lambda: fetch_spec(store, task.config.spec_digest), stop, output.event
        )
        if spec is None:
            return
        output.event(Started(role="relay", address=account.address, task=task.name))
        if reason := why_short(settings.schedule, task.config.batch_seconds, transaction):
            output.event(TimeShort(reason=reason))
        run_relay(task, spec, store, account, work, settings, stop, output.event)


def _join(
    location: "TaskLocation", address: str, stop: threading.Event, listener: "Listener"
) -> "tuple[TaskOnChain, str, float] | None":
    """The task, for a relayer of it, what no other chain is called, and the seconds that a
    transaction may take there, 0 where nobody can tell; waits while the chain is down; None when
    stopped before."""
    from fedjury.relay.relay import require_relayer
    from fedjury.runtime.loop import retry_until_stopped
    from fedjury.runtime.patience import Patience
    from fedjury.task.timing import transaction_seconds

    def joined() -> "tuple[TaskOnChain, str, float]":
        task = location.on_chain(Patience.of_daemon())
        require_relayer(task, address)
        first = task.chain.block_at(0).hash
        name = f"{task.chain.chain_id}-{first.hex().removeprefix('0x')[:16]}"
        return task, name, transaction_seconds(task.chain) or 0.0

    return retry_until_stopped(joined, stop, listener)
