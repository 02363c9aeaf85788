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

    Attributes:
        left: share of the grace, from 1 to 0, that a closed round without a report had left when it
            was looked at last; None where there was none.
    """

    def __init__(self, config: Config, now: Callable[[], float] = time.time) -> None:
        self._config, self._now = config, now
        self.left: float | None = None

    def look(self, sight: Sight) -> str:
        """That the round has no report though half of its grace is over; "" otherwise.

        Nothing is wrong with an account that is not in the round's jury: others are to report.
        """
        seen, state, self.left = sight.seen, sight.seen.round, None
        is_closed = state.submitted >= self._config.min_updates and self._is_after(sight, 0.0)
        if seen.phase is Phase.FINISHED or not seen.is_juror or not is_closed:
            return ""
        over = self._time(sight) - state.deadline
        self.left = max(0.0, 1.0 - over / self._config.grace_seconds)
        if not self._is_after(sight, LATE_SHARE * self._config.grace_seconds):
            return ""
        until = local_time(state.deadline + self._config.grace_seconds)
        return (
            f"round {state.number} closed at {local_time(state.deadline)} and has no report yet; "
            f"from {until} on the coordinator may void it"
        )

    def _is_after(self, sight: Sight, seconds: float) -> bool:
        return self._time(sight) >= sight.seen.round.deadline + seconds

    def _time(self, sight: Sight) -> float:
        return max(self._now(), sight.stamp.timestamp)
