"""How many transactions an account can pay for."""

from pathlib import Path

import pytest

from fedjury.preflight.balance import check_balance
from fedjury.preflight.finding import Outcome
from fedjury.preflight.subject import Role
from tests.support.checked_role import RELAY, CheckedRole

PRICE = 3 * 10**9  # twice the base fee and the tip
GAS = 60_000


@pytest.mark.parametrize(
    ("wei", "outcome", "count"),
    [
        (20 * GAS * PRICE, Outcome.OK, "20 transactions"),
        (20 * GAS * PRICE - 1, Outcome.WARNING, "19 transactions"),
        (GAS * PRICE, Outcome.WARNING, "1 transaction "),
        (GAS * PRICE - 1, Outcome.PROBLEM, "0 transactions"),
    ],
)
def test_a_balance_is_told_in_transactions_at_todays_price(
    tmp_path: Path, wei: int, outcome: Outcome, count: str
) -> None:
    role = CheckedRole.of(Role.CLIENT, tmp_path)
    role.chain.balance = wei
    found = role.one(check_balance)
    assert found[0] is outcome
    assert f"enough for {count}" in found[1]
    assert "of 60,000 gas at 3 gwei" in found[1]


def test_a_client_with_a_relay_needs_no_ether(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.CLIENT, tmp_path)
    role.chain.balance = 0
    assert role.one(check_balance)[0] is Outcome.PROBLEM
    role.has(relays=(RELAY,))
    assert role.one(check_balance)[0] is Outcome.OK


def test_a_report_of_more_updates_takes_more_gas(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.JUROR, tmp_path)
    # 60,000, a signature, and a byte for each of 3 members
    assert "of 65,120 gas" in role.one(check_balance)[1]


def test_a_price_above_the_cap_is_told(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.CLIENT, tmp_path)
    role.has(max_fee_gwei=1)
    outcome, found = role.one(check_balance)
    assert outcome is Outcome.WARNING
    assert "more than the cap of 1 gwei" in found


def test_where_gas_is_free_no_balance_is_needed(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.CLIENT, tmp_path)
    role.chain.balance = role.chain.base_fee = role.chain.tip = 0
    assert role.one(check_balance) == (Outcome.OK, "0 ether; gas costs nothing on this chain")
