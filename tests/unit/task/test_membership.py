"""Who takes part in a task, asked at the start."""

from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import RosterSet
from fedjury.chain.rpc.logs import Care
from fedjury.errors import ConfigError, LogsMissing, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.task.membership import require_client, require_juror
from fedjury.task.rosters import WrongRoster
from tests.support.fake_federation import (
    CLIENTS,
    JUROR,
    OTHER_JUROR,
    STRANGER,
    TASK_ADDRESS,
    FakeFederation,
)

NAME = f"eip155:1337:{TASK_ADDRESS.lower()}"


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    """A task whose roster has three clients."""
    return FakeFederation(tmp_path)


def require(federation: FakeFederation, account: LocalAccount) -> None:
    require_client(federation.task, account.address, federation.store)


def set_roster(federation: FakeFederation, *members: LocalAccount) -> Digest:
    roster = Roster.of(member.address for member in members)
    digest = federation.store.add(roster.to_bytes())
    federation.contract.set_roster_of(roster, digest)
    return digest


def test_a_member_of_the_rounds_roster_is_a_client(federation: FakeFederation) -> None:
    require(federation, CLIENTS[2])


def test_who_is_in_no_roster_is_told_to_ask(federation: FakeFederation) -> None:
    words = f"{STRANGER.address} is not in the roster of {NAME}: ask the coordinator"
    with pytest.raises(ConfigError) as caught:
        require(federation, STRANGER)
    assert str(caught.value) == words


def test_who_is_in_the_next_roster_is_a_client_already(federation: FakeFederation) -> None:
    set_roster(federation, STRANGER)
    require(federation, STRANGER)
    require(federation, CLIENTS[0])  # until that counts


def test_who_submitted_once_passes_whatever_the_roster(federation: FakeFederation) -> None:
    federation.contract.submit(CLIENTS[0].address, Digest(b"\1" * 32))
    set_roster(federation, *CLIENTS[1:])
    federation.contract.void()
    federation.store.is_down = True
    require(federation, CLIENTS[0])


def test_who_never_submitted_and_was_taken_off_does_not(federation: FakeFederation) -> None:
    set_roster(federation, *CLIENTS[1:])
    federation.contract.void()
    with pytest.raises(ConfigError, match="not in the roster"):
        require(federation, CLIENTS[0])


def test_in_an_empty_roster_is_nobody(federation: FakeFederation) -> None:
    set_roster(federation)
    federation.contract.void()
    with pytest.raises(ConfigError, match="not in the roster"):
        require(federation, CLIENTS[0])


def test_a_store_that_is_down_says_nothing_of_who_is_in_the_roster(
    federation: FakeFederation,
) -> None:
    federation.store.is_down = True
    with pytest.raises(StoreUnavailable):
        require(federation, CLIENTS[0])


def test_a_roster_that_the_node_does_not_tell_of_says_nothing_either(
    federation: FakeFederation,
) -> None:
    contract = federation.contract
    contract.withheld = [event for event in contract.events if isinstance(event, RosterSet)]
    with pytest.raises(LogsMissing):
        require(federation, CLIENTS[0])


def test_a_roster_that_the_node_tells_of_when_asked_closely_is_found(
    federation: FakeFederation,
) -> None:
    contract = federation.contract
    contract.withheld = [event for event in contract.events if isinstance(event, RosterSet)]
    contract.told_from = Care.HALVING
    require(federation, CLIENTS[0])


def test_a_file_that_is_not_what_the_chain_says_leaves_it_open_who_is_in(
    federation: FakeFederation,
) -> None:
    federation.change(RosterSet, digest=federation.store.add(bytes(60)))
    with pytest.raises(WrongRoster):
        require(federation, CLIENTS[0])
    set_roster(federation, CLIENTS[0])
    require(federation, CLIENTS[0])
    with pytest.raises(WrongRoster):
        require(federation, CLIENTS[1])


def test_both_juries_judge(federation: FakeFederation) -> None:
    require_juror(federation.task, JUROR.address)
    words = f"{OTHER_JUROR.address} is not in jury 1 of {NAME}: ask the coordinator"
    with pytest.raises(ConfigError, match=f"^{words}$"):
        require_juror(federation.task, OTHER_JUROR.address)
    federation.contract.announce([OTHER_JUROR], 1)
    for juror in (JUROR, OTHER_JUROR):
        require_juror(federation.task, juror.address)
    with pytest.raises(ConfigError, match="is not in jury 1 nor in the announced jury 2 of"):
        require_juror(federation.task, STRANGER.address)
