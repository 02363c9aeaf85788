"""This machine's clock against the chain's and others'."""

from pathlib import Path

import pytest

from fedjury.preflight.clock import check_block_time, check_other_clocks
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.subject import Role
from tests.support.checked_role import CheckedRole

SHOWN = "http://node.example:8545"


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    return CheckedRole.of(Role.AUDITOR, tmp_path)


@pytest.mark.parametrize(
    ("age", "outcome", "words"),
    [
        (-16, Outcome.PROBLEM, "the newest block is 16 s ahead of this machine's clock"),
        (-15, Outcome.OK, "the newest block is 0 s old, one every 12 s"),
        (120, Outcome.OK, "the newest block is 120 s old, one every 12 s"),
        (121, Outcome.PROBLEM, "the newest block is 121 s old, though one comes every 12 s"),
        (-3600, Outcome.PROBLEM, "the newest block is 3600 s ahead of this machine's clock"),
    ],
)
def test_the_newest_block_is_about_now(
    role: CheckedRole, age: int, outcome: Outcome, words: str
) -> None:
    role.now = role.chain.timestamp + age
    assert role.one(check_block_time) == (outcome, words)


def test_a_chain_that_keeps_no_pace_may_have_an_old_block(role: CheckedRole) -> None:
    role.chain.height, role.now = 3, role.chain.timestamp + 10_000
    assert role.one(check_block_time) == (
        Outcome.OK,
        "the newest block is 10000 s old, on a chain that keeps no pace",
    )


@pytest.mark.parametrize(
    ("off", "outcome", "words"),
    [
        (3, Outcome.OK, f"no more than 3 s away from {SHOWN}"),
        (-4, Outcome.WARNING, f"this machine is 4 s behind {SHOWN}"),
        (30, Outcome.WARNING, f"this machine is 30 s ahead of {SHOWN}"),
        (3600, Outcome.PROBLEM, f"this machine is 3600 s ahead of {SHOWN}"),
    ],
)
def test_other_machines_have_the_same_time(
    role: CheckedRole, off: int, outcome: Outcome, words: str
) -> None:
    role.dates[SHOWN] = role.now - off - 0.5
    assert role.one(check_other_clocks) == (outcome, words)


def test_where_nobody_tells_the_time_nothing_is_known(role: CheckedRole) -> None:
    with pytest.raises(CannotCheck, match="tells its time"):
        role.found(check_other_clocks)
