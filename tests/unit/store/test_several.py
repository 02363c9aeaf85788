"""Several stores as one: dead, lacking files, refusing some, damaged, flapping."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.errors import (
    ConfigError,
    ContentMismatch,
    ContentNotFound,
    ContentTooLarge,
    NotAFile,
    StoreUnavailable,
)
from fedjury.protocol.digest import Digest
from fedjury.store import (
    DirectoryStore,
    SeveralStores,
    asking,
    connections_per_file,
    open_stores,
    several,
)
from fedjury.store.events import NotEverywhere, StoreBack, StoreLeft
from tests.support.flaky_store import FlakyStore
from tests.support.recorder import Recorder

DATA = b"an update"
DIGEST = Digest.of(DATA)


class SilentStore(FlakyStore):
    """A store that says nothing of files until the test ends, as a daemon that searches.

    Attributes:
        ended: whether the test has ended.
        asked: which files were asked for.
        answered: how often it has answered.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ended = threading.Event()
        self.asked: list[Digest] = []
        self.answered = 0

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        self.asked.append(digest)
        self.ended.wait(timeout)
        self.answered += 1
        raise ContentNotFound(f"{digest.cid} did not come in time")


class Bench:
    """Two stores as one, and the time by which they rest."""

    def __init__(self, directory: Path) -> None:
        self.a, self.b = FlakyStore(directory / "a"), FlakyStore(directory / "b")
        self.now, self.told = 0.0, Recorder()
        self.both = SeveralStores([self.a, self.b], listener=self.told, now=lambda: self.now)

    def fetch(self) -> bytes:
        """The file, from either."""
        return self.both.fetch(DIGEST, 100, 5.0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("holder", ["a", "b"])
def test_a_file_comes_from_whichever_store_has_it(bench: Bench, holder: str) -> None:
    getattr(bench, holder).add(DATA)
    assert bench.fetch() == DATA
    assert bench.told.events == []


def test_what_is_added_is_in_both(bench: Bench) -> None:
    assert bench.both.add(DATA) == DIGEST
    assert [each.fetch(DIGEST, 100, 1.0) for each in (bench.a, bench.b)] == [DATA, DATA]


def test_one_store_is_enough_to_add_and_the_other_is_told_of(bench: Bench) -> None:
    bench.a.is_down = True
    assert bench.both.add(DATA) == DIGEST
    assert bench.b.fetch(DIGEST, 100, 1.0) == DATA
    (left,) = bench.told.of(StoreLeft)
    assert (left.store, left.reason) == (bench.a.name, "gone")


def test_nothing_is_added_where_no_store_takes_it(bench: Bench) -> None:
    bench.a.is_down = bench.b.is_down = True
    with pytest.raises(StoreUnavailable, match="gone"):
        bench.both.add(DATA)


def test_a_store_that_refuses_one_file_is_told_of_and_not_left(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = bench.a.add(b"held")

    def full(data: bytes) -> Digest:
        raise StoreUnavailable("no space left")

    monkeypatch.setattr(bench.a, "add", full)
    bench.both.add(DATA)
    (told,) = bench.told.events
    assert told == NotEverywhere(store=bench.a.name, cid=DIGEST.cid, reason="no space left")
    assert bench.both.fetch(held, 100, 5.0) == b"held"
    monkeypatch.setattr(bench.b, "add", full)
    with pytest.raises(StoreUnavailable, match="no space left"):
        bench.both.add(b"another")


def test_missing_is_what_every_store_says_is_missing(bench: Bench) -> None:
    with pytest.raises(ContentNotFound):
        bench.fetch()


def test_a_store_that_is_down_may_have_what_the_other_lacks(bench: Bench) -> None:
    bench.a.is_down = True
    for _ in range(2):  # also while it rests and is not asked
        with pytest.raises(StoreUnavailable, match="gone"):
            bench.fetch()


def test_a_store_that_refuses_a_file_may_have_it(bench: Bench) -> None:
    bench.a.add(DATA)
    bench.a.refused.add(DIGEST)
    with pytest.raises(StoreUnavailable, match="HTTP 503"):
        bench.fetch()
    assert bench.told.events == []  # it works, but for this file


def test_a_store_that_comes_back_is_asked_again(bench: Bench) -> None:
    bench.a.add(DATA)
    bench.a.is_down = True
    bench.both.check()
    bench.a.is_down = False
    with pytest.raises(StoreUnavailable):
        bench.fetch()
    bench.now = 6.0
    assert bench.fetch() == DATA
    assert [type(each) for each in bench.told.events] == [StoreLeft, StoreBack]


def test_a_store_that_flaps_rests_longer_each_time_it_stays_away(bench: Bench) -> None:
    bench.a.is_down = True
    rests = []
    for _ in range(3):
        bench.both.check()
        (member, _) = bench.both._members
        rests.append(member._rests_until - bench.now)
        bench.now = member._rests_until
    assert rests == [5.0, 10.0, 20.0]


def test_a_damaged_file_in_one_store_comes_whole_from_the_other(bench: Bench) -> None:
    bench.b.add(DATA)
    (bench.a.path / DIGEST.cid).write_bytes(b"other bytes")
    assert bench.fetch() == DATA


def test_a_file_that_is_damaged_everywhere_is_a_mismatch(bench: Bench) -> None:
    for store in (bench.a, bench.b):
        (store.path / DIGEST.cid).write_bytes(b"other bytes")
    with pytest.raises(ContentMismatch):
        bench.fetch()


@pytest.mark.parametrize("rests", [False, True])
def test_what_one_store_gives_damaged_a_store_that_is_down_may_have(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, rests: bool
) -> None:
    def damaged() -> bytes:
        raise ContentMismatch("other bytes")

    def gives_damaged(*_: object) -> Callable[[], bytes]:
        return damaged

    monkeypatch.setattr(bench.a, "receive", gives_damaged)
    bench.b.is_down = True
    if rests:
        bench.both.check()
    with pytest.raises(StoreUnavailable, match="gone"):
        bench.fetch()


def test_too_large_is_proven_by_the_content_though_a_store_is_down(bench: Bench) -> None:
    bench.a.is_down = True
    bench.b.add(DATA)
    with pytest.raises(ContentTooLarge):
        bench.both.fetch(DIGEST, 3, 5.0)


def test_no_file_is_proven_by_the_content_whatever_the_other_store_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def directory(*_: object) -> Callable[[], bytes]:
        raise NotAFile("a directory")

    monkeypatch.setattr(bench.a, "receive", directory)
    bench.b.is_down = True
    with pytest.raises(NotAFile):
        bench.fetch()


def test_what_only_the_second_store_has_does_not_wait_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "HEAD_START", 0.01)
    silent, second = SilentStore(tmp_path / "a"), DirectoryStore(tmp_path / "b")
    second.add(DATA)
    both = SeveralStores([silent, second])
    try:
        assert both.fetch(DIGEST, 100, 60.0) == DATA
        assert (silent.asked, silent.answered) == ([DIGEST], 0)
    finally:
        silent.ended.set()


def test_a_store_that_hangs_holds_up_nobody_who_adds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "GRACE", 0.05)
    ended, hung = threading.Event(), threading.Event()

    def hang(data: bytes) -> Digest:
        hung.set()
        ended.wait()
        return Digest.of(data)

    monkeypatch.setattr(bench.a, "add", hang)
    try:
        assert bench.both.add(DATA) == DIGEST
        assert bench.b.fetch(DIGEST, 100, 1.0) == DATA
        assert hung.wait(60)
        (told,) = bench.told.of(NotEverywhere)
        assert (told.store, told.cid) == (bench.a.name, DIGEST.cid)
    finally:
        ended.set()


