"""Sending a call so that it gets mined, whatever happens to the first attempt.

Nothing that a call needs is kept from the one before. The nonce is that of the latest state, not
of the node's queue, so that after a restart an own transaction that is still pending gets replaced;
counting it would queue everything behind one stuck transaction. The way a stuck transaction is
replaced, at its own nonce with raised fees, is that of UMA's monitor-v2.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from eth_account.signers.local import LocalAccount

from fedjury.chain.abi.reverts import is_contract_error
from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.agreement import lower_median, upper_median
from fedjury.chain.transactions.broadcast import sign
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.delivery import Delivery
from fedjury.chain.transactions.fees import GWEI, market_fees
from fedjury.chain.transactions.funds import LEAST_GAS, balance_of, funds_error
from fedjury.chain.transactions.nonces import Counts, transaction_counts
from fedjury.chain.transactions.offers import Offers
from fedjury.chain.transactions.timing import Timing
from fedjury.errors import (
    ChainUnavailable,
    FedjuryError,
    InsufficientFunds,
    NodeError,
    NonceTaken,
    RevertedUnexplained,
    TransactionReverted,
    TransactionUndone,
)

LOG = logging.getLogger(__name__)

RECEIPT_TIMEOUT = 600.0
STUCK_AFTER = 60.0
POLL_INTERVAL = 1.0
TRANSACTION_GAS_LIMIT = 2**24  # EIP-7825
GAS_RESERVE = 25_000  # the state may change until it is mined, and one more slot be written


class TransactionSender:
    """Sends calls from one account, one at a time; safe to share between threads.

    Args:
        receipt_timeout: seconds to wait for a transaction to be mined.
        stuck_after: seconds after which one that is not mined is replaced with higher fees.
        max_fee_gwei: the most to offer per unit of gas, in gwei; None for no limit.
        poll_interval: seconds between two looks for a receipt; the first ones come sooner.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        chain: Chain,
        account: LocalAccount,
        *,
        receipt_timeout: float = RECEIPT_TIMEOUT,
        stuck_after: float = STUCK_AFTER,
        max_fee_gwei: int | None = None,
        poll_interval: float = POLL_INTERVAL,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.chain = chain
        self.address: str = account.address
        self._account = account
        self._limit = None if max_fee_gwei is None else max_fee_gwei * GWEI
        self._timing = Timing(receipt_timeout, stuck_after, poll_interval, clock, sleep)
        self._one_at_a_time = threading.Lock()
        self._own = 0  # the nonce after that of what was mined last

    def __repr__(self) -> str:
        return f"TransactionSender({self.chain!r}, {self.address!r})"

    def send(self, call: ContractCall, nonce: int | None = None) -> Receipt:
        """Simulate a call, send it, and wait until it is mined.

        Args:
            call: what to do.
            nonce: the only one at which it may be mined, so that what was sent at it before cannot
                be mined as well; by default the account's next.

        Raises:
            TransactionReverted: the contract refuses, in simulation (nothing was sent) or mined;
                RevertedUnexplained where it was mined and the reason no longer shows.
            FeeTooHigh: the chain asks for more than max_fee_gwei; nothing is mined.
            NonceTaken: another transaction of this account was mined instead: with a nonce given,
                perhaps this call as it was sent before.
            TransactionUndone: a reorganization took it back, or with a nonce given what was mined
                before it, or nodes told too high a nonce; what to do now shows the chain.
            NotMined: not mined within receipt_timeout; it may be yet.
            InsufficientFunds: the account cannot pay.
            ChainUnavailable: no usable answer before anything was sent.
        """
        with self._one_at_a_time:
            try:
                receipt = self._deliver(call, nonce)
            except (NodeError, TransactionReverted) as refusal:
                raise self._why_refused(call, refusal) from None
        if receipt.status != 1:
            raise self._why_reverted(call, receipt)
        LOG.info("%s mined in block %d, %d gas", call.name, receipt.block_number, receipt.gas_used)
        return receipt

    def next_nonce(self, least: int = 0) -> int:
        """The account's next nonce by the latest state; with several nodes as far as they agree.

        Args:
            least: the one after the last that the caller knows to be used. It counts where a node
                knows of that one as well: others lag.

        Raises:
            ChainUnavailable: no usable answer.
        """
        counts = transaction_counts(self.chain, self.address)
        return counts.next_nonce(max(self._own, least))

    def _deliver(self, call: ContractCall, wanted: int | None) -> Receipt:
        counts = transaction_counts(self.chain, self.address)
        if wanted is not None:
            self._require_next(counts, wanted)
            return self._deliver_at(call, wanted, counts)
        nonce = counts.next_nonce(self._own)
        for _ in counts.told[1:]:
            try:
                return self._deliver_at(call, nonce, counts)
            except NonceTaken:
                if nonce >= counts.highest:
                    raise
                was_told = counts.is_told_by_most(nonce)
                # it was too low: the nodes that lag, or lie, were at least as many as the others
                counts = transaction_counts(self.chain, self.address)
                # or right until now: an earlier process may have sent the same call
                if nonce >= counts.highest or (was_told and counts.agreed > nonce):
                    raise
                nonce = counts.above(nonce)
        return self._deliver_at(call, nonce, counts)

    def _deliver_at(self, call: ContractCall, nonce: int, counts: Counts) -> Receipt:
        if nonce < counts.highest:
            words = ", ".join(map(str, counts.told))
            LOG.warning("the nodes tell different next nonces (%s): sending at %d", words, nonce)
        try:
            receipt = self._deliver_once(call, nonce)
        except TransactionUndone:
            self._own = 0
            raise
        self._own = nonce + 1
        return receipt

    def _deliver_once(self, call: ContractCall, nonce: int) -> Receipt:
        upper, lower = self._gas(call, self._passing_block(call))
        try:
            return self._deliver_with(call, nonce, upper)
        except (InsufficientFunds, NodeError):
            if lower == upper:
                raise
        # nothing was taken: of two nodes, one may tell more gas than a block or the account has
        return self._deliver_with(call, nonce, lower)

    def _deliver_with(self, call: ContractCall, nonce: int, gas: int) -> Receipt:
        fields: dict[str, Any] = {
            "chainId": self.chain.chain_id,
            "nonce": nonce,
            "gas": gas,
            "value": call.value,
            "data": "0x" + call.data.hex(),
        }
        if call.to is not None:
            fields["to"] = call.to
        offers = Offers(
            self.chain,
            self.address,
            nonce,
            sign=lambda fees: sign(self._account, fields, fees),
            cost=lambda fees: call.value + gas * fees.cap,
            limit=self._limit,
        )
        return Delivery(
            chain=self.chain,
            address=self.address,
            nonce=nonce,
            offers=offers,
            timing=self._timing,
        ).run(call.name)

    def _require_next(self, counts: Counts, wanted: int) -> None:
        if counts.agreed > wanted:
            raise NonceTaken(f"a transaction of {self.address} is mined at nonce {wanted} already")
        if counts.highest < wanted:
            raise TransactionUndone(
                f"the next nonce of {self.address} is {counts.highest}: what was mined before "
                f"nonce {wanted} was taken back"
            )

    def _passing_block(self, call: ContractCall) -> str:
        # The latest state decides: another's pending transaction may never be mined, and refusing
        # because of it could leave a round stuck. The pending one only counts in favour: its time
        # is ahead, which matters on a chain that makes no block without a transaction.
        try:
            self._simulate(call, "latest")
        except TransactionReverted as refusal:
            try:
                self._simulate(call, "pending")
            except (TransactionReverted, NodeError):
                raise refusal from None
            return "pending"
        return "latest"

    def _why_refused(self, call: ContractCall, refusal: FedjuryError) -> FedjuryError:
        """The refusal itself, unless the account could not pay even for the least transaction."""
        if isinstance(refusal, TransactionReverted) and is_contract_error(refusal):
            return refusal
        try:
            cost = call.value + LEAST_GAS * market_fees(self.chain, None).cap
            balance = balance_of(self.chain, self.address)
        except ChainUnavailable:
            return refusal
        return funds_error(self.address, balance, cost) or refusal

    def _simulate(self, call: ContractCall, block: str) -> None:
        self.chain.request("eth_call", self._unsigned(call), block)

    def _gas(self, call: ContractCall, block: str) -> tuple[int, int]:
        """By what the nodes estimate, the gas to offer first, and where that is too much."""
        answers = self.chain.request_each("eth_estimateGas", self._unsigned(call), block)
        told = [json_rpc.quantity(each, "a gas estimate") for each in answers]
        possible = [each for each in told if each <= TRANSACTION_GAS_LIMIT] or told
        return _with_reserve(upper_median(possible)), _with_reserve(lower_median(possible))

    def _unsigned(self, call: ContractCall) -> dict[str, str]:
        fields = {
            "from": self.address,
            "data": "0x" + call.data.hex(),
            "value": hex(call.value),
        }
        return fields if call.to is None else {**fields, "to": call.to}

    def _why_reverted(self, call: ContractCall, receipt: Receipt) -> TransactionReverted:
        # first on top of its own block: what else was mined there is the likeliest reason
        for block in (receipt.block_number, receipt.block_number - 1):
            try:
                self._simulate(call, hex(block))
            except TransactionReverted as reason:
                return reason if is_contract_error(reason) else RevertedUnexplained(str(reason))
            except ChainUnavailable:
                break
        return RevertedUnexplained(
            f"{call.name} reverted when mined in block {receipt.block_number}, "
            f"for a reason that no longer shows"
        )


def _with_reserve(estimate: int) -> int:
    wanted = estimate + estimate // 4 + GAS_RESERVE
    return max(estimate, min(wanted, TRANSACTION_GAS_LIMIT))
