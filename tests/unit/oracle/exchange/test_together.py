"""A jury of four comes to one report."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.oracle.aggregation.averaging import mix
from fedjury.oracle.exchange.events import (
    CertificateKnown,
    HaveFrozen,
    PeerUnreachable,
    Proposed,
    SliceReceived,
    Voted,
)
from fedjury.protocol.juries import jury_hash
from fedjury.protocol.round_record import RoundRecord, unpack_bitmap
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.verdicts import VerdictCode, unpack
from tests.support.fake_federation import CHAIN_ID, FakeFederation, verification, weights
from tests.support.joint import (
    AVAILABILITY,
    FOUR,
    QUORUM,
    FakeJury,
    key_of,
    leader_of,
    skip_to,
    turns_of,
)
from tests.support.jurors import finalized_rounds

NOWHERE = "nobody knows where it is"
ACCEPTED, NOT_IMPROVED, UNAVAILABLE = (
    VerdictCode.ACCEPTED,
    VerdictCode.NOT_IMPROVED,
    VerdictCode.UNAVAILABLE,
)


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    return FakeFederation(tmp_path / "federation")


@pytest.fixture
def jury(federation: FakeFederation, tmp_path: Path) -> FakeJury:
    return FakeJury(federation, tmp_path / "jurors")


def record_of(federation: FakeFederation, finalized: RoundFinalized) -> RoundRecord:
    content = federation.store.fetch(finalized.record_digest, 2**20, 1)
    return RoundRecord.from_bytes(content)


def signers_of(federation: FakeFederation, finalized: RoundFinalized) -> list[str]:
    domain = ReportDomain(CHAIN_ID, federation.contract.address)
    parent = federation.task.config.genesis_digest
    found = domain.signers(finalized.report, parent, finalized.verdicts, finalized.signatures)
    return [each.lower() for each in found]


def mix_of(federation: FakeFederation, update: Tensors) -> list[list[float]]:
    """The weights of the genesis mixed with one update."""
    found: list[list[float]] = mix(federation.genesis, update, 0.5)["weight"].tolist()
    return found


def test_four_jurors_finalize_a_round_with_three_signatures(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    assert jury.play()
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == [ACCEPTED, NOT_IMPROVED, ACCEPTED]
    assert finalized.attempt == 0
    signers = signers_of(federation, finalized)
    assert len(signers) >= QUORUM
    assert set(signers) <= {each.address.lower() for each in FOUR}
    assert signers == sorted(signers)
    record = record_of(federation, finalized)
    assert len(record.haves) >= QUORUM
    assert all(unpack_bitmap(have.entries, 3) == [True] * 3 for have in record.haves)


def test_each_juror_says_each_thing_once(federation: FakeFederation, jury: FakeJury) -> None:
    federation.submit_three()
    assert jury.play()
    for index, seat in enumerate(jury.seats):
        assert len(seat.of(HaveFrozen)) <= 1
        assert len(seat.of(Voted)) <= 1
        assert len(seat.of(Proposed)) == (1 if index == leader_of_first(jury) else 0)


def leader_of_first(jury: FakeJury) -> int:
    turns = replace(turns_of(jury.federation), round=1)
    return turns.bench.jurors.index(turns.leader(0))


def test_only_the_leader_sends_while_it_does(federation: FakeFederation, jury: FakeJury) -> None:
    federation.submit_three()
    leader = leader_of(federation)
    assert jury.play()
    assert [len(seat.sender.tried) for seat in jury.seats] == [
        1 if index == leader else 0 for index in range(len(FOUR))
    ]


@pytest.mark.parametrize("down", range(4))
def test_one_juror_of_four_that_is_down_stops_nothing(
    federation: FakeFederation, jury: FakeJury, down: int
) -> None:
    federation.submit_three()
    others = [index for index in range(4) if index != down]
    del jury.boards[jury.seats[down].address]
    is_leader = down == leader_of(federation)
    if is_leader:
        assert not jury.play(*others, most=3)
        skip_to(federation, 1)
    assert jury.play(*others)
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == [ACCEPTED, NOT_IMPROVED, ACCEPTED]
    assert finalized.attempt == (1 if is_leader else 0)
    assert len(signers_of(federation, finalized)) == QUORUM
    told = jury.seats[others[0]].of(PeerUnreachable)
    assert [each.juror for each in told if isinstance(each, PeerUnreachable)] == [
        to_checksum_address(jury.seats[down].address)
    ]


def test_no_juror_is_told_what_another_found_at_an_announced_url(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    asking, other, down = jury.seats[:3]
    del jury.boards[down.address]
    asking.juror.cycle()
    assert asking.exchange.peers.unreachable([down.address])[down.address] == NOWHERE
    answer = asking.board.answer(other.address, "/status").body
    assert json.loads(answer)["unreachable"] == {down.address: "it does not answer"}


def test_two_jurors_of_four_come_to_nothing_and_a_third_ends_it(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    gone = {seat.address: jury.boards.pop(seat.address) for seat in jury.seats[2:]}
    federation.chain.timestamp += 10_000
    assert not jury.play(0, 1, most=5)
    jury.boards.update(gone)
    assert jury.play(0, 1, 2)


def test_what_one_juror_alone_could_get_comes_to_the_others_from_it(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    digest = federation.contract.submitted()[2].digest
    for seat in jury.seats[1:]:
        seat.store.hidden.add(digest)
    assert jury.play()
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == [ACCEPTED, NOT_IMPROVED, ACCEPTED]


def test_what_one_juror_alone_held_in_time_is_not_available(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    digest = federation.contract.submitted()[2].digest
    for seat in jury.seats[:3]:
        seat.store.hidden.add(digest)
    federation.chain.timestamp += AVAILABILITY
    jury.cycle(0, 1, 2)  # which say what they hold before the fourth has it
    assert jury.play()
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == [ACCEPTED, NOT_IMPROVED, UNAVAILABLE]
    assert federation.task.fetch_model(finalized.model_digest)["weight"].tolist() == (
        mix_of(federation, weights(0, 1))
    )


def test_what_two_jurors_held_is_available_and_comes_from_them(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    digest = federation.contract.submitted()[2].digest
    for seat in jury.seats[:2]:
        seat.store.hidden.add(digest)
    jury.boards, boards = {}, jury.boards
    federation.chain.timestamp += AVAILABILITY
    jury.cycle()  # they do not hear of each other before all have said what they hold
    jury.boards.update(boards)
    for index in range(4):
        jury.restart(index)
    for seat in jury.seats[:2]:
        seat.store.hidden.add(digest)
    assert jury.play()
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == [ACCEPTED, NOT_IMPROVED, ACCEPTED]


def test_a_restarted_juror_says_nothing_twice(federation: FakeFederation, jury: FakeJury) -> None:
    federation.submit_three()
    for _ in range(12):
        for index in range(4):
            jury.restart(index)
            jury.seats[index].juror.cycle()
    assert federation.contract.number == 2
    assert all(seat.docket.contradictions() == [] for seat in jury.seats)


def test_what_was_said_before_a_restart_is_served_after_it(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    jury.cycle(0)
    key, me = key_of(federation), jury.seats[0].address
    before = jury.seats[0].docket.have(key, me)
    assert before is not None
    jury.restart(0)
    assert jury.seats[0].docket.have(key, me) == before


def test_a_juror_without_samples_gets_those_of_the_round_from_another(
    federation: FakeFederation, tmp_path: Path
) -> None:
    given = [[verification()], [verification()], [verification()], []]
    jury = FakeJury(federation, tmp_path / "jurors", slices=given)
    federation.submit_three()
    jury.cycle(0)
    jury.seats[3].juror.cycle()
    assert [type(each) for each in jury.seats[3].of(SliceReceived)] == [SliceReceived]
    jury.seats[3].juror.cycle()
    assert jury.seats[3].of(HaveFrozen)


def test_jurors_who_want_different_next_juries_still_come_to_a_report(
    federation: FakeFederation, jury: FakeJury, tmp_path: Path
) -> None:
    federation.contract.announce(FOUR[:1], 1)
    wanted = jury_hash([FOUR[0].address], 1)
    jury.next_juries = {0: wanted, 1: wanted}
    for index in range(4):
        jury.restart(index)
    federation.submit_three()
    for attempt in range(6):
        skip_to(federation, attempt)
        if jury.play(most=8):
            break
    (finalized,) = finalized_rounds(federation)
    assert finalized.next_jury == federation.contract.overview(FOUR[0].address).jury.hash


def test_whoever_comes_late_takes_the_certificate_over(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_three()
    leader = leader_of(federation)
    late = (leader + 1) % 4
    others = [index for index in range(4) if index != late]
    jury.seats[leader].sender.errors = [OSError("no way")]  # it never sends
    with pytest.raises(OSError, match="no way"):
        jury.play(*others)
    jury.seats[late].juror.cycle()
    known = jury.seats[late].of(CertificateKnown)
    assert len(known) == 1
    assert not jury.seats[late].of(Voted)
