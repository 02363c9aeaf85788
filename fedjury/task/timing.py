"""The times of a task: when batches and their files are taken, and what a chain's pace leaves."""

import math

from fedjury.chain.contracts.types import Config, RoundState
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.pace import block_interval, confirmation_seconds
from fedjury.task.deployment_file import Deployment

BATCHES_SHARE = 0.5
"""Of the time that a round's files have left when it closes, the most that batch files may take."""

# Blocks that a transaction may take: the next one, and two more where blocks are full or missed.
_TRANSACTION_BLOCKS = 3


def misfit(chain: Chain, confirmations: int | BlockTag, availability_seconds: int) -> str:
    """What does not fit, with the figures and the remedy; "" if all does.

    A client publishes its file when its submission is confirmed, so that has to be before the time
    for files is over.

    Args:
        chain: whose newest blocks tell how long confirmations take.
        confirmations: with which clients read the chain.
        availability_seconds: from a round's closing on, in which its files have to appear.

    Raises:
        ChainUnavailable: no usable answer.
    """
    seconds = confirmation_seconds(chain, confirmations)
    if seconds is None or seconds < availability_seconds:
        return ""
    return (
        f"confirmations ({confirmations}) take about {seconds:g} s on this chain, but a round's "
        f"files have only {availability_seconds} s from its closing on: use fewer --confirmations, "
        "or deploy with longer --availability-seconds"
    )


def lone_misfit(chain: Chain, confirmations: int | BlockTag, seconds: int) -> str:
    """Why nobody can submit alone any more once batches are over; "" if that can be done.

    A client that goes through relays learns that it is in no batch when the last one is confirmed,
    and its own transaction then has to be in a block before the round's deadline.

    Args:
        chain: whose newest blocks tell how long confirmations and transactions take.
        confirmations: with which clients read the chain.
        seconds: between the end of batches and the deadline.

    Raises:
        ChainUnavailable: no usable answer.
    """
    depth, own = confirmation_seconds(chain, confirmations), transaction_seconds(chain)
    if depth is None or own is None or depth + own <= seconds:
        return ""
    return (
        f"once batches are over a round has {seconds} s left, but whoever is missing from them "
        f"learns it after about {depth:g} s, for confirmations ({confirmations}), and its own "
        f"transaction takes up to {own:g} s more on this chain: use a "
        "smaller --batch-seconds, longer --round-seconds or fewer --confirmations"
    )


def transaction_seconds(chain: Chain) -> float | None:
    """Seconds that a transaction may take until it is in a block.

    Returns:
        None where it cannot be told, as of `block_interval`.

    Raises:
        ChainUnavailable: no usable answer.
    """
    interval = block_interval(chain)
    return None if interval is None else _TRANSACTION_BLOCKS * interval


def least_batch_seconds(transaction: float) -> int:
    """Seconds that a round has to take batches for, where a transaction may take so many.

    As many for taking in updates as for posting what was taken in.
    """
    return math.ceil(2 * transaction)


def batch_misfit(chain: Chain, batch_seconds: int) -> str:
    """Why relays cannot both take in updates and post them in time; "" if they can.

    Args:
        chain: whose newest blocks tell how long transactions take.
        batch_seconds: in which a round takes batches.

    Raises:
        ChainUnavailable: no usable answer.
    """
    needed = transaction_seconds(chain)
    if needed is None or least_batch_seconds(needed) <= batch_seconds:
        return ""
    return (
        f"a round takes batches for {batch_seconds} s, but a batch takes up to {needed:g} s to get "
        "into a block of this chain, and updates have to be taken in before: use a --batch-seconds "
        f"of at least {least_batch_seconds(needed)}, and --round-seconds that leave time after it"
    )


def choose_confirmations(
    deployment: Deployment | None, given: int | BlockTag | None
) -> int | BlockTag:
    """The confirmations that a daemon goes by: as given, or else as its deployment file says."""
    if given is not None:
        return given
    return 0 if deployment is None else deployment.confirmations


def batches_until(config: Config, state: RoundState) -> int:
    """The Unix time before which an open round takes batches.

    Args:
        config: of the task.
        state: an open round; of a closed one the deadline is when it closed.
    """
    return state.deadline - config.round_seconds + config.batch_seconds
