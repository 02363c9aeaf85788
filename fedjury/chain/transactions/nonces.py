"""An account's next nonce, where several nodes may tell different ones."""

from dataclasses import dataclass

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.agreement import lower_median


@dataclass(frozen=True)
class Counts:
    """An account's next nonce by the latest state, as each node tells it.

    A node that lags tells too low a one, which costs a refusal ("nonce too low"). Too high a one
    costs more: what is sent at it waits for transactions that nobody sends.

    Attributes:
        told: by every node that answered, ascending; at least one.
    """

    told: tuple[int, ...]

    @property
    def agreed(self) -> int:
        """The lower median, which no node alone makes too high."""
        return lower_median(self.told)

    @property
    def highest(self) -> int:
        """The highest that any node tells."""
        return self.told[-1]

    def next_nonce(self, own: int) -> int:
        """The nonce to send at.

        Args:
            own: the one after that of the account's own transaction that was mined last; 0 where
                there is none. It counts where a node knows of that one: the others lag.
        """
        return max(self.agreed, min(own, self.highest))

    def is_told_by_most(self, nonce: int) -> bool:
        """Whether more than half of the nodes tell just this one."""
        return 2 * self.told.count(nonce) > len(self.told)

    def above(self, nonce: int) -> int:
        """The next one to try where a nonce below the highest is used: as agreed, if that helps."""
        return self.agreed if self.agreed > nonce else min(n for n in self.told if n > nonce)


def transaction_counts(chain: Chain, address: str) -> Counts:
    """The next nonce of an account by the latest state, whatever may be pending.

    Raises:
        ChainUnavailable: no usable answer.
    """
    answers = chain.request_each("eth_getTransactionCount", address, "latest")
    told = (json_rpc.quantity(each, "a transaction count", json_rpc.MOST_NONCE) for each in answers)
    return Counts(tuple(sorted(told)))
