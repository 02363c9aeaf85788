"""How far a jury of several is with a round, as a juror shows it."""

from pathlib import Path

import pytest

from fedjury.oracle.exchange.events import Voted
from fedjury.oracle.exchange.software import software_name
from fedjury.oracle.exchange.standing import Standing
from fedjury.protocol.statements.signed import RoundKey, Signed, signed_from
from fedjury.protocol.statements.vote import Vote
from tests.support.fake_federation import JUROR, FakeFederation
from tests.support.joint import QUORUM, FakeJury, together_of
from tests.support.statements import findings, vote

FIRST_ATTEMPT, SECOND_ATTEMPT = 25, 32  # seconds after the round's end: A, and a quarter more


@pytest.fixture
def jury(tmp_path: Path) -> FakeJury:
    return FakeJury(FakeFederation(tmp_path / "federation"), tmp_path / "jurors")


def heard(software: str) -> str:
    """The version that another juror reads in a vote which names this one."""
    sound = vote(RoundKey(1, bytes(32)), findings("fedjury 1", 1), 7)
    document = Signed(sound, JUROR.address.lower(), bytes(65)).to_document()
    document["statement"]["software"] = software
    read = signed_from(document, Vote).statement
    assert isinstance(read, Vote)
    return read.software


def close(jury: FakeJury) -> None:
    """Have everybody submit, which closes the round."""
    jury.federation.submit_three()


def standing(jury: FakeJury, index: int = 0) -> Standing:
    """What a juror shows."""
    found = jury.seats[index].juror.standing()
    assert found is not None
    return found


def test_nothing_is_known_before_a_round_has_closed(jury: FakeJury) -> None:
    jury.cycle()
    assert jury.seats[0].juror.standing() is None


def test_the_other_jurors_are_known_from_the_first_cycle_on(jury: FakeJury) -> None:
    assert jury.seats[0].juror.others() == frozenset()
    jury.cycle(0)
    assert jury.seats[0].juror.others() == {seat.address for seat in jury.seats[1:]}


def test_two_of_four_stand_without_a_vote_and_see_who_is_missing(jury: FakeJury) -> None:
    close(jury)
    for seat in jury.seats[2:]:
        del jury.boards[seat.address]
    jury.cycle(0, 1, 0)
    found = standing(jury)
    assert found.attempt is None
    assert (found.haves, found.votes, found.needed, found.certified) == (2, 0, QUORUM, False)
    reachable = [found.reachable[seat.address] for seat in jury.seats[1:]]
    assert reachable == [True, False, False]
    jury.federation.chain.timestamp += FIRST_ATTEMPT
    jury.cycle(0)
    assert standing(jury).attempt == 0
    jury.federation.chain.timestamp += SECOND_ATTEMPT - FIRST_ATTEMPT
    jury.cycle(0)
    assert standing(jury).attempt == 1


def test_a_round_that_is_over_is_certified(jury: FakeJury) -> None:
    close(jury)
    assert jury.play()
    (sender,) = [each for each in range(4) if jury.seats[each].sender.tried]
    jury.federation.chain.timestamp += 10_000
    jury.cycle(sender)
    found = standing(jury, sender)
    assert (found.certified, found.attempt) == (True, 0)
    assert found.haves >= QUORUM
    assert found.votes >= QUORUM


def test_a_round_that_was_voided_is_in_no_attempt(jury: FakeJury) -> None:
    close(jury)
    jury.federation.chain.timestamp += FIRST_ATTEMPT
    jury.cycle(0)
    assert standing(jury).attempt == 0
    jury.federation.contract.void()
    jury.cycle(0)
    assert standing(jury).attempt is None


def test_the_version_of_each_who_voted_is_known_and_ones_own_before(jury: FakeJury) -> None:
    close(jury)
    jury.cycle(0)
    assert standing(jury).software == {jury.seats[0].address: software_name()}
    liar = jury.seats[1]
    together_of(liar)._voting._software = "fedjury 9"
    assert jury.play()
    (sender,) = [each for each in range(4) if jury.seats[each].sender.tried]
    voted = {seat.address for seat in jury.seats if seat.of(Voted)}
    wanted = dict.fromkeys(voted | {jury.seats[sender].address}, software_name())
    assert standing(jury, sender).software == wanted | {liar.address: "fedjury 9"}


@pytest.mark.parametrize("software", ["x" * 81, "fedjury 1\nlies", "fedjury \x1b[31m", "é", ""])
def test_a_version_that_a_figure_could_not_bear_makes_a_vote_none(software: str) -> None:
    """Figures show versions as they were said, so what is said has to be short and plain."""
    assert heard(80 * "~") == 80 * "~"
    with pytest.raises(ValueError, match="software"):
        heard(software)


def test_whose_mac_is_wrong_has_no_vote(jury: FakeJury) -> None:
    close(jury)
    assert jury.play()
    (sender,) = [each for each in range(4) if jury.seats[each].sender.tried]
    juror, before = jury.seats[sender].juror, standing(jury, sender).votes
    voted = [seat.address for seat in jury.seats if seat.of(Voted)]
    together = juror._together
    assert together is not None
    assert together._joint is not None
    together._joint.wrong_macs[voted[0]] = 0
    assert standing(jury, sender).votes == before - 1
