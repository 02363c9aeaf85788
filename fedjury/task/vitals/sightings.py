"""What a sentry sees, as figures."""

from fedjury.chain.contracts.events import RoundFinalized, RoundVoided
from fedjury.chain.transactions.funds import ETHER
from fedjury.runtime.monitoring.figures import Figures
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.vitals.purse import Purse
from fedjury.task.vitals.sentry import Sentry, Sight


def show_sights(figures: Figures, sentry: Sentry, purse: Purse | None) -> None:
    """Have figures say what a sentry saw last.

    Args:
        figures: of the daemon.
        sentry: of the same.
        purse: of its account; None for one that pays for nothing.
    """

    def height() -> float | None:
        return None if sentry.sight is None else sentry.sight.stamp.number

    def time() -> float | None:
        return None if sentry.sight is None else sentry.sight.stamp.timestamp

    def number() -> float | None:
        return None if sentry.sight is None else sentry.sight.seen.round.number

    figures.ask("chain_height", "Number of the newest block that was seen.", height)
    figures.ask("chain_time_seconds", "Time of that block, Unix seconds.", time)
    figures.ask("round", "Number of the round that is on.", number)
    if purse is not None:

        def ether() -> float | None:
            return None if purse.balance is None else purse.balance / ETHER

        figures.ask("balance_ether", "Balance of the account.", ether)


class RoundCounter:
    """Counts the rounds that end while a daemon runs, whoever ends them (a `Lookout`).

    Args:
        task: whose rounds they are.
        figures: of the daemon.
    """

    def __init__(self, task: TaskOnChain, figures: Figures) -> None:
        self._task = task
        meaning = "Rounds that ended on chain while the daemon ran, by how."
        self._ended = figures.counter("rounds_ended", meaning, "how")
        for how in ("finalized", "voided"):
            self._ended.labels(how)
        self._last: Sight | None = None

    def look(self, sight: Sight) -> str:
        """Count what ended since the last look; never anything wrong.

        Raises:
            ChainUnavailable: no usable answer.
        """
        before = self._last or sight
        if self._has_ended(before, sight):
            first, kinds = before.stamp.number + 1, [RoundFinalized, RoundVoided]
            for event in self._task.read_events(sight.stamp.number, kinds, from_block=first):
                how = "voided" if isinstance(event, RoundVoided) else "finalized"
                self._ended.labels(how).inc()
        self._last = sight
        return ""

    def _has_ended(self, before: Sight, now: Sight) -> bool:
        """Whether a round has; a reorganization may have taken back what was counted already."""
        if now.stamp.number <= before.stamp.number:
            return False
        one, other = before.seen, now.seen
        return (one.round.number, one.phase) != (other.round.number, other.phase)
