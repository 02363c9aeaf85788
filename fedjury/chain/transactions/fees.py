"""What a transaction offers for being mined; all amounts in wei per unit of gas.

Of several nodes one may tell absurd fees, of which a tip or a gas price would be paid in full: the
lower median of what they tell counts. Too low an offer is replaced.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.agreement import lower_median
from fedjury.errors import ChainUnavailable, FeeTooHigh

GWEI = 10**9
DEFAULT_TIP = GWEI
FIRST_RAISE = GWEI // 1000  # from nothing; what geth asks for at least
# A replacement must offer clearly more in both parts: geth asks for 10%, other nodes for 12.5%.
# Twice that saves a second replacement.
RAISE_PERCENT = 25


@dataclass(frozen=True)
class Fees:
    """An offer: EIP-1559's cap and tip, or a plain gas price where the chain has no base fee."""

    cap: int
    tip: int | None

    @property
    def is_all_tip(self) -> bool:
        """Whether the chain itself asks for nothing: its base fee is 0."""
        return self.tip == self.cap

    def raised(self) -> "Fees":
        """The least offer that replaces this one."""
        tip = None if self.tip is None else _more(self.tip)
        return Fees(_more(self.cap), tip)

    def at_least(self, other: "Fees") -> "Fees":
        """The higher of both in each part."""
        tip = None if self.tip is None else max(self.tip, other.tip or 0)
        return Fees(max(self.cap, other.cap), tip)

    def within(self, limit: int) -> "Fees":
        """This offer, cut down to a limit."""
        tip = None if self.tip is None else min(self.tip, limit)
        return Fees(min(self.cap, limit), tip)

    def fields(self) -> dict[str, int]:
        """The transaction's fields."""
        if self.tip is None:
            return {"gasPrice": self.cap}
        return {"maxFeePerGas": self.cap, "maxPriorityFeePerGas": self.tip}


def _more(amount: int) -> int:
    if amount < GWEI:  # a chain that costs next to nothing: a quarter more would never be enough
        return max(2 * amount, FIRST_RAISE)
    return -(-amount * (100 + RAISE_PERCENT) // 100) + 1


def market_fees(
    chain: Chain, limit: int | None, base_of: Callable[[Iterable[int]], int] = lower_median
) -> Fees:
    """What gets a transaction mined now, with room for the base fee to double.

    Args:
        limit: the most to offer; None for no limit.
        base_of: which base fee to take of those that nodes tell.

    Raises:
        FeeTooHigh: even without that room it is more than the limit.
        ChainUnavailable: no usable answer.
    """
    base = _base_fee(chain, base_of)
    if base is None:
        price = _told(chain, "eth_gasPrice", "the gas price")
        _require_within(price, limit)
        return Fees(price, None)
    tip = _tip(chain, base)
    _require_within(base + tip, limit)
    cap = 2 * base + tip
    return Fees(cap if limit is None else min(cap, limit), tip)


def _base_fee(chain: Chain, base_of: Callable[[Iterable[int]], int]) -> int | None:
    """The latest block's; None on a chain that has none."""
    answers = chain.request_each("eth_getBlockByNumber", "latest", False)
    blocks = [json_rpc.mapping(each, "the latest block") for each in answers]
    told = [block["baseFeePerGas"] for block in blocks if block.get("baseFeePerGas") is not None]
    if 2 * len(told) < len(blocks) or not told:
        return None
    return base_of([json_rpc.quantity(each, "the base fee") for each in told])


def _told(chain: Chain, method: str, what: str) -> int:
    return lower_median([json_rpc.quantity(each, what) for each in chain.request_each(method)])


def _tip(chain: Chain, base: int) -> int:
    try:
        return _told(chain, "eth_maxPriorityFeePerGas", "the priority fee")
    except ChainUnavailable:
        pass  # the method is an extension that some nodes lack, and say so in all manner of ways
    try:
        price = _told(chain, "eth_gasPrice", "the gas price")
    except ChainUnavailable:
        return DEFAULT_TIP
    return min(max(0, price - base), DEFAULT_TIP)  # where gas is free, no tip is due either


def _require_within(needed: int, limit: int | None) -> None:
    if limit is not None and needed > limit:
        raise FeeTooHigh(
            f"a transaction now costs {needed / GWEI:.3g} gwei per gas, more than the cap of "
            f"{limit / GWEI:.3g} gwei: waiting for it to fall, or raise the cap"
        )
