"""A jury of four under what slow, absent and deviant jurors do to it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from experiments.chaos.byzantine import LIES, Liar
from fedjury.errors import StoreUnavailable, TransientError
from fedjury.oracle.events import Judging
from fedjury.oracle.exchange.events import HaveFrozen, JurorsDiffer, MachineDiffers, WrongMac
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.peers import PeerUnavailable
from fedjury.protocol.statements.proposal import Proposal
from fedjury.runtime.events import Waiting
from tests.support.fake_federation import FakeFederation
from tests.support.joint import (
    QUORUM,
    FakeJury,
    Seat,
    key_of,
    leader_of,
    skip_to,
    together_of,
)
from tests.support.jurors import finalized_rounds


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    made = FakeFederation(tmp_path / "federation")
    made.submit_three()
    return made


@pytest.fixture
def jury(federation: FakeFederation, tmp_path: Path) -> FakeJury:
    return FakeJury(federation, tmp_path / "jurors")


def joint_of(seat: Seat) -> JointRound:
    joint = together_of(seat)._joint
    assert joint is not None
    return joint


def see_otherwise(seat: Seat, seen: bytes) -> None:
    """A juror whose machine finds other samples right, and as many of them."""
    voting = together_of(seat)._voting
    judged = voting._judged
    voting._judged = lambda *given: replace(judged(*given), seen=seen)  # type: ignore[method-assign]


def refuse_votes(jury: FakeJury, *indexes: int) -> None:
    """Jurors who say what they hold and never vote."""
    for index in indexes:
        voting: Any = together_of(jury.seats[index])._voting
        voting.vote = lambda *_: None


def test_who_comes_back_late_proposes_once_for_all_that_it_missed(
    federation: FakeFederation, jury: FakeJury
) -> None:
    refuse_votes(jury, *range(4))
    skip_to(federation, 41)
    for _ in range(3):
        jury.cycle()
    key = key_of(federation)
    assert [seat.docket.proposed(key) for seat in jury.seats] == [[38, 39, 40, 41]] * 4


def test_a_round_is_judged_once_however_many_attempts_go_by_the_same_files(
    federation: FakeFederation, jury: FakeJury
) -> None:
    refuse_votes(jury, 2, 3)
    for attempt in range(5):
        skip_to(federation, attempt)
        jury.cycle()
        jury.cycle()
    seat, key = jury.seats[0], key_of(federation)
    voted = [
        vote.statement.attempt for vote in seat.docket.votes(key) if vote.signer == seat.address
    ]
    assert voted == [0, 1, 2, 3, 4]
    assert len(seat.of(Judging)) == 1
    assert joint_of(seat).drafts == {}  # which hold a model's file each


def test_what_a_bad_leader_makes_up_of_the_past_takes_nobodys_time(
    federation: FakeFederation, jury: FakeJury
) -> None:
    """The last attempt ends the round, so that no earlier one is judged."""
    refuse_votes(jury, *range(4))
    skip_to(federation, 8)
    for _ in range(3):
        jury.cycle()
    key = key_of(federation)
    for seat in jury.seats:
        del together_of(seat)._voting.vote  # they vote from now on
    assert jury.play()
    voted = {vote.statement.attempt for seat in jury.seats for vote in seat.docket.votes(key)}
    assert voted == {8}


def test_a_file_that_cannot_be_had_keeps_nobody_from_leading(
    federation: FakeFederation, jury: FakeJury, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = leader_of(federation, 1)
    seat, key = jury.seats[leader], key_of(federation)

    def fail(*_: object) -> None:
        raise TransientError("a file cannot be had here now")

    refuse_votes(jury, *range(4))
    monkeypatch.setattr(together_of(seat)._voting, "vote", fail)
    jury.cycle(*(index for index in range(4) if index != leader))
    skip_to(federation, 1)
    with pytest.raises(TransientError, match="cannot be had"):
        seat.juror.cycle()
    assert seat.of(HaveFrozen)
    proposed = seat.docket.proposal(key, 1, seat.address)
    assert proposed is not None
    assert isinstance(proposed.statement, Proposal)


def test_a_machine_that_sees_other_samples_right_is_named_and_names_nobody(
    federation: FakeFederation, jury: FakeJury
) -> None:
    odd = leader_of(federation)
    see_otherwise(jury.seats[odd], b"\x01" * 32)
    assert jury.play()
    for _ in range(3):
        jury.cycle()
    named = {
        index: {each.juror for each in seat.of(WrongMac) if isinstance(each, WrongMac)}
        for index, seat in enumerate(jury.seats)
    }
    assert named.pop(odd) == set()
    assert set().union(*named.values()) <= {to_checksum_address(jury.seats[odd].address)}


def test_two_and_two_who_see_other_samples_right_still_sign_their_one_report(
    federation: FakeFederation, jury: FakeJury
) -> None:
    for seat in jury.seats[:2]:
        see_otherwise(seat, b"\x01" * 32)
    assert jury.play()
    assert len(finalized_rounds(federation)) == 1
    for _ in range(3):
        jury.cycle()
    assert any(seat.of(MachineDiffers) for seat in jury.seats)


def restart_after_voting(federation: FakeFederation, jury: FakeJury) -> tuple[int, int, int]:
    """The leader and another juror vote, the other one restarts; the third and the fourth wait.

    Returns:
        Indexes of the juror that restarted, and of the two that have not voted.
    """
    leader = leader_of(federation)
    restarted, late, last = (index for index in range(4) if index != leader)
    refuse_votes(jury, late, last)
    jury.cycle(leader, restarted)
    for _ in range(3):
        jury.cycle()
    key = key_of(federation)
    assert {vote.signer for vote in jury.seats[restarted].docket.votes(key)} == {
        jury.seats[leader].address,
        jury.seats[restarted].address,
    }
    jury.restart(restarted)
    return restarted, late, last


def lie_as(seat: Seat, name: str) -> None:
    """Have a juror that did not vote yet lie."""
    del together_of(seat)._voting.vote
    LIES[name](Liar(seat.account, together_of(seat), seat.exchange))


def test_who_restarts_after_its_vote_still_sees_who_has_not_judged(
    federation: FakeFederation, jury: FakeJury
) -> None:
    restarted, late, copier = restart_after_voting(federation, jury)
    seat, key, liar = jury.seats[restarted], key_of(federation), jury.seats[copier]
    lie_as(liar, "copied-reports")
    certifying: Any = together_of(liar)._certifying
    certifying.certify = lambda _: None  # else its own certificate is taken over from it
    jury.cycle(copier, restarted)
    assert len(seat.docket.votes(key)) == QUORUM
    (told,) = seat.of(WrongMac)
    assert isinstance(told, WrongMac)
    assert (told.attempt, told.juror) == (0, to_checksum_address(liar.address))
    version = joint_of(seat).admission.jury_version
    assert seat.docket.certificate(key, version) is None  # what it signed does not count
    del together_of(jury.seats[late])._voting.vote
    jury.cycle(late, restarted)
    assert seat.docket.certificate(key, version) is not None
    assert (seat.of(WrongMac), seat.of(MachineDiffers)) == ([told], [])


def test_who_restarts_after_its_vote_names_nobody_who_has_judged(
    federation: FakeFederation, jury: FakeJury
) -> None:
    restarted, late, _ = restart_after_voting(federation, jury)
    del together_of(jury.seats[late])._voting.vote
    jury.cycle(late, restarted)
    seat = jury.seats[restarted]
    assert len(seat.docket.votes(key_of(federation))) == QUORUM
    assert set(joint_of(seat).found[0].macs) == {each.address for each in jury.seats}
    assert seat.of(WrongMac, MachineDiffers, JurorsDiffer) == []
    assert len(seat.of(Judging)) == 0  # it is not judged again for it


def test_who_restarts_after_its_vote_still_learns_in_what_another_differs(
    federation: FakeFederation, jury: FakeJury
) -> None:
    restarted, _, last = restart_after_voting(federation, jury)
    liar = jury.seats[last]
    lie_as(liar, "other-verdicts")
    jury.cycle(last, restarted)
    differ = [each for each in jury.seats[restarted].told if isinstance(each, JurorsDiffer)]
    assert {each.juror for each in differ} == {to_checksum_address(liar.address)}
    assert {each.update for each in differ} >= {0, 1, 2}
    assert jury.seats[restarted].of(WrongMac) == []


class Deaf:
    """A juror that never says what it found.

    Attributes:
        asked: how often it was asked.
    """

    def __init__(self, peer: Any) -> None:
        self._peer, self.address, self.asked = peer, peer.address, 0

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        if "/findings/" in target:
            self.asked += 1
            raise PeerUnavailable("no whole answer in time")
        found: bytes = self._peer.get(target, max_bytes, timeout)
        return found


def test_who_differs_and_does_not_say_in_what_takes_little_time(
    federation: FakeFederation, jury: FakeJury
) -> None:
    liar = jury.seats[(leader_of(federation) + 1) % 4]
    LIES["other-verdicts"](Liar(liar.account, together_of(liar), liar.exchange))
    honest = next(seat for seat in jury.seats if seat is not liar)
    peers = honest.exchange.peers
    find, deaf = peers._find, list[Deaf]()

    def find_deaf(juror: str) -> Any:
        if juror != liar.address:
            return find(juror)
        if not deaf:
            deaf.append(Deaf(find(juror)))
        return deaf[0]

    peers._find = find_deaf
    voters = (liar, honest)
    refuse_votes(jury, *(index for index in range(4) if jury.seats[index] not in voters))
    skip_to(federation, 0)
    for _ in range(6):
        jury.cycle()
    assert [each.asked for each in deaf] == [1]
    assert not honest.of(JurorsDiffer)


def test_a_juror_that_cannot_say_what_it_holds_leads_by_what_others_say(
    federation: FakeFederation, jury: FakeJury
) -> None:
    seat, key = jury.seats[leader_of(federation)], key_of(federation)
    refuse_votes(jury, *range(4))
    jury.cycle(*(index for index in range(4) if jury.seats[index] is not seat))
    proposing: Any = together_of(seat)._proposing

    def fail(_: JointRound) -> None:
        raise StoreUnavailable("no answer in time")

    proposing.have = fail
    with pytest.raises(StoreUnavailable):
        seat.juror.cycle()
    assert seat.docket.proposal(key, 0, seat.address) is not None


def test_what_a_juror_waits_for_is_told_in_sentences(
    federation: FakeFederation, jury: FakeJury
) -> None:
    leader = leader_of(federation)
    me, late, last = (index for index in range(4) if index != leader)
    refuse_votes(jury, late, last)
    jury.cycle(leader, me)
    for _ in range(3):
        jury.cycle()
    del together_of(jury.seats[late])._voting.vote
    jury.cycle(late, me)
    told = [each.sentence for each in jury.seats[me].of(Waiting)]
    assert told == [
        "round 1: waits for the others' HAVEs, or a proposal: 2 of 3 HAVEs known",
        "round 1: waits for 3 signatures of jurors: 2 known",
        "round 1: waits for another juror to send the report",
    ]
