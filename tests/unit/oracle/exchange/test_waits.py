"""What a juror of several tells while it waits."""

from pathlib import Path

import pytest

from fedjury.oracle.exchange.http_events import TooFewJurors
from fedjury.oracle.slice_events import SliceMissing
from fedjury.runtime.events import Severity, Waiting
from tests.support.fake_federation import FakeFederation
from tests.support.joint import FOUR, FakeJury, skip_to

WAITS = "round 1: waits for the others' HAVEs, or a proposal"
FEW = "2 of 4 jurors answer, this one among them, and 3 have to sign: no report until more of them"


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    made = FakeFederation(tmp_path / "federation")
    made.submit_three()
    return made


def test_a_jury_too_small_to_sign_is_a_warning_and_anew_with_each_attempt(
    federation: FakeFederation, tmp_path: Path
) -> None:
    jury = FakeJury(federation, tmp_path / "jurors")
    for seat in jury.seats[2:]:
        del jury.boards[seat.address]
    for attempt in (None, 1, 2):
        if attempt is not None:
            skip_to(federation, attempt)
        for _ in range(3):
            jury.cycle(1, 0)
    found = jury.seats[0].of(Waiting, TooFewJurors)
    assert {each.severity for each in found} == {Severity.WARNING}
    assert [each.sentence for each in found] == [
        f"{WAITS}: 2 of 3 HAVEs known{begun}. {FEW} do"
        for begun in ("", "; attempt 1 has begun", "; attempt 2 has begun")
    ]


def test_who_has_no_samples_says_that_the_others_were_asked(
    federation: FakeFederation, tmp_path: Path
) -> None:
    jury = FakeJury(federation, tmp_path / "jurors", slices=[[]] * len(FOUR))
    jury.cycle(0)
    (missing,) = jury.seats[0].of(SliceMissing)
    assert "and no other juror gives it now: asks them again; or put it where" in missing.sentence
