"""Who of a jury of four is told of for what it does not do, and that nobody else is."""

import json
from pathlib import Path

import pytest

from fedjury.errors import StoreUnavailable
from fedjury.oracle.exchange.availability import Available
from fedjury.oracle.exchange.events import PeerMisbehaved, PeerUnreachable, ProposalRefused
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.lapse_events import FilesUnclaimed, FileUnserved, LeaderSilent
from fedjury.oracle.exchange.standing import Standing
from fedjury.oracle.recording import Held
from fedjury.protocol.batch_file import batch_bytes
from fedjury.protocol.verdicts import VerdictCode, unpack
from tests.support.fake_federation import FakeFederation, account
from tests.support.joint import FakeJury, Seat, leader_of, skip_to, together_of
from tests.support.jurors import finalized_rounds


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    made = FakeFederation(tmp_path / "federation")
    made.submit_three()
    return made


@pytest.fixture
def jury(federation: FakeFederation, tmp_path: Path) -> FakeJury:
    return FakeJury(federation, tmp_path / "jurors")


def others_of(index: int) -> list[int]:
    return [each for each in range(4) if each != index]


def told(jury: FakeJury) -> list[tuple[int, str, str]]:
    """Who told what of whom: index, kind and address in lower case."""
    return [
        (index, event.name, event.juror.lower())
        for index, seat in enumerate(jury.seats)
        for event in seat.told
        if isinstance(event, FilesUnclaimed | FileUnserved | LeaderSilent)
    ]


def standing_of(seat: Seat) -> Standing:
    found = seat.juror.standing()
    assert found is not None
    return found


def status_of(seat: Seat) -> dict[str, object]:
    """What a juror tells another that asks how it is."""
    found: dict[str, object] = json.loads(seat.board.answer(seat.address, "/status").body)
    return found


def refuse_votes(jury: FakeJury, *indexes: int) -> None:
    """Jurors who say what they hold, and never vote."""
    for index in indexes:
        together = jury.seats[index].juror._together
        assert together is not None
        together._voting.vote = lambda *_: False  # type: ignore[method-assign]


def no_lead(joint: JointRound) -> None:
    """Propose nothing."""


def let_the_leader_be_silent(
    federation: FakeFederation, jury: FakeJury, silent: int, *others: int
) -> None:
    """Everybody says what it holds; the leader of the first attempt does nothing else."""
    refuse_votes(jury, *range(4))
    together = jury.seats[silent].juror._together
    assert together is not None
    together._proposing.lead = lambda joint: None  # type: ignore[method-assign]
    jury.cycle()
    jury.cycle()
    for attempt in (0, 1):
        skip_to(federation, attempt)
        jury.cycle(*others)
        jury.cycle(*others)


# --- honest jurors ---


def test_of_jurors_who_do_their_part_nothing_is_told(
    federation: FakeFederation, jury: FakeJury
) -> None:
    assert jury.play()
    for attempt in range(3):  # what comes after the certificate is nobody's fault
        federation.chain.timestamp += 100 * (attempt + 1)
        jury.cycle()
    assert told(jury) == []
    assert set(standing_of(jury.seats[0]).lacks.values()) == {0}


@pytest.mark.parametrize("owners", [1, 2, 3])
def test_nobody_is_told_of_for_a_file_that_it_had_from_others(
    federation: FakeFederation, jury: FakeJury, owners: int
) -> None:
    digest = federation.contract.submissions()[0].digest
    for index in range(owners, 4):
        jury.seats[index].store.hidden.add(digest)
    assert jury.play()
    assert told(jury) == []


