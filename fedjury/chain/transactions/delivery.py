"""Following one nonce until a transaction of ours is mined at it."""

import logging

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt, Standing, find_receipts, standing
from fedjury.chain.transactions.broadcast import Outcome
from fedjury.chain.transactions.nonces import Counts, transaction_counts
from fedjury.chain.transactions.offers import Offers
from fedjury.chain.transactions.timing import Pauses, Timing
from fedjury.errors import ChainUnavailable, NonceTaken, NotMined, TransactionUndone

LOG = logging.getLogger(__name__)

LOST_AFTER = 2  # intervals in which our nonce is used but no receipt is ours: the node may lag


class Delivery:
    """One nonce, and what becomes of what is offered at it.

    Args:
        chain: where it is sent.
        address: the account's.
        nonce: the account's next by the latest state.
        offers: the attempts at this nonce.
        timing: how long to wait for what.
    """

    def __init__(
        self, *, chain: Chain, address: str, nonce: int, offers: Offers, timing: Timing
    ) -> None:
        self._chain, self._address, self._nonce = chain, address, nonce
        self._offers, self._timing = offers, timing
        self._account_due = 0.0
        self._lost_since: float | None = None
        self._gap_since: float | None = None

    def run(self, name: str) -> Receipt:
        """Send, and wait; replace what is stuck; sit out an outage.

        Args:
            name: what is sent, for logs and errors.

        Raises:
            FeeTooHigh, NonceTaken, NotMined, NodeError, TransactionUndone: see
                TransactionSender.send.
        """
        clock, timing = self._timing.clock, self._timing
        deadline = clock() + timing.timeout
        self._offers.begin()
        stuck_at = clock() + timing.stuck_after
        self._account_due = clock() + timing.interval
        pauses = Pauses(timing.interval)
        while True:
            try:
                receipt = self._look()
                if receipt is not None:
                    return receipt
                if stuck_at <= clock() < deadline:
                    self._offers.replace(name)
                    stuck_at = clock() + timing.stuck_after
                pause, trouble = pauses.take(), ""
            except ChainUnavailable as error:
                pause, trouble = pauses.take_after_outage(), f" ({error})"
                LOG.warning("waiting for %s: %s", name, error)
            remaining = deadline - clock()
            if remaining <= 0:
                raise NotMined(f"{name} was not mined in {timing.timeout:g} s{trouble}")
            timing.sleep(min(pause, remaining))

    def _look(self) -> Receipt | None:
        """Look for a receipt, and once an interval at the account as well."""
        if self._timing.clock() < self._account_due:
            found, where = self._find()
            return found if where is Standing.ON_CHAIN else None
        # the counts first: a receipt that is missing after them says more than one missing before
        counts = transaction_counts(self._chain, self._address)
        found, where = self._find()
        # Ganache's miner_start can put a transaction into a block that then is not its chain's;
        # where our nonce is used, the receipt is right
        if where is Standing.ON_CHAIN or (
            where is Standing.ORPHANED and counts.agreed > self._nonce
        ):
            return found
        self._reconsider(counts, expected=where is Standing.AHEAD)
        self._account_due = self._timing.clock() + self._timing.interval
        return None

    def _find(self) -> tuple[Receipt | None, Standing | None]:
        """The receipt of one of ours, and where its block stands.

        Ganache shows a receipt before its block, and nodes behind one URL differ; whoever reads the
        state next must see what the transaction did.
        """
        found: tuple[Receipt | None, Standing | None] = None, None
        # in sending order: Ganache moves a replacement of nonce 0 to a nonce of its own, so that
        # more than one of ours is mined, and the first decides
        for attempt in self._offers.attempts:
            for receipt in find_receipts(self._chain, attempt.hash):
                where = standing(self._chain, receipt)
                if where is not Standing.ORPHANED:
                    return receipt, where
                found = receipt, where
        return found

    def _reconsider(self, counts: Counts, *, expected: bool) -> None:
        """Without a receipt that counts, by the account's transaction count: what became of ours?

        Args:
            counts: the account's next nonce.
            expected: whether there is a receipt, of a block that is still to come.
        """
        if counts.highest < self._nonce:
            raise TransactionUndone(
                f"a reorganization took back transactions of {self._address}: "
                f"its next nonce is {counts.highest}, and was {self._nonce}"
            )
        self._notice_gap(counts.agreed)
        if counts.agreed <= self._nonce and not self._offers.is_pending():
            self._offers.hand_in_again()
        if counts.agreed <= self._nonce and self._offers.outcome is not Outcome.NONCE_USED:
            self._lost_since = None
        elif not expected:
            self._lose()

    def _notice_gap(self, agreed: int) -> None:
        """Give up at a nonce that only the fewer nodes call the next one, for as long as what is
        stuck takes: those that lag have caught up by then."""
        now = self._timing.clock()
        if agreed >= self._nonce:
            self._gap_since = None
        elif self._gap_since is None:
            self._gap_since = now
        elif now - self._gap_since >= self._timing.stuck_after:
            raise TransactionUndone(
                f"what {self._address} sent at nonce {self._nonce} waits for a transaction before "
                f"it that nobody sent: its next nonce is {agreed} by most nodes"
            )

    def _lose(self) -> None:
        now = self._timing.clock()
        if self._lost_since is None:
            self._lost_since = now
        elif now - self._lost_since >= LOST_AFTER * self._timing.interval:
            raise NonceTaken(
                f"another transaction of {self._address} was mined at nonce {self._nonce}"
            )
