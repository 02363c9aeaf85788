"""Whether a relay's account can pay for the next batch."""

import time
from collections.abc import Callable

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.fees import market_fees
from fedjury.chain.transactions.funds import balance_of, funds_error

BATCH_GAS = 150_000  # what is asked for at most; some 60,000 are used
LOOK_SECONDS = 30.0


class Purse:
    """Looks at a balance, twice a minute.

    Args:
        chain: that the account is on.
        address: the account's.
        clock: seconds that only ever grow.

    Attributes:
        balance: in wei, when it was last looked at; None before that.
        lack: why it cannot pay for the next batch; "" where it can.
    """

    def __init__(
        self, chain: Chain, address: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._chain, self._address, self._clock = chain, address, clock
        self._due = clock()
        self.balance: int | None = None
        self.lack = ""

    def look(self) -> None:
        """Look again, if it is time to.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if self._clock() < self._due:
            return
        cost = BATCH_GAS * market_fees(self._chain, None).cap
        self.balance = balance_of(self._chain, self._address)
        poor = funds_error(self._address, self.balance, cost)
        self.lack = "" if poor is None else str(poor)
        self._due = self._clock() + LOOK_SECONDS

    def is_short(self, reason: str) -> None:
        """The account could not pay just now.

        Args:
            reason: what it has, and what it needs.
        """
        self.lack, self._due = reason, self._clock() + LOOK_SECONDS