@pytest.mark.parametrize("is_silent", [False, True])
def test_a_file_that_is_too_large_as_a_batch_and_not_as_an_update_is_nobodys_fault(
    federation: FakeFederation, tmp_path: Path, is_silent: bool
) -> None:
    """One juror may be silent, and another gets the file from the others alone."""
    contract, relayer = federation.contract, account(77).address
    digest = contract.submissions()[0].digest
    size = len(federation.store.fetch(digest, 10**6, 1))
    assert batch_bytes(1) < size
    contract.set_relayer_to(relayer, True)
    contract.batch(relayer, 1, digest)
    jury = FakeJury(federation, tmp_path / "jurors")
    first = leader_of(federation)
    silent, poor = (first + 1) % 4, (first + 2) % 4
    jury.seats[poor].store.hidden.add(digest)
    there = others_of(silent) if is_silent else list(range(4))
    for attempt in range(4):
        skip_to(federation, attempt)
        if jury.play(*there, most=6):
            break
    (finalized,) = finalized_rounds(federation)
    codes = unpack(finalized.verdicts)
    assert codes[1:] == [VerdictCode.NOT_IMPROVED, VerdictCode.ACCEPTED, VerdictCode.MALFORMED]
    named = [each.of(FileUnserved, LeaderSilent, PeerMisbehaved) for each in jury.seats]
    assert named == [[], [], [], []]


def test_nobody_is_told_of_for_a_store_that_is_down(
    federation: FakeFederation, jury: FakeJury
) -> None:
    down = (leader_of(federation) + 1) % 4
    jury.seats[down].store.is_down = True
    with pytest.raises(StoreUnavailable):
        jury.cycle(down)
    assert jury.play(*others_of(down))
    assert told(jury) == []


def test_a_leader_that_does_not_answer_is_told_of_as_that_alone(
    federation: FakeFederation, jury: FakeJury
) -> None:
    leader = leader_of(federation)
    others = others_of(leader)
    jury.cycle()
    del jury.boards[jury.seats[leader].address]
    for attempt in (0, 1, 2):
        skip_to(federation, attempt)
        if jury.play(*others, most=4):
            break
    assert len(finalized_rounds(federation)) == 1
    assert told(jury) == []
    assert jury.seats[others[0]].of(PeerUnreachable)


def test_a_leader_that_is_late_by_less_than_a_look_is_not_told_of(
    federation: FakeFederation, jury: FakeJury
) -> None:
    leader = leader_of(federation)
    others = others_of(leader)
    refuse_votes(jury, *range(4))
    together = jury.seats[leader].juror._together
    assert together is not None
    lead = together._proposing.lead
    together._proposing.lead = lambda joint: None  # type: ignore[method-assign]
    jury.cycle()
    skip_to(federation, 0)
    jury.cycle()
    skip_to(federation, 1)
    jury.cycle(*others)
    together._proposing.lead = lead  # type: ignore[method-assign]
    jury.cycle(leader)
    jury.cycle(*others)
    assert told(jury) == []


def test_a_leader_that_was_not_to_be_reached_in_its_attempt_is_not_told_of_once_it_is_back(
    federation: FakeFederation, jury: FakeJury
) -> None:
    leader = leader_of(federation)
    others = others_of(leader)
    refuse_votes(jury, *range(4))
    together_of(jury.seats[leader])._proposing.lead = no_lead  # type: ignore[method-assign]
    jury.cycle()
    jury.cycle()
    board = jury.boards.pop(jury.seats[leader].address)
    skip_to(federation, 0)
    jury.cycle(*others)
    jury.cycle(*others)
    assert jury.seats[others[0]].of(PeerUnreachable)
    jury.boards[jury.seats[leader].address] = board
    skip_to(federation, 1)
    jury.cycle(*others)
    jury.cycle(*others)
    assert told(jury) == []


def test_a_leader_that_has_said_nothing_since_its_attempt_began_is_not_told_of(
    federation: FakeFederation, jury: FakeJury
) -> None:
    """As one whose answer is still waited for."""
    leader = leader_of(federation)
    others = others_of(leader)
    refuse_votes(jury, *range(4))
    together_of(jury.seats[leader])._proposing.lead = no_lead  # type: ignore[method-assign]
    jury.cycle()
    jury.cycle()
    hung = jury.seats[leader].address
    for index in others:
        following = jury.seats[index].exchange.following
        pull = following.pull
        following.pull = lambda juror, wait=0.0, pull=pull: juror == hung or pull(juror, wait)  # type: ignore[method-assign,misc]
    for attempt in (0, 1):
        skip_to(federation, attempt)
        jury.cycle(*others)
        jury.cycle(*others)
    assert told(jury) == []


