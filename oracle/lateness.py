"""Whether a closed round's time for a report is running out."""

import time
from collections.abc import Callable

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.types import Config, Phase
from fedjury.task.vitals.sentry import Sight

LATE_SHARE = 0.5
"""Of a round's grace, what may pass without a report. Usually that is twice the time for files."""


class ReportLateness:
    """Finds a round that may soon be voided (a `fedjury.task.vitals.sentry.Lookout`).

    Args:
        config: of the task.
        now: this machine's clock, Unix seconds.
    """

    def __init__(self, config: Config, now: Callable[[], float] = time.time) -> None:
        self._config, self._now = config, now

    def look(self, sight: Sight) -> str:
        """That the round has no report though half of its grace is over; "" otherwise.

        Nothing is wrong with an account that is not in the round's jury: others are to report.
        """
        seen, state = sight.seen, sight.seen.round
        is_closed = state.submitted >= self._config.min_updates and self._is_after(sight, 0.0)
        if seen.phase is Phase.FINISHED or not seen.is_juror or not is_closed:
            return ""
        if not self._is_after(sight, LATE_SHARE * self._config.grace_seconds):
            return ""
        until = local_time(state.deadline + self._config.grace_seconds)
        return (
            f"round {state.number} closed at {local_time(state.deadline)} and has no report yet; "
            f"from {until} on the coordinator may void it"
        )

    def left(self, sight: Sight) -> float | None:
        """Share of the grace that is left, from 1 to 0, of a closed round without a report; None
        where there is none."""
        state, grace = sight.seen.round, self._config.grace_seconds
        is_closed = state.submitted >= self._config.min_updates and self._is_after(sight, 0.0)
        if sight.seen.phase is Phase.FINISHED or not is_closed:
            return None
        over = max(self._now(), sight.stamp.timestamp) - state.deadline
        return max(0.0, 1.0 - over / grace)

    def _is_after(self, sight: Sight, seconds: float) -> bool:
        now = max(self._now(), sight.stamp.timestamp)
        return now >= sight.seen.round.deadline + seconds
