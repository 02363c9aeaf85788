"""How many transactions the account can pay for at today's price."""

from collections.abc import Iterator

from fedjury.chain.transactions.fees import GWEI, market_fees
from fedjury.chain.transactions.funds import ETHER, balance_of
from fedjury.checks.counts import counted
from fedjury.errors import FeeTooHigh
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, ok, problem, warning
from fedjury.preflight.subject import Role

BALANCE = "balance"
FEW = 20
"""Fewer transactions than these are soon used up."""
_LEAST_REPORT, _GAS_A_VERDICT = 60_000, 40  # docs/performance.md
_GAS_A_SIGNATURE = 5_000
_UPDATE_GAS, _BATCH_GAS, _OWNER_GAS = 60_000, 45_000, 300_000


def check_balance(bench: Bench) -> Iterator[Finding]:
    """The account can pay for its transactions, each at the price that a sender would offer now."""
    task, address = bench.task.need(), bench.address.need()
    gas = _gas(bench)
    try:
        price = market_fees(task.chain, _limit(bench)).cap
    except FeeTooHigh as error:
        yield warning(BALANCE, str(error), "wait, or raise --max-fee-gwei")
        return
    yield _judged(bench, balance_of(task.chain, address), gas, price)


def _judged(bench: Bench, balance: int, gas: int, price: int) -> Finding:
    count = balance // (gas * price) if price else None
    has = f"{balance / ETHER:.6g} ether"
    if count is None:
        return ok(BALANCE, f"{has}; gas costs nothing on this chain")
    worth = counted(count, "transaction")
    found = f"{has}: enough for {worth} of {gas:,} gas at {price / GWEI:.3g} gwei"
    if count == 0 and bench.subject.role is Role.CLIENT and bench.subject.own.relays:
        return ok(BALANCE, f"{has}, and none is needed as long as a relay posts its updates")
    if count == 0:
        return problem(BALANCE, found, "send the account funds")
    if count < FEW:
        return warning(BALANCE, found, "send the account more soon")
    return ok(BALANCE, found)


def _gas(bench: Bench) -> int:
    """What the role's usual transaction takes, as measured (docs/performance.md), and some more."""
    match bench.subject.role:
        case Role.JUROR:
            seen = bench.overview.need()
            verdicts = max(seen.round.submitted, seen.roster.size)
            signatures = _GAS_A_SIGNATURE * seen.jury.quorum
            return _LEAST_REPORT + signatures + _GAS_A_VERDICT * verdicts
        case Role.CLIENT:
            return _UPDATE_GAS
        case Role.RELAYER:
            return _BATCH_GAS
        case _:
            return _OWNER_GAS


def _limit(bench: Bench) -> int | None:
    gwei = bench.subject.own.max_fee_gwei
    return None if gwei is None else gwei * GWEI
