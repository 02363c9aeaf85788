"""An own transaction between being mined and being as deep as its sender's confirmations.

Whoever reads the chain with confirmations does not see for a while what it has done itself. It
remembers the receipt, so as not to do the same again; a reorganization that undoes the
transaction is noticed, and it is forgotten at once.
"""

from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt, find_receipt


class Unconfirmed:
    """Remembers the transaction of one round.

    Args:
        chain: that it was mined on.
        confirmations: with which the chain is read.
    """

    def __init__(self, chain: Chain, confirmations: int | BlockTag) -> None:
        self._chain, self._confirmations = chain, confirmations
        self._round = 0
        self._receipt: Receipt | None = None

    def remember(self, round_number: int, receipt: Receipt) -> None:
        """A transaction of this round was mined; it takes the place of an earlier one."""
        self._round, self._receipt = round_number, receipt

    def block_of(self, round_number: int, stamp: BlockStamp) -> int | None:
        """The block that holds the round's transaction, while the block that is read is older.

        Args:
            round_number: a round that shows nothing of the transaction at `stamp`.
            stamp: the block that is read.

        Returns:
            None where nothing is remembered of the round, or the transaction is undone.

        Raises:
            ChainUnavailable: no usable answer.
        """
        receipt = self._receipt if round_number == self._round else None
        if receipt is not None:
            receipt = find_receipt(self._chain, receipt.transaction_hash)
        # a block that is not newer than the one that is read would show in it
        if receipt and (receipt.status != 1 or receipt.block_number <= stamp.number):
            receipt = None
        self._receipt = receipt
        return None if receipt is None else receipt.block_number

    def words(self) -> str:
        """What a transaction that is mined still waits for."""
        if isinstance(self._confirmations, str):
            return f"its block to be {self._confirmations}"
        if self._confirmations == 0:
            return "the node to catch up"
        plural = "" if self._confirmations == 1 else "s"
        return f"{self._confirmations} confirmation{plural}"
