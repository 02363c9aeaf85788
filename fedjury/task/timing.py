"""The times of a task: when batches are taken, and whether confirmations fit into file times."""

from fedjury.chain.contracts.types import Config, RoundState
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.pace import confirmation_seconds
from fedjury.task.deployment_file import Deployment


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
