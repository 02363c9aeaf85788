"""Why a juror has nothing to do in a round, by what is confirmed and by the newest block."""

from collections.abc import Callable

from fedjury.chain.contracts.types import Config, Overview, Phase, RoundState
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.checks.counts import counted
from fedjury.oracle.round_clock import RoundClock
from fedjury.task.on_chain import TaskOnChain


class JurorWaits:
    """Finds why a juror waits.

    Args:
        task: whose rounds it judges.
        address: the juror's.
        confirmations: with which it reads the chain.
        unconfirmed: remembers its report.
        clock: tells the time.
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        confirmations: int | BlockTag,
        unconfirmed: Unconfirmed,
        clock: RoundClock,
    ) -> None:
        self._task, self._address, self._clock = task, address, clock
        self._confirmations, self._unconfirmed = confirmations, unconfirmed

    def why(self, seen: Overview, stamp: BlockStamp) -> str:
        """Why there is nothing to do; "" where the round has to be judged.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.

        Raises:
            ChainUnavailable: no usable answer.
        """
        state = seen.round
        if not seen.is_juror:
            return f"{self._address} is not in jury {state.jury_version}"
        reason = why_open(state, self._task.config, lambda: self._clock.now(stamp))
        return reason or self._why_wait_for_blocks(seen, stamp)

    def _why_wait_for_blocks(self, seen: Overview, stamp: BlockStamp) -> str:
        """What is mined already, and will show in the block that is read in a while."""
        wanted = self._unconfirmed.words()
        block = self._unconfirmed.block_of(seen.round.number, stamp)
        if block is not None:
            return f"reported in block {block}; waiting for {wanted}"
        if self._confirmations == 0:
            return ""
        newest = self._task.contract.overview(self._address)
        if newest.phase is Phase.FINISHED or newest.round.number != seen.round.number:
            return f"over already; waiting for {wanted}"
        if newest.round != seen.round:
            return f"holds more updates already; waiting for {wanted}"
        return ""


def why_open(state: RoundState, config: Config, now: Callable[[], float]) -> str:
    """Why a round is not closed; "" where it is.

    Args:
        state: the round, as the contract holds it.
        config: the task's.
        now: the time that rounds go by, Unix seconds; asked only where it counts.
    """
    if state.submitted < config.min_updates:
        return f"{state.submitted} of at least {counted(config.min_updates, 'update')}"
    return "the round is open" if now() < state.deadline else ""
