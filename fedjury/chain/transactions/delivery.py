"""Following one nonce until a transaction of ours is mined at it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt, find_receipt
from fedjury.chain.transactions.broadcast import Attempt, Outcome, broadcast
from fedjury.chain.transactions.fees import GWEI, Fees, market_fees
from fedjury.errors import ChainUnavailable, FeeTooHigh, NodeError, NonceTaken, NotMined

LOG = logging.getLogger(__name__)

MAX_RAISES = 16  # of one offer that the node finds underpriced: 35 times the market's fee
LOST_AFTER = 3  # looks at which our nonce is used but no receipt is ours: the node may lag
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds, and by which clock."""

    timeout: float
    stuck_after: float
    interval: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]


def transaction_count(chain: Chain, address: str) -> int:
    """The next nonce by the latest state, whatever may be pending."""
    answer = chain.request("eth_getTransactionCount", address, "latest")
    return json_rpc.quantity(answer, "a transaction count")


class Delivery:
    """One nonce, and the attempts at getting a transaction mined at it."""

    def __init__(
        self,
        *,
        chain: Chain,
        address: str,
        nonce: int,
        sign: Callable[[Fees], Attempt],
        limit: int | None,
        patience: Patience,
    ) -> None:
        self._chain = chain
        self._address = address
        self._nonce = nonce
        self._sign = sign
        self._limit = limit
        self._patience = patience
        self._attempts: list[Attempt] = []
        self._outcome = Outcome.UNKNOWN
        self._lost = 0

    def run(self, name: str) -> Receipt:
        """Send, and wait; replace what is stuck; sit out an outage.

        Args:
            name: what is sent, for logs and errors.

        Raises:
            FeeTooHigh, NonceTaken, NotMined, NodeError: see TransactionSender.send.
        """
        clock, patience = self._patience.clock, self._patience
        deadline = clock() + patience.timeout
        self._offer(market_fees(self._chain, self._limit))
        stuck_at = clock() + patience.stuck_after
        pause = patience.interval
        while True:
            try:
                receipt = self._look()
                if receipt is not None:
                    return receipt
                if stuck_at <= clock() < deadline:
                    self._replace(name)
                    stuck_at = clock() + patience.stuck_after
                pause, trouble = patience.interval, ""
            except ChainUnavailable as error:
                pause, trouble = min(2 * pause, LONGEST_PAUSE), f" ({error})"
                LOG.warning("waiting for %s: %s", name, error)
            remaining = deadline - clock()
            if remaining <= 0:
                raise NotMined(f"{name} was not mined in {patience.timeout:g} s{trouble}")
            patience.sleep(min(pause, remaining))

    def _look(self) -> Receipt | None:
        # the count first: a receipt that is missing after it says more than one missing before it
        used = transaction_count(self._chain, self._address) > self._nonce
        # in sending order: Ganache moves a replacement of nonce 0 to a nonce of its own, so that
        # more than one of ours is mined, and the first decides
        for attempt in self._attempts:
            receipt = find_receipt(self._chain, attempt.hash)
            if receipt is not None:
                # Ganache shows a receipt before its block, and nodes behind one URL differ; whoever
                # reads the state next must see what the transaction did
                seen = self._chain.block().number >= receipt.block_number
                return receipt if seen else None
        if used or self._outcome is Outcome.NONCE_USED:
            self._lost += 1
            if self._lost >= LOST_AFTER:
                raise NonceTaken(
                    f"another transaction of {self._address} was mined at nonce {self._nonce}"
                )
        elif self._outcome is Outcome.UNKNOWN:
            self._outcome = broadcast(self._chain, self._attempts[-1])
        return None

    def _offer(self, fees: Fees) -> None:
        for _ in range(MAX_RAISES):
            attempt = self._sign(fees)
            outcome = broadcast(self._chain, attempt)
            if outcome is not Outcome.UNDERPRICED:
                self._attempts.append(attempt)
                self._outcome = outcome
                return
            fees = self._more_than(fees)
        raise FeeTooHigh(
            f"an earlier transaction of {self._address} at nonce {self._nonce} "
            f"cannot be replaced: the node still asks for more than {fees.cap / GWEI:.3g} gwei"
        )

    def _replace(self, name: str) -> None:
        last = self._attempts[-1]
        try:
            market = market_fees(self._chain, self._limit)
            self._offer(self._more_than(last.fees, market))
        except FeeTooHigh as error:
            LOG.warning("%s is stuck at nonce %d: %s", name, self._nonce, error)
            # a node drops what is pending for long; hand it in again
            self._outcome = broadcast(self._chain, last)
        except NodeError as error:
            LOG.warning("%s is stuck at nonce %d: %s", name, self._nonce, error)
        else:
            cap = self._attempts[-1].fees.cap / GWEI
            LOG.warning("replaced %s at nonce %d, now %.3g gwei", name, self._nonce, cap)

    def _more_than(self, fees: Fees, market: Fees | None = None) -> Fees:
        raised = fees.raised()
        if market is not None:
            raised = raised.at_least(market)
        if self._limit is None or raised.cap <= self._limit:
            return raised
        if fees.cap < self._limit:
            return raised.within(self._limit)
        raise FeeTooHigh(
            f"replacing the pending transaction at nonce {self._nonce} of {self._address} "
            f"would cost more than the cap of {self._limit / GWEI:.3g} gwei"
        )
