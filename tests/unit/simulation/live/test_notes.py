"""What is noted of a round, as chain and store do not know it."""

from typing import Any

from fedjury.clients.events import Trained, UpdatePublished
from fedjury.oracle.events import RoundJudged, UpdateJudged
from fedjury.simulation.live.notes import NoteTaker, RoundNotes
from tests.support.recorder import Recorder


def judged(client: str, correct: int) -> UpdateJudged:
    return UpdateJudged(round=1, client=client, code="accepted", correct=correct, reason="")


def round_judged(baseline: int, model: int) -> RoundJudged:
    counts: dict[str, Any] = {"baseline_correct": baseline, "model_correct": model}
    return RoundJudged(round=1, accepted=1, updates=2, seconds=0.5, fetching=0.25, **counts)


def test_counts_are_noted_as_the_juror_tells_them_and_everything_is_passed_on() -> None:
    told = Recorder()
    notes = NoteTaker(told)
    events = [judged("0xa", 7), judged("0xb", 9), round_judged(5, 8)]
    for event in events:
        notes(event)
    assert notes.take() == RoundNotes(
        judging_seconds=0.5, baseline_correct=5, model_correct=8, correct={"0xa": 7, "0xb": 9}
    )
    assert told.events == events


def test_of_a_round_that_is_judged_twice_the_second_time_counts() -> None:
    notes = NoteTaker(Recorder())
    for event in (judged("0xa", 7), round_judged(5, 8), judged("0xa", 0), round_judged(5, 5)):
        notes(event)
    taken = notes.take()
    assert (taken.model_correct, taken.correct, taken.judging_seconds) == (5, {"0xa": 0}, 1.0)


def test_each_round_is_noted_by_itself() -> None:
    notes = NoteTaker(Recorder())
    notes(judged("0xa", 7))
    notes(Trained(round=1, seconds=2.0))
    assert notes.take().training_seconds == 2.0
    assert notes.take() == RoundNotes()


def test_files_that_were_published_are_noted_for_good() -> None:
    notes = NoteTaker(Recorder())
    notes(UpdatePublished(round=1, cid="Qm1", bytes=3))
    notes.take()
    notes(UpdatePublished(round=2, cid="Qm2", bytes=3))
    assert notes.published == {"Qm1", "Qm2"}
