"""A reorganization after which the same jury judges the same round under another version.

The coordinator announces the sitting jury again, say to withdraw another one that it announced. If
that comes before the round's opening on one side of a reorganization and after it on the other, the
jury's version differs, and the round's key does not: the running hash binds who sits, not how often
that was announced. The contract refuses a report by another version.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundOpened
from fedjury.errors import ChainUnavailable
from fedjury.oracle.events import Overtaken
from fedjury.oracle.exchange.events import CertificateKnown, JurorsDiffer, PeerMisbehaved, Voted
from fedjury.oracle.exchange.following import tell_certificate
from fedjury.oracle.exchange.lapse_events import FilesUnclaimed
from fedjury.oracle.exchange.status import said_document
from fedjury.protocol.statements.signed import RoundKey
from fedjury.protocol.verdicts import VerdictCode, unpack
from tests.support.fake_federation import FakeFederation
from tests.support.joint import FOUR, QUORUM, FakeJury, key_of, together_of, turns_of
from tests.support.jurors import finalized_rounds

EVERYBODY = range(len(FOUR))


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    made = FakeFederation(tmp_path / "federation")
    made.submit_three()
    return made


@pytest.fixture
def jury(federation: FakeFederation, tmp_path: Path) -> FakeJury:
    return FakeJury(federation, tmp_path / "jurors")


def certify(jury: FakeJury, version: int, indexes: Sequence[int] = EVERYBODY) -> None:
    """Have some jurors know a certificate by a version of the jury that none of them can send."""
    federation, seats = jury.federation, [jury.seats[index] for index in indexes]
    key, turns = key_of(federation), turns_of(federation)
    for cycle in range(40):
        for seat in seats:
            seat.sender.errors = [ChainUnavailable("no node answers")]
            with suppress(ChainUnavailable):
                seat.juror.cycle()
            seat.sender.errors.clear()
        if all(seat.docket.certificate(key, version) for seat in seats):
            return
        if cycle % 5 == 4:
            federation.chain.timestamp = int(turns.start_of(cycle // 5)) + 1
    raise AssertionError("no certificate")


def open_under(federation: FakeFederation, version: int) -> None:
    """Have a reorganization open the round under another version of the same jury."""
    contract = federation.contract
    key = key_of(federation)
    if version > 1:
        contract.announce(FOUR, QUORUM)
    contract.jury_version = version
    contract.events = [
        replace(each, jury_version=version) if isinstance(each, RoundOpened) else each
        for each in contract.events
    ]
    assert key_of(federation) == key


def play_on(jury: FakeJury) -> None:
    """Let attempts pass until the round is over, without a restart."""
    turns = turns_of(jury.federation)
    for attempt in range(8):
        jury.federation.chain.timestamp = int(turns.start_of(attempt)) + 1
        if jury.play(most=6):
            return
    raise AssertionError("the round stands still")


@pytest.mark.parametrize("restarted", [[], [2], list(EVERYBODY)])
def test_a_certificate_of_another_version_is_put_aside_and_the_round_decided_anew(
    federation: FakeFederation, jury: FakeJury, restarted: list[int]
) -> None:
    certify(jury, 1)
    open_under(federation, 2)
    for index in restarted:
        jury.restart(index)
    play_on(jury)
    (finalized,) = finalized_rounds(federation)
    assert finalized.jury_version == 2
    assert finalized.attempt > 0
    codes = unpack(finalized.verdicts)
    assert codes == [VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED, VerdictCode.ACCEPTED]


def test_nobody_signs_two_reports_in_one_attempt_or_is_blamed_for_a_version(
    federation: FakeFederation, jury: FakeJury
) -> None:
    certify(jury, 1)
    key = key_of(federation)
    open_under(federation, 2)
    play_on(jury)
    for seat in jury.seats:
        assert seat.docket.contradictions() == []
        assert seat.of(PeerMisbehaved, JurorsDiffer, Overtaken) == []
        for attempt, votes in votes_by_attempt(jury, key).items():
            assert len(set(votes.values())) == 1, attempt


def votes_by_attempt(jury: FakeJury, key: RoundKey) -> dict[str, dict[str, str]]:
    votes = said_document(jury.seats[0].docket, key)["votes"]
    assert isinstance(votes, dict)
    assert len(votes) > 1
    return votes


def test_once_the_first_version_is_back_its_certificate_is_sent_without_another_vote(
    federation: FakeFederation, jury: FakeJury
) -> None:
    certify(jury, 1)
    open_under(federation, 2)
    jury.cycle()
    open_under(federation, 1)
    voted = [len(seat.of(Voted)) for seat in jury.seats]
    play_on(jury)
    (finalized,) = finalized_rounds(federation)
    assert (finalized.jury_version, finalized.attempt) == (1, 0)
    assert [len(seat.of(Voted)) for seat in jury.seats] == voted


def test_a_certificate_of_a_version_that_this_juror_does_not_see_yet_is_kept_without_blame(
    federation: FakeFederation, jury: FakeJury
) -> None:
    certify(jury, 1)
    key, late = key_of(federation), jury.seats[3]
    open_under(federation, 2)
    certify(jury, 2, range(3))
    open_under(federation, 1)
    late.juror.cycle()
    assert sorted(late.docket.certificates(key)) == [1, 2]
    assert late.of(PeerMisbehaved) == []
    late.docket.close()
    assert sorted(jury.seat(3).docket.certificates(key)) == [1, 2]


def test_two_votes_under_the_version_before_do_not_keep_the_round_from_its_report(
    federation: FakeFederation, jury: FakeJury
) -> None:
    key = key_of(federation)
    for cycle in range(80):
        if sum(len(seat.of(Voted)) for seat in jury.seats) == 2:
            break
        jury.cycle(cycle % len(FOUR))
    open_under(federation, 2)
    play_on(jury)
    (finalized,) = finalized_rounds(federation)
    assert finalized.jury_version == 2
    assert finalized.attempt == 1
    assert all(seat.docket.contradictions() == [] for seat in jury.seats)
    assert jury.seats[0].docket.certificate(key, 1) is None


def test_of_what_a_juror_does_not_claim_nothing_is_told_again_under_another_version(
    federation: FakeFederation, jury: FakeJury
) -> None:
    lacking = jury.seats[0]
    lacking.store.hidden.add(federation.contract.submissions()[0].digest)
    boards = dict(jury.boards)
    for seat in jury.seats[1:]:
        del jury.boards[seat.address]
    jury.cycle(0)
    jury.boards.update(boards)
    federation.chain.timestamp = int(turns_of(federation).start_of(0)) + 1
    certify(jury, 1)
    open_under(federation, 2)
    jury.cycle()
    jury.cycle()
    assert [len(seat.of(FilesUnclaimed)) for seat in jury.seats] == [0, 1, 1, 1]
    status = json.loads(jury.seats[1].board.answer(lacking.address, "/status").body)
    assert status["unclaimed"] == {lacking.address: 1}


def test_a_certificate_of_another_version_is_not_told_of_as_the_rounds(
    federation: FakeFederation, jury: FakeJury
) -> None:
    key, late = key_of(federation), jury.seats[3]
    certify(jury, 1, range(3))
    open_under(federation, 2)
    late.juror.cycle()
    assert sorted(late.docket.certificates(key)) == [1]
    assert late.of(CertificateKnown) == []


def test_a_certificate_is_told_of_once(federation: FakeFederation, jury: FakeJury) -> None:
    certify(jury, 1)
    key, seat = key_of(federation), jury.seats[0]
    together = together_of(seat)
    joint, certificate = together._joint, seat.docket.certificate(key, 1)
    assert joint is not None
    assert certificate is not None
    tell_certificate(certificate, joint.admission, seat.docket, seat.told.append)
    assert len(seat.of(CertificateKnown)) == 1
