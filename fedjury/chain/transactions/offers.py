"""The attempts at one nonce: handing in, handing in again, outbidding what is pending."""

import logging
from collections.abc import Callable
from contextlib import suppress

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.agreement import upper_median
from fedjury.chain.transactions.broadcast import Attempt, Outcome, broadcast, is_known
from fedjury.chain.transactions.fees import GWEI, Fees, market_fees
from fedjury.chain.transactions.funds import balance_of, funds_error
from fedjury.errors import (
    ChainUnavailable,
    FeeTooHigh,
    InsufficientFunds,
    NodeError,
    TransactionUndone,
)

LOG = logging.getLogger(__name__)

MAX_RAISES = 16  # of one offer that the node finds underpriced: 35 times the market's fee


class Offers:
    """What was sent at one nonce of one account.

    Args:
        chain: where to.
        address: the account's.
        nonce: of all attempts.
        sign: makes an attempt that offers these fees.
        cost: the most that an attempt can cost with these fees, in wei.
        limit: the most to offer, in wei per unit of gas; None for no limit.

    Attributes:
        attempts: what the node took, in sending order.
        outcome: what the node said last.
    """

    def __init__(
        self,
        chain: Chain,
        address: str,
        nonce: int,
        sign: Callable[[Fees], Attempt],
        cost: Callable[[Fees], int],
        limit: int | None,
    ) -> None:
        self._chain, self._address, self._nonce = chain, address, nonce
        self._sign, self._cost, self._limit = sign, cost, limit
        self.attempts: list[Attempt] = []
        self.outcome = Outcome.UNKNOWN

    def begin(self) -> None:
        """Hand in the first one, for what the market asks.

        Raises:
            FeeTooHigh: that is above the limit, or another one is pending and cannot be outbid.
            InsufficientFunds: the account cannot pay.
            NodeError: the node refuses for good.
            ChainUnavailable: no usable answer.
        """
        fees = market_fees(self._chain, self._limit)
        try:
            self._offer(fees)
        except InsufficientFunds as poor:
            if not fees.is_all_tip:
                raise
            # where the chain itself asks for nothing, an account without ether may take part
            try:
                self._offer(Fees(0, 0))
            except (FeeTooHigh, NodeError, InsufficientFunds):
                raise poor from None
        if self.outcome is Outcome.PARTLY:
            self._offer_more()

    def is_pending(self) -> bool:
        """Whether the node has taken one of these and still knows it.

        Raises:
            ChainUnavailable: no usable answer.
        """
        for attempt in reversed(self.attempts):
            known = is_known(self._chain, attempt)
            if known:
                self.outcome = Outcome.ACCEPTED
                return True
            if known is None:
                return self.outcome in (Outcome.ACCEPTED, Outcome.PARTLY)
        return False

    def hand_in_again(self) -> None:
        """Give the node the last one again, or a better one where it asks for more.

        Raises:
            TransactionUndone: the node does not take it.
            FeeTooHigh: it asks for more than the limit.
        """
        last = self.attempts[-1]
        try:
            self.outcome = broadcast(self._chain, last)
            if self.outcome is Outcome.UNDERPRICED:
                self._offer(self._more_than(last.fees))
        except (NodeError, InsufficientFunds) as error:
            raise TransactionUndone(
                f"the node lost the transaction of {self._address} at nonce {self._nonce}, "
                f"and does not take it again: {error}"
            ) from None

    def replace(self, name: str) -> None:
        """Outbid what is stuck; at the limit hand it in again.

        Args:
            name: what is sent, for logs.

        Raises:
            ChainUnavailable: no usable answer.
        """
        last = self.attempts[-1]
        try:
            market = market_fees(self._chain, self._limit)
            self._offer(self._more_than(last.fees, market))
        except FeeTooHigh as error:
            LOG.warning("%s is stuck at nonce %d: %s", name, self._nonce, error)
            # a node drops what is pending for long; hand it in again
            self.outcome = broadcast(self._chain, last)
        except (NodeError, InsufficientFunds) as error:
            LOG.warning("%s is stuck at nonce %d: %s", name, self._nonce, error)
        else:
            cap = self.attempts[-1].fees.cap / GWEI
            LOG.warning("replaced %s at nonce %d, now %.3g gwei", name, self._nonce, cap)

    def _offer_more(self) -> None:
        """Offer a quarter more, and room for the higher base fee that is told, once: the node that
        took the first offer, or tells a low fee, may be false. Of the base fee the true one is paid
        alone, so that a false one of many gwei costs nothing.
        """
        last = self.attempts[-1]
        with suppress(ChainUnavailable, FeeTooHigh, InsufficientFunds):
            market = market_fees(self._chain, self._limit, upper_median)
            self._offer(self._more_than(last.fees, market))

    def _offer(self, fees: Fees) -> None:
        for raises in range(MAX_RAISES):
            attempt = self._sign(fees)
            try:
                outcome = broadcast(self._chain, attempt)
            except NodeError as error:
                raise self._why_refused(error, fees, raises) from None
            if outcome is not Outcome.UNDERPRICED:
                self.attempts.append(attempt)
                self.outcome = outcome
                return
            fees = self._more_than(fees)
        raise FeeTooHigh(
            f"an earlier transaction of {self._address} at nonce {self._nonce} "
            f"cannot be replaced: the node still asks for more than {fees.cap / GWEI:.3g} gwei"
        )

    def _why_refused(self, error: NodeError, fees: Fees, raises: int) -> Exception:
        cost = self._cost(fees)
        poor = funds_error(self._address, balance_of(self._chain, self._address), cost)
        if poor is None:
            return error
        if raises == 0:
            return poor
        return FeeTooHigh(
            f"an earlier transaction of {self._address} at nonce {self._nonce} "
            f"cannot be replaced: {poor}"
        )

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