def test_a_store_is_asked_no_more_while_it_leaves_too_much_unanswered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_OPEN", 2)
    silent = SilentStore(tmp_path)
    member = asking.Member(silent)
    questions = asking.Questions(lambda each: each.store.receive(DIGEST, 100, 600.0))
    try:
        for _ in range(3):
            questions.put(member)
        answer = questions.next(60.0)
        assert answer is not None
        assert isinstance(answer.error, StoreUnavailable)
        assert questions.open == 2
    finally:
        silent.ended.set()
    assert [questions.next(60.0) is not None for _ in range(2)] == [True, True]
    questions.put(member)  # it has answered: it is asked again
    answer = questions.next(60.0)
    assert answer is not None
    assert isinstance(answer.error, ContentNotFound)


def test_a_file_is_kept_where_one_store_keeps_it(bench: Bench) -> None:
    bench.b.add(DATA)
    bench.both.keep(DIGEST, 5.0)
    assert bench.told.events == []
    with pytest.raises(ContentNotFound):
        bench.both.keep(Digest.of(b"another"), 5.0)


def test_a_file_is_released_only_where_every_store_lets_it_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keeps(_: Digest) -> None:
        raise StoreUnavailable("keeps a pin")

    monkeypatch.setattr(bench.a, "release", keeps)
    with pytest.raises(StoreUnavailable, match="keeps a pin"):
        bench.both.release(DIGEST)


def test_one_store_that_answers_is_enough(bench: Bench) -> None:
    bench.a.is_down = True
    bench.both.check()
    bench.b.is_down = True
    with pytest.raises(StoreUnavailable):
        bench.both.check()


def test_one_location_is_one_store_and_the_same_twice_is_refused(tmp_path: Path) -> None:
    place = f"dir:{tmp_path}"
    assert isinstance(open_stores([place]), DirectoryStore)
    assert connections_per_file(open_stores([place, f"dir:{tmp_path / 'b'}"])) == 2
    with pytest.raises(ConfigError, match="is given twice"):
        open_stores([place, place])
