"""The audit holds rosters' files and who submitted against what the chain says."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RosterSet, RoundOpened, RoundVoided
from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import ADDRESS_BYTES, Roster
from fedjury.protocol.updates_hash import updates_hash
from tests.support.audited_story import Story
from tests.support.fake_federation import CLIENTS, STRANGER
from tests.unit.oracle.audit.conftest import GOOD, USELESS


def set_file(story: Story, data: bytes) -> str:
    """Have the roster's event name another file; its CID."""
    digest = story.federation.store.add(data)
    story.federation.change(RosterSet, digest=digest)
    return digest.cid


def test_members_of_a_new_roster_submit_from_the_next_round_on(story: Story) -> None:
    fewer = Roster.of(client.address for client in CLIENTS[:2])
    story.contract.set_roster_of(fewer, story.federation.store.add(fewer.to_bytes()))
    story.judge(USELESS, GOOD, GOOD)
    story.judge(USELESS, GOOD)
    result = story.audit()
    assert result.passed, result.difference
    assert story.round(3).roster.version == 2


def test_whoever_submits_and_is_in_the_next_roster_only_is_found(story: Story) -> None:
    newcomer = CLIENTS[5].address
    more = Roster.of([*(client.address for client in story.federation.clients), newcomer])
    story.contract.set_roster_of(more, story.federation.store.add(more.to_bytes()))
    story.contract.submit(newcomer, story.digests[0])
    assert story.differs() == f"round 2: update 0: {newcomer} is not in roster 1"


def test_a_stranger_that_submits_is_found(story: Story) -> None:
    story.contract.submit(story.federation.clients[0].address, story.digests[0])
    story.contract.submit(STRANGER.address, story.digests[0])
    assert story.differs() == f"round 2: update 1: {STRANGER.address} is not in roster 1"


def test_a_former_member_that_submits_is_found(story: Story) -> None:
    fewer = Roster.of(client.address for client in CLIENTS[1:4])
    story.contract.set_roster_of(fewer, story.federation.store.add(fewer.to_bytes()))
    story.contract.void()
    former = CLIENTS[0].address
    story.contract.submit(former, story.digests[0])
    assert story.differs() == f"round 3: update 0: {former} is not in roster 2"


def test_under_a_roster_of_nobody_nobody_submits(story: Story) -> None:
    story.contract.set_roster_of(Roster(), Digest(bytes(32)))
    story.contract.void()
    assert story.audit().passed
    member = CLIENTS[0].address
    story.contract.submit(member, story.digests[0])
    assert story.differs() == f"round 3: update 0: {member} is not in roster 2"


def test_a_file_of_another_root_is_found(story: Story) -> None:
    other = Roster.of(client.address for client in CLIENTS[1:5])
    cid = set_file(story, other.to_bytes())
    root = story.federation.roster.root.hex()
    assert story.differs() == (
        f"round 1: roster 1, {cid}, has the root 0x{other.root.hex()}, the chain says 0x{root}"
    )


def test_a_file_of_fewer_members_is_found(story: Story) -> None:
    cid = set_file(story, Roster.of(client.address for client in CLIENTS[:3]).to_bytes())
    assert story.differs() == f"round 1: roster 1, {cid}, has 3 members, the chain says 4"


def test_a_file_of_more_members_is_found(story: Story) -> None:
    cid = set_file(story, Roster.of(client.address for client in CLIENTS[:5]).to_bytes())
    assert story.differs() == (
        f"round 1: roster 1, {cid}, is larger than the 4 members that the chain says"
    )


def test_a_file_out_of_order_is_found(story: Story) -> None:
    data = story.federation.roster.to_bytes()
    cid = set_file(story, data[ADDRESS_BYTES:] + data[:ADDRESS_BYTES])
    assert story.differs() == (
        f"round 1: roster 1, {cid}, is none: addresses 2 and 3 of the roster do not ascend"
    )


