"""How long the files of a round may take: the limit, from the round's closing on chain."""

from fedjury.chain.contracts.types import RoundState

# A juror that comes to a round late tries for so long nevertheless, if the limit is not shorter.
FAIR_SECONDS = 10.0


class TimeForFiles:
    """Says how many seconds a round's files have left.

    A juror whose store did not work in the meantime takes one whole limit from then on: until it
    has had the store for that long, it says of no file that it is not to be had.

    Args:
        limit: seconds from a round's closing on.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._failed_in = 0

    def store_failed(self, round_number: int) -> None:
        """The store did not work while this round's files were wanted."""
        self._failed_in = round_number

    def left(self, state: RoundState, now: float) -> float:
        """Seconds from now on.

        Args:
            state: a closed round; the contract sets its deadline to the time at which it closes.
            now: the time, Unix seconds.
        """
        if state.number == self._failed_in:
            return self._limit
        left = state.deadline + self._limit - now
        return min(max(left, FAIR_SECONDS), self._limit)
