"""RPC endpoints: each serves the chain, and all of them the same one."""

from pathlib import Path

import pytest

from fedjury.errors import ChainUnavailable
from fedjury.preflight.endpoints import check_endpoints
from fedjury.preflight.finding import Outcome
from fedjury.preflight.subject import Role
from tests.support.checked_role import OTHER_RPC, RPC, CheckedRole, PacedChain


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    return CheckedRole.of(Role.AUDITOR, tmp_path)


def _two(role: CheckedRole, other: PacedChain | Exception) -> None:
    role.lies(rpcs=(RPC, OTHER_RPC))
    role.chains[OTHER_RPC] = other


def test_an_endpoint_of_the_chain_is_well_and_its_key_is_not_shown(role: CheckedRole) -> None:
    (found,) = role.found(check_endpoints)
    assert (found.outcome, found.found) == (Outcome.OK, "serves chain 1337, at block 1,001")
    assert found.subject == "RPC http://node.example:8545"


def test_an_endpoint_of_another_chain_is_a_problem(role: CheckedRole) -> None:
    role.lies(chain_id=5)
    assert role.one(check_endpoints) == (Outcome.PROBLEM, "it serves chain 1337, not 5")


def test_an_endpoint_that_is_down_is_a_problem_only_where_there_is_no_other(
    role: CheckedRole,
) -> None:
    role.chains[RPC] = ChainUnavailable("nobody is there")
    assert role.one(check_endpoints) == (Outcome.PROBLEM, "nobody is there")
    _two(role, role.chain)
    down, well = role.found(check_endpoints)
    assert (down.outcome, down.found) == (Outcome.WARNING, "nobody is there")
    assert well.outcome is Outcome.OK


@pytest.mark.parametrize(("behind", "outcome"), [(5, Outcome.OK), (6, Outcome.WARNING)])
def test_a_node_that_lies_behind_another_is_told(
    role: CheckedRole, behind: int, outcome: Outcome
) -> None:
    _two(role, PacedChain(role.chain.height - behind))
    first, second = role.found(check_endpoints)
    assert first.outcome is Outcome.OK
    assert second.outcome is outcome
    assert (f"{behind} blocks behind http://node.example:8545" in second.found) is (
        outcome is Outcome.WARNING
    )


def test_a_node_on_another_chain_of_the_same_number_is_a_problem(role: CheckedRole) -> None:
    other = PacedChain(role.chain.height - 1)
    other.salt = 1
    _two(role, other)
    _, second = role.found(check_endpoints)
    assert second.outcome is Outcome.PROBLEM
    assert second.found == "its block 988 is another than that of http://node.example:8545"