def test_a_file_that_is_no_list_of_addresses_is_found(story: Story) -> None:
    cid = set_file(story, b"nobody")
    assert story.differs() == (
        f"round 1: roster 1, {cid}, is none: 6 bytes are no list of addresses of 20 bytes"
    )


def test_another_size_in_the_event_is_found(story: Story) -> None:
    story.federation.change(RosterSet, size=5)
    assert story.differs() == (
        f"round 1: roster 1, {story.round(1).roster.digest.cid}, has 4 members, the chain says 5"
    )


def test_a_roster_of_nobody_that_has_a_size_is_found(story: Story) -> None:
    event = story.contract.set_roster_of(Roster(), Digest(bytes(32)))
    story.federation.change(RosterSet, size=1)
    story.contract.void()
    story.contract.submit(CLIENTS[0].address, story.digests[0])
    assert story.differs() == (
        f"round 3: roster 2, {event.digest.cid}, has 0 members, the chain says 1"
    )


def test_a_roster_that_is_gone_is_noted_and_held_against_nobody(story: Story) -> None:
    digest = story.round(1).roster.digest
    story.forget(digest)
    story.judge(USELESS)
    result = story.audit()
    assert result.passed, result.difference
    note = (
        f"the file of roster 1, {digest.cid}, is gone from the store: only the contract has seen "
        "that the clients are in it"
    )
    assert [audit.notes for audit in result.rounds] == [[note], [note], []]


def test_a_roster_that_the_store_refuses_accuses_nobody(story: Story) -> None:
    story.federation.store.refused = {story.round(1).roster.digest}
    with pytest.raises(StoreUnavailable, match="503"):
        story.audit()


def test_a_roster_that_is_missing_for_a_moment_leaves_no_note(story: Story) -> None:
    story.federation.store.missing[story.round(1).roster.digest] = 3
    assert story.audit().rounds[0].notes == []


def test_a_roster_that_was_set_and_does_not_count_is_found(story: Story) -> None:
    fewer = Roster.of(client.address for client in CLIENTS[:2])
    story.contract.set_roster_of(fewer, story.federation.store.add(fewer.to_bytes()))
    story.contract.void()
    story.contract.roster_version = 1
    story.federation.change(RoundOpened, roster_version=1)
    assert story.differs() == ("round 3: opens with roster 1, though roster 2 had been set before")


def test_a_roster_that_is_set_anew_while_it_counts_is_found(story: Story) -> None:
    fewer = Roster.of(client.address for client in CLIENTS[:2])
    story.contract.set_roster_of(fewer, story.federation.store.add(fewer.to_bytes()))
    story.federation.change(RosterSet, version=1)
    story.contract.void()
    story.federation.change(RoundVoided, updates_hash=story.round(2).opening)
    assert story.differs() == "round 3: roster 1 was set anew while it counted"


def test_a_version_that_is_left_out_is_found(story: Story) -> None:
    fewer = Roster.of(client.address for client in CLIENTS[:2])
    story.contract.set_roster_of(fewer, story.federation.store.add(fewer.to_bytes()))
    story.federation.change(RosterSet, version=3)
    story.contract.void()
    story.contract.roster_version = 3
    story.federation.change(RoundOpened, roster_version=3)
    assert story.differs() == "round 3: opens with roster 3, right after roster 1"


def test_a_first_roster_of_another_version_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.federation.change(RosterSet, version=2)
    story.federation.change(RoundOpened, roster_version=2)
    story.contract.roster_version = 2
    assert story.differs() == "round 1: opens with roster 2, the first one is 1"


def test_updates_are_held_against_an_opening_that_binds_their_roster(story: Story) -> None:
    other = Roster.of(client.address for client in CLIENTS[1:5])
    digest = story.federation.store.add(other.to_bytes())
    story.federation.change(RosterSet, root=other.root, digest=digest)
    first = story.round(1)
    computed, posted = (
        updates_hash(first.opening, first.submissions),
        story.finalized().updates_hash,
    )
    assert story.differs() == (
        f"round 1: updates hash to 0x{computed.hex()}, the event says 0x{posted.hex()}"
    )
