"""Events: their names, their fields, and telling only what is news."""

from dataclasses import dataclass

import pytest

from fedjury.runtime.events import (
    Event,
    OnChange,
    Severity,
    Started,
    TaskFinished,
    TransientFailure,
    Waiting,
)
from tests.support.recorder import Recorder


@dataclass(frozen=True, kw_only=True)
class MemoryFound(Event):
    """An event whose values may be missing."""

    bytes: int | None = None
    names: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return "found"


FAILURE = TransientFailure(reason="down", error="ChainUnavailable", retry_seconds=2.0)
STARTED = Started(role="juror", address="0x1", task="eip155:1:0x2")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (Waiting(round=1, reason="paused"), "waiting"),
        (TaskFinished(), "task-finished"),
        (FAILURE, "transient-failure"),
        (STARTED, "started"),
    ],
)
def test_the_name_is_the_class_in_kebab_case(event: Event, name: str) -> None:
    assert event.name == name


def test_the_fields_are_the_values_by_name() -> None:
    assert TaskFinished().fields() == {}
    assert FAILURE.fields() == {"reason": "down", "error": "ChainUnavailable", "retry_seconds": 2.0}


def test_fields_that_are_none_are_left_out_and_other_false_values_are_not() -> None:
    assert MemoryFound().fields() == {"names": ()}
    assert MemoryFound(bytes=0).fields() == {"bytes": 0, "names": ()}


def test_an_event_informs_unless_its_class_says_more() -> None:
    assert STARTED.severity is Severity.INFO
    assert FAILURE.severity is Severity.WARNING
    assert "severity" not in FAILURE.fields()


def test_people_are_told_in_sentences() -> None:
    assert FAILURE.sentence == "down; trying again in 2 s"
    assert STARTED.sentence == "juror 0x1 of eip155:1:0x2"
    assert Waiting(round=3, reason="the task is paused").sentence == "round 3: the task is paused"


def test_an_event_without_a_sentence_is_none() -> None:
    class Silent(Event):
        pass

    with pytest.raises(TypeError, match="sentence"):
        Silent()  # type: ignore[abstract]


def test_an_event_is_passed_on_only_when_it_differs_from_the_one_before() -> None:
    told = Recorder()
    say = OnChange(told)
    one, other = Waiting(round=1, reason="paused"), Waiting(round=2, reason="paused")
    for event in (one, Waiting(round=1, reason="paused"), one, other, other, one):
        say(event)
    assert told.events == [one, other, one]


def test_what_one_listener_was_told_is_news_to_another() -> None:
    told = Recorder()
    for _ in range(2):
        OnChange(told)(FAILURE)
    assert told.events == [FAILURE, FAILURE]
