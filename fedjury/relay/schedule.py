"""When updates that wait become a batch."""

import math
from dataclasses import dataclass

from fedjury.errors import ConfigError
from fedjury.task.timing import least_batch_seconds

NO_BATCHES = "this task takes no batches: it was deployed without --batch-seconds"
LONGEST_MARGIN = 120
MARGIN_SHARE = 4  # of the time for batches, where nobody says the margin


@dataclass(frozen=True)
class Schedule:
    """When a relay posts.

    Attributes:
        every: as soon as so many updates wait; None: only at the end.
        margin: seconds before the time for batches ends, when the rest is posted and nothing more
            is taken in.
    """

    every: int | None
    margin: int

    def is_due(self, waiting: int, *, is_end: bool, is_full: bool) -> bool:
        """Whether updates that wait are to be posted.

        Args:
            waiting: how many do.
            is_end: whether nothing more is taken in.
            is_full: whether nothing more can come, or has room.
        """
        if waiting == 0:
            return False
        return is_end or is_full or (self.every is not None and waiting >= self.every)


def choose_schedule(
    batch_seconds: int, every: int | None, margin: int | None, transaction: float = 0.0
) -> Schedule:
    """A relay's schedule for a task.

    Args:
        batch_seconds: in which a round takes batches.
        every: as of `Schedule`.
        margin: as of `Schedule`; None for a quarter of the time, at most two minutes; or for as
            long as a transaction may take, if that is longer, and at most half of the time.
        transaction: seconds that one may take until it is in a block; 0 where nobody can tell.

    Raises:
        ConfigError: the task takes no batches, or the margin leaves no time to take in anything.
    """
    if batch_seconds == 0:
        raise ConfigError(NO_BATCHES)
    if margin is None:
        usual = min(LONGEST_MARGIN, batch_seconds // MARGIN_SHARE)
        margin = max(usual, min(math.ceil(transaction), batch_seconds // 2))
    if margin >= batch_seconds:
        raise ConfigError(
            f"--margin {margin} leaves no time: a round of this task takes batches for "
            f"{batch_seconds} s"
        )
    return Schedule(every, margin)


def why_short(schedule: Schedule, batch_seconds: int, transaction: float) -> str:
    """Why batches may come too late, in a sentence; "" where there is time enough.

    Args:
        schedule: of the relay.
        batch_seconds: in which a round takes batches.
        transaction: seconds that one may take until it is in a block; 0 where nobody can tell.
    """
    least = least_batch_seconds(transaction)
    if batch_seconds < least:
        return (
            f"a round of this task takes batches for {batch_seconds} s, but a batch may take "
            f"{transaction:g} s to get into a block of this chain: some will come too late; "
            f"deploy tasks on it with a --batch-seconds of at least {least}"
        )
    if schedule.margin < transaction:
        return (
            f"--margin {schedule.margin} is short: a batch may take {transaction:g} s to get into "
            "a block of this chain, and one that comes too late is not posted"
        )
    return ""
