"""A jury of several whose samples got out."""

from pathlib import Path

from fedjury.oracle.slice_events import SliceLeaked
from tests.support.fake_federation import STRANGER, FakeFederation, verification
from tests.support.joint import FakeJury
from tests.support.sliced import digest_of


def test_no_juror_signs_and_each_says_once_why(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path / "federation")
    jury = FakeJury(federation, tmp_path / "jurors")
    federation.contract.disclose(1, digest_of(verification()), STRANGER.address)
    federation.chain.timestamp += 1
    federation.submit_three()
    assert not jury.play(most=10)
    for seat in jury.seats:
        assert len(seat.of(SliceLeaked)) == 1
        standing = seat.juror.standing()
        assert standing is not None
        assert standing.votes == 0
