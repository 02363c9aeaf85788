"""A juror of four that lies changes no round, and the others tell of it."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from experiments.chaos.byzantine import LIES, Liar
from experiments.chaos.scenarios import lies
from fedjury.errors import TransientError
from fedjury.oracle.exchange.events import Equivocation, JurorsDiffer, PeerMisbehaved, WrongMac
from fedjury.oracle.exchange.lapse_events import FilesUnclaimed, FileUnserved, LeaderSilent
from fedjury.protocol.round_record import RoundRecord, unpack_bitmap
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.runtime.events import Event, event_name
from tests.support.fake_federation import FakeFederation
from tests.support.joint import FakeJury, Seat, leader_of, skip_to, together_of
from tests.support.jurors import finalized_rounds

ACCEPTED, NOT_IMPROVED = VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED
RIGHT = [ACCEPTED, NOT_IMPROVED, ACCEPTED]
WITHOUT_THE_FIRST = [VerdictCode.UNAVAILABLE, NOT_IMPROVED, ACCEPTED]
LEADING = ("few-haves", "forged-haves", "two-proposals", "no-proposals")
ASKED = ("unserved-claims", "files-for-one")  # told of where somebody needs the liar's files
TOLD: dict[str, type[Event]] = {
    "other-verdicts": JurorsDiffer,
    "two-reports": Equivocation,
    "copied-reports": WrongMac,
    "unserved-claims": FileUnserved,
    "hidden-files": FilesUnclaimed,
    "files-for-one": FileUnserved,
    "few-haves": PeerMisbehaved,
    "forged-haves": PeerMisbehaved,
    "two-proposals": Equivocation,
    "no-proposals": LeaderSilent,
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


def _end(federation: FakeFederation, jury: FakeJury, right: Sequence[VerdictCode] = RIGHT) -> int:
    """Play until the round is over; the number of the attempt whose report was taken."""
    for attempt in range(4):
        if _play(jury, 4):
            break
        skip_to(federation, attempt)
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == right
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


def _lapses(jury: FakeJury) -> list[Event]:
    """Of whomever jurors told that they do not do their part."""
    kinds = (FilesUnclaimed, FileUnserved, LeaderSilent)
    return [event for seat in jury.seats for event in seat.of(*kinds)]


@pytest.mark.parametrize("name", sorted(LIES))
def test_a_round_ends_right_whoever_else_lies(
    federation: FakeFederation, jury: FakeJury, name: str
) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, name)
    assert _end(federation, jury) == 0
    if name not in (*LEADING, *ASKED):
        assert _told(jury, liar, TOLD[name])


@pytest.mark.parametrize("name", sorted(LIES))
def test_a_round_ends_right_though_its_leader_lies(
    federation: FakeFederation, jury: FakeJury, name: str
) -> None:
    liar = _corrupt(jury, leader_of(federation), name)
    attempt = _end(federation, jury)
    if name not in (*ASKED, "copied-reports"):  # the leader's copy comes too late to matter
        assert _told(jury, liar, TOLD[name])
    if name in ("few-haves", "forged-haves", "no-proposals", "garbage", "endless-answers"):
        assert attempt == 1


def test_of_every_lie_it_is_known_what_tells_of_it() -> None:
    assert set(TOLD) == set(LIES)
    assert {name: [event_name(kind)] for name, kind in TOLD.items()} == {
        name: list(kinds[:1]) for name, kinds in lies.TOLD.items()
    }


@pytest.mark.parametrize(
    ("name", "right"), [("unserved-claims", WITHOUT_THE_FIRST), ("files-for-one", RIGHT)]
)
def test_whoever_does_not_give_to_all_what_is_in_its_store_alone_is_told_of_once(
    federation: FakeFederation, jury: FakeJury, name: str, right: Sequence[VerdictCode]
) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, name)
    digest = federation.contract.submissions()[0].digest
    for seat in jury.seats:
        if seat is not liar:
            seat.store.hidden.add(digest)
    jury.cycle(index)  # so that the others find it with the file
    _end(federation, jury, right)
    told = _told(jury, liar, FileUnserved)
    assert len(told) == (3 if name == "unserved-claims" else 2)  # each juror but who was given it
    assert {getattr(each, "cid", None) for each in told} == {digest.cid}
    assert _lapses(jury) == told


def test_whoever_claims_a_file_and_does_not_give_it_is_told_of(
    federation: FakeFederation, jury: FakeJury
) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, "unserved-claims")
    digest = federation.contract.submissions()[0].digest
    honest = [seat for seat in jury.seats if seat is not liar]
    for seat in honest[1:]:
        seat.store.hidden.add(digest)
    jury.cycle(index)
    del jury.boards[honest[0].address]  # who holds it, too, cannot be asked for now
    assert not _play(jury, 3), "two jurors finalize a round"
    jury.boards[honest[0].address] = honest[0].board
    _end(federation, jury)
    assert _told(jury, liar, FileUnserved)


def test_who_hides_files_stands_in_the_record(federation: FakeFederation, jury: FakeJury) -> None:
    index = (leader_of(federation) + 1) % 4
    liar = _corrupt(jury, index, "hidden-files")
    _end(federation, jury)
    (finalized,) = finalized_rounds(federation)
    record = RoundRecord.from_bytes(federation.store.fetch(finalized.record_digest, 2**20, 1))
    held = {have.juror: unpack_bitmap(have.entries, 3) for have in record.haves}
    assert held.pop(liar.address, [False] * 3) == [False] * 3
    assert all(all(bits) for bits in held.values())
