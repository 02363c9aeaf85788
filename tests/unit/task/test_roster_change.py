"""A task's rosters with their members, and changing the newest one."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RosterSet
from fedjury.errors import ConfigError, StoreUnavailable
from fedjury.protocol.roster import Roster
from fedjury.task.roster_change import KnownRoster, read_roster
from fedjury.task.rosters import WrongRoster
from tests.support.fake_federation import CLIENTS, STRANGER, FakeFederation

MEMBERS: list[str] = [client.address for client in CLIENTS[:3]]
OTHERS: list[str] = [client.address for client in CLIENTS[3:]]


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    """A task whose roster has three clients."""
    return FakeFederation(tmp_path)


@pytest.fixture
def known(federation: FakeFederation) -> KnownRoster:
    return read_roster(federation.task, federation.store)


def test_the_newest_roster_is_the_one_that_was_set_last(federation: FakeFederation) -> None:
    for members in (OTHERS, MEMBERS[:1]):
        roster = Roster.of(members)
        federation.contract.set_roster_of(roster, federation.store.add(roster.to_bytes()))
    newest = read_roster(federation.task, federation.store)
    assert (newest.event.version, newest.members.members) == (2, MEMBERS[:1])
    current = read_roster(federation.task, federation.store, newest=False)
    assert (current.event.version, current.members) == (1, federation.roster)


def test_members_are_added_and_taken_off(known: KnownRoster) -> None:
    assert known.with_members(OTHERS) == Roster.of([*MEMBERS, *OTHERS])
    assert known.without_members(MEMBERS[1:]) == Roster.of(MEMBERS[:1])
    assert known.without_members(MEMBERS) == Roster()


def test_to_a_roster_of_nobody_members_are_added_too(federation: FakeFederation) -> None:
    federation.contract.set_roster_of(Roster(), federation.store.add(b""))
    known = read_roster(federation.task, federation.store)
    assert known.with_members(OTHERS) == Roster.of(OTHERS)


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ([MEMBERS[1]], f"{MEMBERS[1]} is already in roster 1"),
        ([*OTHERS, MEMBERS[1]], f"{MEMBERS[1]} is already in roster 1"),
        (MEMBERS[:2], f"{MEMBERS[0]} is already in roster 1; so is 1 other of those given"),
        (MEMBERS, f"{MEMBERS[0]} is already in roster 1; so are 2 others of those given"),
    ],
)
def test_who_is_a_member_is_not_added_again(
    known: KnownRoster, addresses: list[str], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        known.with_members(addresses)
    assert str(caught.value) == words


def test_who_is_no_member_is_not_taken_off(known: KnownRoster) -> None:
    with pytest.raises(ConfigError, match=f"^{STRANGER.address} is not in roster 1$"):
        known.without_members([MEMBERS[0], STRANGER.address])
    with pytest.raises(ConfigError, match="is not in roster 1; so are 2 others of those given"):
        known.without_members(OTHERS)


def test_a_roster_whose_file_cannot_be_had_or_is_wrong_is_not_changed(
    federation: FakeFederation,
) -> None:
    federation.store.is_down = True
    with pytest.raises(StoreUnavailable):
        read_roster(federation.task, federation.store)
    federation.store.is_down = False
    federation.change(RosterSet, digest=federation.store.add(bytes(60)))
    with pytest.raises(WrongRoster, match="roster 1"):
        read_roster(federation.task, federation.store)
