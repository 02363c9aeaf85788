"""Whether an account can pay for the next transactions."""

import time
from collections.abc import Callable

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.fees import market_fees
from fedjury.chain.transactions.funds import ETHER, balance_of, funds_error

LOOK_SECONDS = 30.0
RESERVE = 10
"""An account that cannot pay for so many transactions runs out of money."""
# What one transaction of a role is asked to pay for at most.
BATCH_GAS = 150_000  # some 60,000 are used
REPORT_GAS = 500_000  # of a round with 10,000 updates; one with 1,000 takes some 105,000
UPDATE_GAS = 100_000  # some 76,000 for the first one with a roster of 100,000


class Purse:
    """Looks at a balance, twice a minute.

    Args:
        chain: that the account is on.
        address: the account's.
        gas: that one of its transactions takes at most.
        clock: seconds that only ever grow.

    Attributes:
        balance: in wei, when it was last looked at; None before that.
        lack: why it cannot pay for the next transaction; "" where it can.
        shortage: that it cannot pay for the next `RESERVE` of them; "" where it can.
    """

    def __init__(
        self, chain: Chain, address: str, gas: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._chain, self._address, self._gas, self._clock = chain, address, gas, clock
        self._due = clock()
        self.balance: int | None = None
        self.lack = self.shortage = ""

    def look(self) -> None:
        """Look again, if it is time to.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if self._clock() < self._due:
            return
        cost = self._gas * market_fees(self._chain, None).cap
        self.balance = balance_of(self._chain, self._address)
        poor = funds_error(self._address, self.balance, cost)
        self.lack = "" if poor is None else str(poor)
        self.shortage = self.lack or self._shortage(self.balance, cost)
        self._due = self._clock() + LOOK_SECONDS

    def is_short(self, reason: str) -> None:
        """The account could not pay just now.

        Args:
            reason: what it has, and what it needs.
        """
        self.lack = self.shortage = reason
        self._due = self._clock() + LOOK_SECONDS

    def _shortage(self, balance: int, cost: int) -> str:
        if balance >= RESERVE * cost:
            return ""
        return (
            f"account {self._address} runs out of money: its {balance / ETHER:.6g} ether pay for "
            f"{balance // cost} more transactions at the present price: send it funds"
        )
