"""The threads that follow other jurors, with functions in the place of what they ask."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from fedjury.oracle.exchange import followers
from fedjury.oracle.exchange.docket_file import DocketUnwritable
from fedjury.oracle.exchange.followers import POLL_SECONDS, Followers
from fedjury.oracle.exchange.http_events import HearingFailed
from tests.support.recorder import Recorder
from tests.support.waiting import until

ONE, OTHER = "0x" + "1" * 40, "0x" + "2" * 40


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK_SECONDS", "_LEAST_SECONDS", "_MEET_SECONDS"):
        monkeypatch.setattr(followers, name, 0.01)
    monkeypatch.setattr("fedjury.runtime.loop.FIRST_BACKOFF", 0.01)


@contextmanager
def following(
    pull: Callable[[str, float], bool],
    jurors: Callable[[], list[str]] = lambda: [ONE, OTHER],
    meet: Callable[[], None] = lambda: None,
) -> Iterator[Recorder]:
    told = Recorder()
    with Followers(jurors, pull, meet, told):
        yield told


def test_each_juror_of_the_jury_is_followed_again_and_again() -> None:
    asked: list[tuple[str, float]] = []

    def pull(juror: str, wait: float) -> bool:
        asked.append((juror, wait))
        return True

    with following(pull):
        until(lambda: min(asked.count((each, POLL_SECONDS)) for each in (ONE, OTHER)) >= 3)


def test_one_juror_that_never_answers_keeps_nobody_from_another() -> None:
    done, asked = threading.Event(), list[str]()

    def pull(juror: str, _: float) -> bool:
        asked.append(juror)
        return done.wait() if juror == ONE else True

    with following(pull):
        until(lambda: asked.count(OTHER) >= 3)
        assert asked.count(ONE) == 1
        done.set()


def test_who_enters_is_followed_and_who_leaves_is_not() -> None:
    sitting, asked = [ONE], list[str]()

    def pull(juror: str, _: float) -> bool:
        asked.append(juror)
        return True

    with following(pull, lambda: list(sitting)):
        until(lambda: ONE in asked)
        assert OTHER not in asked
        sitting[:] = [OTHER]
        until(lambda: asked[-5:] == [OTHER] * 5)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DocketUnwritable("the disk is full"), "the disk is full"),
        (sqlite3.OperationalError("disk I/O error"), "disk I/O error"),
        (KeyError("no such thing"), "KeyError"),
    ],
)
def test_what_fails_is_told_and_asked_again_and_ends_no_thread(
    error: Exception, words: str
) -> None:
    asked: list[str] = []

    def pull(juror: str, _: float) -> bool:
        asked.append(juror)
        if len(asked) == 1:
            raise error
        return True

    with following(pull, lambda: [ONE]) as told:
        until(lambda: len(asked) >= 3)
    (failed,) = told.of(HearingFailed)
    assert failed.juror == ONE
    assert words in failed.reason


def test_meeting_and_looking_go_on_after_a_failure() -> None:
    met: list[int] = []
    looked: list[int] = []
    asked: list[str] = []

    def meet() -> None:
        met.append(1)
        if len(met) == 1:
            raise sqlite3.OperationalError("disk I/O error")

    def jurors() -> list[str]:
        looked.append(1)
        if len(looked) == 1:
            raise sqlite3.OperationalError("locked")
        return [ONE]

    def pull(juror: str, _: float) -> bool:
        asked.append(juror)
        return True

    with following(pull, jurors, meet) as told:
        until(lambda: len(met) >= 3 and len(asked) >= 3)
    assert {each.reason for each in told.of(HearingFailed)} == {
        repr(sqlite3.OperationalError("disk I/O error")),
        repr(sqlite3.OperationalError("locked")),
    }


def test_what_fails_after_the_end_is_not_told() -> None:
    ended, failing = threading.Event(), threading.Event()

    def pull(*_: object) -> bool:
        failing.set()
        ended.wait()
        raise sqlite3.ProgrammingError("closed")

    with following(pull, lambda: [ONE]) as told:
        failing.wait()
    ended.set()
    for thread in threading.enumerate():
        if thread.name == f"exchange-{ONE}":
            thread.join()
    assert told.events == []
