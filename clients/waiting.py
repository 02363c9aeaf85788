"""Why a client has nothing to do in a round, by what is confirmed and by the newest block."""

from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.task.on_chain import TaskOnChain


class ClientWaits:
    """Finds why a client waits.

    Args:
        task: that it takes part in.
        address: the client's.
        confirmations: with which it reads the chain.
        unconfirmed: remembers its submission.
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        confirmations: int | BlockTag,
        unconfirmed: Unconfirmed,
    ) -> None:
        self._task, self._address = task, address
        self._confirmations, self._unconfirmed = confirmations, unconfirmed

    def why(self, seen: Overview, stamp: BlockStamp) -> str:
        """Why there is nothing to do; "" where the client has to take part.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.

        Raises:
            ChainUnavailable: no usable answer.
        """
        return self._why_wait(seen) or self._why_wait_for_blocks(seen.round.number, stamp)

    def _why_wait_for_blocks(self, number: int, stamp: BlockStamp) -> str:
        """What is mined already, and will show in the block that is read in a while."""
        wanted = self._unconfirmed.words()
        block = self._unconfirmed.block_of(number, stamp)
        if block is not None:
            return f"submitted in block {block}; waiting for {wanted}"
        if self._confirmations == 0:
            return ""
        newest = self._task.contract.overview(self._address)
        if newest.last_round == number:
            return f"submitted before; waiting for {wanted}"
        if newest.round.number != number or newest.phase is Phase.FINISHED:
            return f"over without this client; waiting for {wanted}"
        return self._why_wait(newest)

    def _why_wait(self, seen: Overview) -> str:
        if seen.last_round == seen.round.number:
            return "submitted; waiting for the others and the jury"
        if seen.phase is Phase.CLOSED:
            return "closed without this client; waiting for the next"
        if seen.round.alone >= self._task.config.max_updates:
            return "full without this client; waiting for the next"
        return ""
