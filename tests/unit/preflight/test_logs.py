"""Whether a node tells all events."""

from pathlib import Path

import pytest

from fedjury.chain.rpc.logs import Care
from fedjury.chain.rpc.range_size import RangeSize
from fedjury.errors import ChainUnavailable
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.logs import check_logs
from fedjury.preflight.subject import Role
from tests.support.checked_role import OTHER_RPC, RPC, CheckedRole
from tests.support.fake_federation import weights


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    found = CheckedRole.of(Role.AUDITOR, tmp_path)
    found.federation.submit_weights(weights(0), weights(1))
    return found


def test_a_node_that_tells_all_is_well(role: CheckedRole) -> None:
    assert role.one(check_logs) == (
        Outcome.OK,
        "all 6 events of the task are told, in ranges of up to 2,000 blocks",
    )


def test_a_node_that_has_to_be_asked_closely_is_told(role: CheckedRole) -> None:
    contract = role.federation.contract
    contract.withheld, contract.told_from = [contract.events[-1]], Care.HALVING
    outcome, found = role.one(check_logs)
    assert outcome is Outcome.WARNING
    assert found.startswith("all 6 events of the task are told, but only when asked closely")


def test_a_node_that_leaves_events_out_is_a_problem(role: CheckedRole) -> None:
    role.federation.contract.withheld = [role.federation.contract.events[-1]]
    outcome, found = role.one(check_logs)
    assert outcome is Outcome.PROBLEM
    assert "1 events do not hash to what the contract holds of round 1" in found


@pytest.mark.parametrize(("blocks", "outcome"), [(100, Outcome.OK), (99, Outcome.WARNING)])
def test_a_node_of_small_ranges_is_told(role: CheckedRole, blocks: int, outcome: Outcome) -> None:
    role.chain.log_ranges = RangeSize(blocks)
    found = role.one(check_logs)
    assert found[0] is outcome
    assert f"{blocks} blocks" in found[1]


def test_each_endpoint_is_asked_and_one_that_is_down_is_skipped(role: CheckedRole) -> None:
    role.lies(rpcs=(OTHER_RPC, RPC))
    role.chains[OTHER_RPC] = ChainUnavailable("nobody is there")
    first, second = role.found(check_logs)
    assert (first.outcome, second.outcome) == (Outcome.SKIPPED, Outcome.OK)
    assert "nobody is there" in first.found


def test_without_a_chain_nothing_is_known(role: CheckedRole) -> None:
    role.chains[RPC] = ChainUnavailable("nobody is there")
    with pytest.raises(CannotCheck, match="cannot be made without the chain: nobody is there"):
        role.found(check_logs)
