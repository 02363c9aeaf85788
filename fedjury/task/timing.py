"""Whether the times of a task fit into each other: confirmations, files, grace."""

from dataclasses import dataclass

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.pace import confirmation_seconds
from fedjury.task.deployment_file import Deployment


@dataclass(frozen=True)
class Timing:
    """How long daemons wait.

    Attributes:
        confirmations: with which clients and jurors read the chain.
        fetch_timeout: seconds from a round's closing in which its files have to arrive.
    """

    confirmations: int | BlockTag = 0
    fetch_timeout: float = 60.0

    def misfit(self, chain: Chain, grace_seconds: int) -> str:
        """What does not fit, with the figures and the remedy; "" if all does.

        A client publishes its file when its submission is confirmed, so that has to be before
        the time for files is over. The jury has to be done with them before the round may be
        voided.

        Args:
            chain: whose newest blocks tell how long confirmations take.
            grace_seconds: seconds from the deadline until a round may be voided.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if self.fetch_timeout > grace_seconds:
            return (
                f"a round's files may take {self.fetch_timeout:g} s, but the round may be voided "
                f"{grace_seconds} s after its deadline: choose a shorter --fetch-timeout, or "
                "deploy with a longer --grace-seconds"
            )
        seconds = confirmation_seconds(chain, self.confirmations)
        if seconds is not None and seconds >= self.fetch_timeout:
            return (
                f"confirmations ({self.confirmations}) take about {seconds:g} s on this chain, but "
                f"a round's files may take only {self.fetch_timeout:g} s from its closing on: "
                "choose a longer --fetch-timeout or fewer --confirmations"
            )
        return ""


def choose_timing(
    deployment: Deployment | None,
    confirmations: int | BlockTag | None = None,
    fetch_timeout: float | None = None,
) -> Timing:
    """The times that a daemon goes by: as given, or else as its deployment file says."""
    known = Timing()
    if deployment is not None:
        known = Timing(deployment.confirmations, deployment.fetch_timeout)
    return Timing(
        known.confirmations if confirmations is None else confirmations,
        known.fetch_timeout if fetch_timeout is None else fetch_timeout,
    )