def test_a_leader_that_goes_by_what_this_juror_alone_refuses_is_not_told_of(
    federation: FakeFederation, jury: FakeJury
) -> None:
    """It may be judging by that proposal still."""
    first, second = leader_of(federation, 0), leader_of(federation, 1)
    alone = next(each for each in range(4) if each not in (first, second))
    for index in others_of(alone):
        jury.next_juries[index] = b"\x77" * 32
        jury.restart(index)
    together_of(jury.seats[second])._proposing.lead = no_lead  # type: ignore[method-assign]
    refuse_votes(jury, *others_of(alone))
    jury.cycle()
    jury.cycle()
    for attempt in (0, 1, 2):
        skip_to(federation, attempt)
        jury.cycle(alone)
        jury.cycle(alone)
    assert jury.seats[alone].of(ProposalRefused)
    assert told(jury) == []


def test_a_leader_that_could_not_know_a_quorums_haves_is_not_told_of(
    federation: FakeFederation, jury: FakeJury
) -> None:
    leader = leader_of(federation)
    two = [leader, (leader + 1) % 4]
    for attempt in range(4):
        jury.cycle(*two)
        jury.cycle(*two)
        skip_to(federation, attempt)
    assert told(jury) == []


# --- others ---


def test_what_is_available_and_a_juror_does_not_claim_is_counted_by_kind() -> None:
    claims = {"0x1": Held([False, True, False], [False, False, True, True])}
    found = Available([True, True, False], [True, True, True, False], claims, 2)
    assert found.unclaimed("0x1") == (1, 2)


def test_a_leader_without_a_proposal_is_told_of_once_by_each_of_the_others(
    federation: FakeFederation, jury: FakeJury
) -> None:
    silent = leader_of(federation)
    others = others_of(silent)
    let_the_leader_be_silent(federation, jury, silent, *others)
    jury.cycle(*others)
    address = jury.seats[silent].address
    assert told(jury) == [(index, "leader-silent", address) for index in others]
    assert status_of(jury.seats[others[0]])["silent"] == {address: 0}


def test_who_was_not_there_during_an_attempt_blames_nobody_for_it(
    federation: FakeFederation, jury: FakeJury
) -> None:
    silent = leader_of(federation)
    absent, *present = others_of(silent)
    let_the_leader_be_silent(federation, jury, silent, *present)
    jury.restart(absent)
    for _ in range(3):
        jury.cycle(absent)
    assert {index for index, _, _ in told(jury)} == set(present)


def test_who_stood_still_during_an_attempt_blames_nobody_for_it(
    federation: FakeFederation, jury: FakeJury
) -> None:
    silent = leader_of(federation)
    absent, *present = others_of(silent)
    let_the_leader_be_silent(federation, jury, silent, *present)
    for _ in range(3):
        jury.cycle(absent)
    assert {index for index, _, _ in told(jury)} == set(present)


def test_a_have_that_lacks_what_others_hold_is_told_of_once_and_shown(
    federation: FakeFederation, jury: FakeJury
) -> None:
    """Its store does not give the file, and nobody of the others can be asked."""
    lacking = (leader_of(federation) + 1) % 4
    seat, digest = jury.seats[lacking], federation.contract.submissions()[0].digest
    seat.store.hidden.add(digest)
    others = others_of(lacking)
    boards = dict(jury.boards)
    for index in others:
        del jury.boards[jury.seats[index].address]
    jury.cycle(lacking)
    jury.boards.update(boards)
    skip_to(federation, 0)
    assert jury.play()
    assert told(jury) == [(index, "files-unclaimed", seat.address) for index in others]
    (event,) = jury.seats[others[0]].of(FilesUnclaimed)
    assert isinstance(event, FilesUnclaimed)
    assert (event.updates, event.batches) == (1, 0)
    assert standing_of(jury.seats[others[0]]).lacks[seat.address] == 1
    assert status_of(jury.seats[others[0]])["unclaimed"] == {seat.address: 1}
