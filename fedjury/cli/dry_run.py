"""`fedjury oracle --dry`: the daemon of a juror without a key. Slow to import."""

import threading

import torch

from fedjury.cli.judging_options import JudgingOptions
from fedjury.cli.logs import daemon_output
from fedjury.cli.monitor_options import MonitorOptions
from fedjury.cli.options import TaskOptions
from fedjury.oracle.dry_daemon import assembled_dry_run
from fedjury.oracle.dry_events import DryRunStarted
from fedjury.oracle.dry_run import NOBODY
from fedjury.oracle.figures import JurorFigures
from fedjury.oracle.vitals import watch_dry_run
from fedjury.runtime.loop import retry_until_stopped, run_cycles
from fedjury.runtime.patience import Patience
from fedjury.task.location import find_location
from fedjury.task.opened import open_task_at
from fedjury.task.timing import choose_confirmations


def run_dry(
    stop: threading.Event,
    where: TaskOptions,
    monitoring: MonitorOptions,
    judging: JudgingOptions,
    *,
    output: tuple[bool, str],
) -> None:
    """Judge every closed round and compare it with what the jury finalizes, until the task is
    finished.

    Args:
        stop: set by whoever wants to stop.
        where: the task, and how it is looked at.
        monitoring: where this is watched.
        judging: what it judges with.
        output: whether JSON is printed, and the least that is said.

    Raises:
        FatalError: the task cannot be opened or judged here.
    """
    told = daemon_output(*output)
    depth = where.parse_confirmations()
    location = find_location(where.deployment, where.rpc, where.store, listener=told.event)
    torch.set_num_threads(judging.threads)
    figures = JurorFigures()
    with monitoring.open(figures, told.event) as monitor:
        task = retry_until_stopped(
            lambda: open_task_at(location, where.allow_model, Patience.of_daemon()),
            stop,
            monitor.tell,
        )
        if task is None:
            return
        slices = judging.read_slices(task, where.deployment.parent, None)
        monitor.tell(slices.in_words())
        confirmations = choose_confirmations(location.deployment, depth)
        with assembled_dry_run(task, slices, monitor.tell, confirmations) as dry_run:
            monitor.run(watch_dry_run(task, NOBODY, monitor.health, figures))
            monitor.tell(DryRunStarted(task=task.name))
            run_cycles(monitor.watch(dry_run.cycle), stop, where.poll, monitor.tell)
