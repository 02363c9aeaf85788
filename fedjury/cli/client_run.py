"""`fedjury client`: the daemon of a client. Slow to import."""

import threading

import torch

from fedjury.chain.transactions.sender import TransactionSender
from fedjury.cli.attack_options import AttackOptions
from fedjury.cli.joining import client_of, join_task, warn_of_misfit
from fedjury.cli.logs import daemon_output
from fedjury.cli.monitor_options import MonitorOptions
from fedjury.cli.options import KeyOptions, TaskOptions
from fedjury.cli.relaying_options import RelayingOptions
from fedjury.cli.training_options import TrainingOptions
from fedjury.clients.client import Client
from fedjury.clients.figures import ClientFigures
from fedjury.clients.journal import Journal
from fedjury.clients.lone_trainer import make_trainer
from fedjury.clients.shard import ShardData
from fedjury.clients.vitals import ClientVitals
from fedjury.runtime.events import Listener, Started
from fedjury.runtime.keystore import open_account
from fedjury.runtime.lock import sole_user
from fedjury.runtime.loop import retry_until_stopped, run_cycles
from fedjury.task.location import TaskLocation, find_location
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import choose_confirmations


def run_client(
    stop: threading.Event,
    key: KeyOptions,
    training: TrainingOptions,
    attacking: AttackOptions,
    relaying: RelayingOptions,
    where: TaskOptions,
    monitoring: MonitorOptions,
    *,
    threads: int,
    output: tuple[bool, str],
) -> None:
    """Take part in every round, until the task is finished.

    Args:
        stop: set by whoever wants to stop.
        key: the client's.
        training: its part of the data, and training of its user's own.
        attacking: what it does as an adversary.
        relaying: the relays that it hands its updates to.
        where: the task, and how it is looked at.
        monitoring: where the client is watched.
        threads: that torch may use.
        output: whether JSON is printed, and the least that is said.

    Raises:
        FatalError: this account can never take part, or the task cannot be opened here.
    """
    told, depth = daemon_output(*output), where.parse_confirmations()
    chosen, relays = training.choose(attacking.parse()), relaying.parse()
    location = find_location(where.deployment, where.rpc, where.store, listener=told.event)
    account = open_account(key.keystore, key.password_file)
    me = account.address
    torch.set_num_threads(threads)
    work, figures = where.work_directory("client", me, location.task), ClientFigures()
    with sole_user(work, told.event), monitoring.open(figures, told.event) as monitor:
        joined = _join(location, me, where.allow_model, training, stop, monitor.tell)
        if joined is None:
            return
        task, data, seed = joined
        confirmations = choose_confirmations(location.deployment, depth)
        warn_of_misfit(task, confirmations, stop, monitor.tell)
        vitals = ClientVitals(task, me, monitor.health, figures, needs_ether=not relays)
        tell = vitals.listening(monitor.tell)
        trainer = make_trainer(task, data, seed, chosen, work, tell)
        sender = TransactionSender(task.chain, account, max_fee_gwei=where.max_fee_gwei)
        client = Client(
            task,
            account,
            sender,
            trainer,
            Journal(work),
            tell,
            confirmations,
            relays=relays,
            hand_file=relaying.hand_file,
        )
        monitor.run(vitals.sentry)
        tell(Started(role="client", address=me, task=task.name))
        run_cycles(monitor.watch(client.cycle), stop, where.poll, tell)


def _join(
    location: TaskLocation,
    address: str,
    allowed_models: list[str] | None,
    training: TrainingOptions,
    stop: threading.Event,
    listener: Listener,
) -> tuple[OpenedTask, ShardData, int] | None:
    """The task, the client's samples and the seed of its training; None when stopped before."""
    task = join_task(location, client_of(location), address, allowed_models, stop, listener)
    if task is None:
        return None
    known, labels, store = location.deployment, task.spec.labels, task.store
    loaded = retry_until_stopped(
        lambda: training.load(known, address, labels, store), stop, listener
    )
    return None if loaded is None else (task, *loaded)
