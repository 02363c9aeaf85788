"""What a juror of several tells while it waits."""

from pathlib import Path

import pytest

from fedjury.oracle.exchange.bench import Bench, Turns
from fedjury.oracle.exchange.http_events import TooFewJurors
from fedjury.oracle.slice_events import SliceMissing
from fedjury.runtime.events import Severity, Waiting
from tests.support.fake_federation import FakeFederation, weights
from tests.support.joint import FOUR, QUORUM, FakeJury

WAITS = "round 1: waits for the others' HAVEs, or a proposal"
FEW = "2 of 4 jurors answer, this one among them, and 3 have to sign: no report until more of them"
AVAILABILITY = 25


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    made = FakeFederation(tmp_path / "federation")
    made.submit_weights(weights(0, 1), weights(), weights(0, 1, 2, scale=4))
    return made


def test_a_jury_too_small_to_sign_is_a_warning_and_anew_with_each_attempt(
    federation: FakeFederation, tmp_path: Path
) -> None:
    jury, contract = FakeJury(federation, tmp_path / "jurors"), federation.contract
    for seat in jury.seats[2:]:
        del jury.boards[seat.address]
    bench = Bench.of((each.address for each in FOUR), QUORUM)
    turns = Turns(bench, contract.address, contract.number, contract.deadline, AVAILABILITY)
    for attempt in (None, 1, 2):
        if attempt is not None:
            federation.chain.timestamp = int(turns.start_of(attempt)) + 1
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
