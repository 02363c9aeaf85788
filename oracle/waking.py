"""Having a chain that makes blocks only for transactions make one."""

from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.oracle.events import WakingChain
from fedjury.oracle.idle_chain import IdleChain
from fedjury.runtime.events import Listener


class Waker:
    """Sends nothing to ourselves where a chain stands still.

    Args:
        idle_chain: knows how long the chain has made no block.
        sender: pays for the transactions.
        listener: is told of each.
    """

    def __init__(
        self, idle_chain: IdleChain, sender: TransactionSender, listener: Listener
    ) -> None:
        self._idle_chain, self._sender, self._listener = idle_chain, sender, listener
        self._woken = -1

    def wake(self, round_number: int) -> bool:
        """Wake the chain if it is idle; whether it was.

        Args:
            round_number: the round that waits for a block.

        Raises:
            TransientError: it cannot be sent now.
        """
        if not self._idle_chain.is_idle:
            return False
        self._send(round_number)
        return True

    def wake_on(self, round_number: int, newest: int) -> bool:
        """As `wake`, and at once where the newest block is one that was made by waking the chain:
        for what waits for many blocks.

        Args:
            round_number: as of `wake`.
            newest: number of the newest block.
        """
        if newest != self._woken:
            return self.wake(round_number)
        self._send(round_number)
        return True

    def _send(self, round_number: int) -> None:
        idle = self._idle_chain.seconds
        self._listener(WakingChain(round=round_number, idle_seconds=idle))
        call = ContractCall("wake the chain", self._sender.address, b"")
        self._woken = self._sender.send(call).block_number
