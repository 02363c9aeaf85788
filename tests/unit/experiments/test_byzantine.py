"""A juror of four that lies changes no round, and the others tell of it."""

from contextlib import suppress
from pathlib import Path

import pytest

from experiments.chaos.byzantine import LIES, Liar
from fedjury.errors import TransientError
from fedjury.oracle.exchange.events import (
    Equivocation,
    FileUnserved,
    JurorsDiffer,
    PeerMisbehaved,
    WrongMac,
)
from fedjury.protocol.round_record import RoundRecord, unpack_bitmap
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.runtime.events import Event
from tests.support.fake_federation import FakeFederation
from tests.support.joint import FakeJury, Seat, leader_of, skip_to, together_of
from tests.support.jurors import finalized_rounds

ACCEPTED, NOT_IMPROVED = VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED
RIGHT = [ACCEPTED, NOT_IMPROVED, ACCEPTED]
LEADING = ("few-haves", "forged-haves", "two-proposals", "no-proposals")
TOLD: dict[str, type[Event]] = {
    "other-verdicts": JurorsDiffer,
    "two-reports": Equivocation,
    "copied-reports": WrongMac,
    "few-haves": PeerMisbehaved,
    "forged-haves": PeerMisbehaved,
    "two-proposals": Equivocation,
    "garbage": PeerMisbehaved,
    "endless-answers": PeerMisbehaved,
}


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    made = FakeFederation(tmp_path / "federation")
    made.submit_three()
    return made


@pytest.fixture
def jury(federation: FakeFederation, tmp_path: Path) -> FakeJury:
    return FakeJury(federation, tmp_path / "jurors")


def _corrupt(jury: FakeJury, index: int, name: str) -> Seat:
    seat = jury.seats[index]
    LIES[name](Liar(seat.account, together_of(seat), seat.exchange))
    return seat


def _end(federation: FakeFederation, jury: FakeJury) -> int:
    """Play until the round is over; the number of the attempt whose report was taken."""
    for attempt in range(3):
        if _play(jury, 4):
            break
        skip_to(federation, attempt + 1)
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == RIGHT
    _play(jury, 6)
    assert len(finalized_rounds(federation)) == 1
    taken: int = finalized.attempt
    return taken


def _play(jury: FakeJury, most: int) -> bool:
    """Cycles of all jurors, in which whatever passes over may fail; whether the round ended."""
    number = jury.federation.contract.number
    for _ in range(most):
        for seat in jury.seats:
            with suppress(TransientError):
                seat.juror.cycle()
            if jury.federation.contract.number != number:
                return True
    return False


def _told(jury: FakeJury, liar: Seat, kind: type[Event]) -> list[Event]:
    """What honest jurors told of the liar."""
    told = [event for seat in jury.seats if seat is not liar for event in seat.of(kind)]
    return [event for event in told if str(getattr(event, "juror", "")).lower() == liar.address]


@pytest.mark.parametrize("name", sorted(LIES))
def test_a_round_ends_right_whoever_else_lies(
    federation: FakeFederation, jury: FakeJury, name: str
) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, name)
    assert _end(federation, jury) == 0
    if name in TOLD and name not in LEADING:
        assert _told(jury, liar, TOLD[name])


@pytest.mark.parametrize("name", sorted(LIES))
def test_a_round_ends_right_though_its_leader_lies(
    federation: FakeFederation, jury: FakeJury, name: str
) -> None:
    liar = _corrupt(jury, leader_of(federation), name)
    attempt = _end(federation, jury)
    if name in TOLD and name != "copied-reports":  # of which the leader's comes too late to matter
        assert _told(jury, liar, TOLD[name])
    if name in ("few-haves", "forged-haves", "no-proposals", "garbage", "endless-answers"):
        assert attempt == 1


@pytest.mark.parametrize("name", ["unserved-claims", "files-for-one"])
def test_whoever_claims_a_file_and_does_not_give_it_is_told_of(
    federation: FakeFederation, jury: FakeJury, name: str
) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, name)
    digest = federation.contract.submissions()[0].digest
    honest = [seat for seat in jury.seats if seat is not liar]
    for seat in honest[1:]:
        seat.store.hidden.add(digest)
    del jury.boards[honest[0].address]  # who holds it, too, cannot be asked for now
    assert not _play(jury, 3), "two jurors finalize a round"
    jury.boards[honest[0].address] = honest[0].board
    _end(federation, jury)
    told = _told(jury, liar, FileUnserved)
    assert told or name == "files-for-one"


def test_who_hides_files_stands_in_the_record(federation: FakeFederation, jury: FakeJury) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, "hidden-files")
    _end(federation, jury)
    (finalized,) = finalized_rounds(federation)
    record = RoundRecord.from_bytes(federation.store.fetch(finalized.record_digest, 2**20, 1))
    held = {have.juror: unpack_bitmap(have.entries, 3) for have in record.haves}
    assert held.pop(liar.address, [False] * 3) == [False] * 3
    assert all(all(bits) for bits in held.values())
