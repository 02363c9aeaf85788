"""What watches a juror from outside of its cycles."""

from collections.abc import Callable, Iterable

from fedjury.oracle.exchange.standing import Standing
from fedjury.oracle.figures import JurorFigures
from fedjury.oracle.lateness import ReportLateness
from fedjury.runtime.monitoring.health import LONGEST_SILENCE, Health
from fedjury.task.opened import OpenedTask
from fedjury.task.vitals.chain_watch import ChainWatch
from fedjury.task.vitals.purse import REPORT_GAS, Purse
from fedjury.task.vitals.sentry import PurseLookout, Sentry, StoreLookout
from fedjury.task.vitals.sightings import RoundCounter, show_sights


def watch_juror(
    task: OpenedTask,
    address: str,
    health: Health,
    figures: JurorFigures,
    kept: Callable[[], int],
    standing: Callable[[], Standing | None],
    others: Callable[[], Iterable[str]],
) -> Sentry:
    """Have a juror's health and figures say how chain, store, account and round are.

    A juror says nothing while it waits for a round's files, as long as the task gives them.

    Args:
        task: that it judges.
        address: of its account.
        health, figures: of the juror.
        kept: how many files it keeps.
        standing: how far its jury is with the newest closed round.
        others: addresses of the other jurors.

    Returns:
        Who looks, to be entered while the juror runs.
    """
    lateness = ReportLateness(task.config)
    purse = Purse(task.chain, address, REPORT_GAS)
    sentry = Sentry(
        task,
        address,
        ChainWatch(task.chain),
        lateness,
        PurseLookout(purse),
        StoreLookout(task.store),
        RoundCounter(task, figures),
    )
    health.silence = LONGEST_SILENCE + task.config.availability_seconds
    health.checks.append(lambda: sentry.trouble)
    figures.watch(kept, standing, lambda: lateness.left, others)
    show_sights(figures, sentry, purse)
    return sentry


def watch_dry_run(task: OpenedTask, address: str, health: Health, figures: JurorFigures) -> Sentry:
    """The same of a dry run, which has no account, and signs and keeps nothing.

    Args:
        task: that it judges.
        address: that it looks at the contract as.
        health, figures: of the dry run.

    Returns:
        Who looks, to be entered while it runs.
    """
    watch, counter = ChainWatch(task.chain), RoundCounter(task, figures)
    sentry = Sentry(task, address, watch, StoreLookout(task.store), counter)
    health.silence = LONGEST_SILENCE + task.config.availability_seconds
    health.checks.append(lambda: sentry.trouble)
    show_sights(figures, sentry, None)
    return sentry
