"""Whether an account can pay for what it is there for."""

import pytest

from fedjury.task.vitals.purse import LOOK_SECONDS, RESERVE, Purse
from tests.support.fake_federation import JUROR
from tests.support.paced_chain import PacedChain
from tests.unit.runtime.http.test_limits import Clock

GAS = 100_000
COST = GAS * 10**9


@pytest.fixture
def chain() -> PacedChain:
    """A chain whose gas costs a gwei."""
    return PacedChain([1000])


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def purse(chain: PacedChain, clock: Clock) -> Purse:
    """Of an account whose transactions take 100,000 gas."""
    return Purse(chain.as_chain, JUROR.address, GAS, clock)


def test_an_account_with_enough_for_ten_transactions_is_well(
    chain: PacedChain, purse: Purse
) -> None:
    chain.balance = RESERVE * COST
    purse.look()
    assert (purse.lack, purse.shortage) == ("", "")


def test_an_account_runs_out_of_money_before_it_has_none(chain: PacedChain, purse: Purse) -> None:
    chain.balance = RESERVE * COST - 1
    purse.look()
    assert purse.lack == ""
    assert purse.shortage == (
        f"account {JUROR.address} runs out of money: its 0.001 ether pay for 9 more transactions "
        "at the present price: send it funds"
    )


def test_an_account_that_cannot_pay_for_one_lacks_money(
    chain: PacedChain, purse: Purse, clock: Clock
) -> None:
    chain.balance = COST - 1
    purse.look()
    assert "cannot pay for the gas" in purse.lack
    assert purse.shortage == purse.lack
    chain.balance = RESERVE * COST
    purse.look()
    assert purse.lack
    clock.now += LOOK_SECONDS
    purse.look()
    assert (purse.lack, purse.shortage) == ("", "")


def test_a_higher_price_makes_the_same_balance_too_little(
    chain: PacedChain, purse: Purse, clock: Clock
) -> None:
    chain.balance = RESERVE * COST
    purse.look()
    chain.price *= 2
    clock.now += LOOK_SECONDS
    purse.look()
    assert "pay for 5 more transactions" in purse.shortage
