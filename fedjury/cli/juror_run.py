"""`fedjury oracle`: the daemon of a juror with its key. Slow to import."""

import threading

import torch

from fedjury.chain.rpc.block import BlockTag
from fedjury.cli.joining import join_task
from fedjury.cli.judging_options import JudgingOptions
from fedjury.cli.key_options import OptionalKeyOptions
from fedjury.cli.logs import daemon_output
from fedjury.cli.monitor_options import MonitorOptions
from fedjury.cli.network_options import NetworkOptions
from fedjury.cli.options import TaskOptions
from fedjury.oracle.daemon import assembled_juror
from fedjury.oracle.events import NextJuryUnknown, TimesMisfit
from fedjury.oracle.figures import JurorFigures
from fedjury.oracle.juror import Juror
from fedjury.oracle.keeping import Keeper
from fedjury.oracle.slices import RECEIVED
from fedjury.oracle.vitals import watch_juror
from fedjury.runtime.events import Listener, Started
from fedjury.runtime.keystore import open_account
from fedjury.runtime.lock import sole_user
from fedjury.runtime.loop import Nap, retry_until_stopped, run_cycles
from fedjury.runtime.monitoring.monitor import Monitor
from fedjury.task.location import find_location
from fedjury.task.membership import require_juror
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import choose_confirmations, misfit


def run_juror(
    stop: threading.Event,
    key: OptionalKeyOptions,
    where: TaskOptions,
    monitoring: MonitorOptions,
    reached: NetworkOptions,
    judging: JudgingOptions,
    *,
    output: tuple[bool, str],
) -> None:
    """Judge every closed round and finalize it, until the task is finished.

    Args:
        stop: set by whoever wants to stop.
        key: the juror's.
        where: the task, and how it is looked at.
        monitoring: where the juror is watched.
        reached: how other jurors reach it.
        judging: what it judges with.
        output: whether JSON is printed, and the least that is said.

    Raises:
        FatalError: the task cannot be opened or judged here, or is not this juror's.
    """
    told = daemon_output(*output)
    depth, wanted = where.parse_confirmations(), judging.parse_next_jury()
    network, nap, figures = reached.settings(), Nap(), JurorFigures()
    location = find_location(where.deployment, where.rpc, where.store, listener=told.event)
    account = open_account(key.required(), key.password_file)
    me = account.address
    torch.set_num_threads(judging.threads)
    work = where.work_directory("oracle", me, location.task)
    with sole_user(work, told.event), monitoring.open(figures, told.event) as monitor:
        tell = monitor.tell
        task = join_task(location, require_juror, me, where.allow_model, stop, tell)
        if task is None:
            return
        confirmations = choose_confirmations(location.deployment, depth)
        _warn(task, me, confirmations, wanted, stop, tell)
        received = None if network is None else work / RECEIVED
        slices = judging.read_slices(task, where.deployment.parent, received)
        tell(slices.in_words())
        with assembled_juror(
            task,
            account,
            slices,
            work,
            tell,
            network=network,
            traffic=figures.traffic,
            news=nap.wake,
            confirmations=confirmations,
            keep_days=judging.days(task.spec.retention_days),
            next_jury=wanted,
            max_fee_gwei=where.max_fee_gwei,
        ) as (juror, keeper):
            _watch(task, me, monitor, figures, juror, keeper)
            tell(Started(role="juror", address=me, task=task.name))
            cycle = monitor.watch(keeper.after(juror.cycle, stop))
            run_cycles(cycle, stop, where.poll, tell, nap.take)


def _watch(
    task: OpenedTask,
    me: str,
    monitor: Monitor,
    figures: JurorFigures,
    juror: Juror,
    keeper: Keeper,
) -> None:
    """Have the monitor say how the juror is while it runs."""

    def kept() -> int:
        return keeper.kept

    health, standing, others = monitor.health, juror.standing, juror.others
    monitor.run(watch_juror(task, me, health, figures, kept, standing, others))


def _warn(
    task: OpenedTask,
    me: str,
    confirmations: int | BlockTag,
    wanted: bytes | None,
    stop: threading.Event,
    listener: Listener,
) -> None:
    """Tell of what the juror was asked for and does not fit the task."""
    warn_of_misfit(task, confirmations, stop, listener)
    warn_of_unknown_jury(task, me, wanted, stop, listener)


def warn_of_misfit(
    task: OpenedTask,
    confirmations: int | BlockTag,
    stop: threading.Event,
    listener: Listener,
) -> None:
    """Tell of confirmations that do not fit into the time for files.

    Args:
        task: opened.
        confirmations: with which the juror reads the chain.
        stop: set by whoever wants to stop.
        listener: is told.
    """
    seconds = task.config.availability_seconds
    reason = retry_until_stopped(lambda: misfit(task.chain, confirmations, seconds), stop, listener)
    if reason:
        listener(TimesMisfit(reason=reason))


def warn_of_unknown_jury(
    task: OpenedTask,
    address: str,
    wanted: bytes | None,
    stop: threading.Event,
    listener: Listener,
) -> None:
    """Tell of a next jury that is neither announced nor sitting.

    Args:
        task: opened.
        address: the juror's.
        wanted: hash of the jury that it wants next; None is the sitting one's.
        stop: set by whoever wants to stop.
        listener: is told.
    """
    if wanted is None:
        return
    seen = retry_until_stopped(lambda: task.contract.overview(address), stop, listener)
    if seen is not None and wanted not in (seen.jury.hash, seen.next_jury):
        listener(NextJuryUnknown(next_jury="0x" + wanted.hex()))
