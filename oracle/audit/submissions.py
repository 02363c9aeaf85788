"""What was submitted to a round: lone updates and batches, their order, and their running hash."""

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.chain.contracts.limits import ENTRIES_LIMIT
from fedjury.chain.contracts.types import Config
from fedjury.checks.counts import counted
from fedjury.oracle.audit.block_time import BlockTime
from fedjury.oracle.audit.closing import check_none_late
from fedjury.oracle.audit.result import Difference
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.history import RoundHistory


def check_submissions(history: RoundHistory, config: Config, time_of: BlockTime) -> None:
    """Submissions come in order and in time, no more than there is room for, one lone update a
    client, and hash as the round's end says.

    What they hash from binds the round, the model that it started from, its roster and its jury.

    Args:
        history: of the round.
        config: of the task.
        time_of: gives blocks' times.

    Raises:
        Difference: one of these does not hold.
        ChainUnavailable: a block's time cannot be had.
    """
    _check_order(history)
    _check_alone(history, config)
    _check_batches(history, config, time_of)
    check_none_late(history, config, time_of)
    if (closing := history.finalized or history.voided) is None:
        return
    computed = updates_hash(history.opening, history.submissions)
    if closing.updates_hash != computed:
        raise Difference(
            history.number,
            f"updates hash to 0x{computed.hex()}, the event says 0x{closing.updates_hash.hex()}",
        )


def check_relayers(history: RoundHistory) -> None:
    """Every batch is by an account that was a relayer when it submitted.

    Raises:
        Difference: one is not.
    """
    for batch in history.by_others:
        raise Difference(
            history.number, f"{batch_name(batch)}: {batch.relayer} was no relayer by then"
        )


def batch_name(batch: BatchSubmitted) -> str:
    """A batch in words."""
    return f"the batch at update {batch.index}"


def _check_order(history: RoundHistory) -> None:
    place = 0
    for each in history.submissions:
        if each.index != place:
            kind = "the batch at update" if isinstance(each, BatchSubmitted) else "update"
            raise Difference(history.number, f"{kind} {place} calls itself {each.index}")
        place += each.count


def _check_alone(history: RoundHistory, config: Config) -> None:
    """One a client, and no more than may."""
    seen: set[str] = set()
    for update in history.alone:
        if update.client in seen:
            raise Difference(history.number, f"{update.client} submitted twice")
        seen.add(update.client)
    if len(seen) > config.max_updates:
        raise Difference(
            history.number,
            f"{counted(len(seen), 'client')} submitted, the config allows {config.max_updates}",
        )


def _check_batches(history: RoundHistory, config: Config, time_of: BlockTime) -> None:
    """In the first part of the round, and as many updates as there is room for."""
    if history.batches and not config.batch_seconds:
        raise Difference(history.number, "holds a batch, though the task takes none")
    end = history.opened.deadline - config.round_seconds + config.batch_seconds
    members = history.roster.size
    room = min(members, ENTRIES_LIMIT - min(members, config.max_updates))
    for batch in history.batches:
        submitted, name = time_of(batch.block_number), batch_name(batch)
        if submitted >= end:
            raise Difference(
                history.number,
                f"{name} was submitted at {submitted}, batches are taken before {end}",
            )
        if not 0 < batch.count <= room:
            raise Difference(
                history.number,
                f"{name} announces {counted(batch.count, 'update')}, there was room for {room}",
            )
        room -= batch.count
