"""When a round closed, and that nothing was submitted afterwards."""

from fedjury.chain.contracts.events import Submitted, UpdateSubmitted
from fedjury.chain.contracts.types import Config
from fedjury.oracle.audit.block_time import BlockTime
from fedjury.oracle.audit.result import Difference
from fedjury.task.history import RoundHistory


def check_none_late(history: RoundHistory, config: Config, time_of: BlockTime) -> None:
    """Nothing is submitted to a round that is closed.

    Args:
        history: of the round.
        config: of the task.
        time_of: gives blocks' times.

    Raises:
        Difference: something was.
        ChainUnavailable: a block's time cannot be had.
    """
    if not history.submissions:
        return
    last, number = history.submissions[-1], history.number
    completing = _completing(history, config)
    if completing is not None and last is not completing:
        raise Difference(
            number,
            f"update {last.index} came after update {completing.index}, with which every member "
            "of the roster had submitted",
        )
    if history.size - last.count < config.min_updates:
        return
    submitted, deadline = time_of(last.block_number), history.opened.deadline
    if submitted >= deadline:
        raise Difference(
            number, f"update {last.index} came at {submitted}, the round was closed at {deadline}"
        )


def closing_time(history: RoundHistory, config: Config, time_of: BlockTime) -> int:
    """When a round that is over was closed: Unix seconds.

    A lone update closes it that is enough after the deadline, or with which every member of the
    roster has submitted itself and that is enough. Batches count, but close none.

    Args:
        history: of the round.
        config: of the task.
        time_of: gives blocks' times.

    Raises:
        ChainUnavailable: a block's time cannot be had.
    """
    deadline = history.opened.deadline
    if (reaching := _reaching(history, config)) is not None:
        reached = time_of(reaching.block_number)
        if reached >= deadline:
            return reached
    completing = _completing(history, config)
    return deadline if completing is None else time_of(completing.block_number)


def _reaching(history: RoundHistory, config: Config) -> Submitted | None:
    """The submission with which the round held enough updates."""
    return next(
        (each for each in history.submissions if each.index + each.count >= config.min_updates),
        None,
    )


def _completing(history: RoundHistory, config: Config) -> UpdateSubmitted | None:
    """The lone update with which all members of the roster had submitted, where that was enough."""
    alone, members = history.alone, history.roster.size
    if not 0 < members <= len(alone):
        return None
    found = alone[members - 1]
    return found if found.index + 1 >= config.min_updates else None
