"""Keeping what was judged."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.errors import ContentNotFound, StoreUnavailable
from fedjury.oracle.events import FilesReleased, KeepingFailed
from fedjury.oracle.keeping import CHECK_AGAIN, Keeper, Shelf
from fedjury.oracle.kept_record import KeptRecord
from fedjury.protocol.digest import Digest
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from tests.support.flaky_store import FlakyStore
from tests.support.recorder import Recorder

DAY = 86_400.0
FILES = [bytes([number]) * 100 for number in range(3)]
ONE, TWO, THREE = map(Digest.of, FILES)


class PinningStore(FlakyStore):
    """A store that is asked to keep and to release, as a daemon with pins."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.pinned: set[Digest] = set()
        self.asked: list[Digest] = []

    def add(self, data: bytes) -> Digest:
        digest = super().add(data)
        self.pinned.add(digest)
        return digest

    def keep(self, digest: Digest, timeout: float) -> None:
        self._require_up()
        self.asked.append(digest)
        if digest in self.refused:
            raise StoreUnavailable("HTTP 403")
        super().keep(digest, timeout)
        self.pinned.add(digest)

    def release(self, digest: Digest) -> None:
        self._require_up()
        self.pinned.discard(digest)


class Bench:
    """A keeper over a store that others publish to, and a clock."""

    def __init__(self, directory: Path, days: float = 365) -> None:
        self.directory, self.days, self.now = directory, days, 1e9
        self.store = PinningStore(directory / "store")
        for data in FILES:
            self.store.add(data)
        self.store.pinned.clear()  # others' pins are not ours
        self.told = Recorder()
        self.restart()

    def restart(self) -> None:
        self.cache = DirectoryStore(self.directory / "cache")
        self.keeper = Keeper(
            Shelf(self.store, self.cache, 1000),
            KeptRecord(self.directory / "kept.jsonl"),
            self.days,
            self.told,
            now=lambda: self.now,
            run=lambda work, _, __: work(),
        )

    def work(self, later: float = 0.0) -> None:
        self.now += later
        self.keeper.work(1.0)

    def vanish(self, digest: Digest) -> None:
        (self.store.path / digest.cid).unlink()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_is_noted_is_pinned_and_copied_and_nothing_else(bench: Bench) -> None:
    bench.keeper.note([ONE, TWO])
    bench.work()
    assert bench.store.pinned == {ONE, TWO}
    assert set(bench.cache.digests()) == {ONE, TWO}
    assert bench.told.events == []


def test_what_vanishes_from_the_store_is_put_there_again(bench: Bench) -> None:
    bench.keeper.note([ONE, TWO])
    bench.work()
    bench.vanish(ONE)
    bench.work(CHECK_AGAIN / 2)
    with pytest.raises(ContentNotFound):
        bench.store.fetch(ONE, 1000, 1)
    bench.work(CHECK_AGAIN / 2)
    assert bench.store.fetch(ONE, 1000, 1) == FILES[0]


def test_what_vanished_while_the_juror_was_down_is_put_there_when_it_starts(bench: Bench) -> None:
    bench.keeper.note([ONE])
    bench.work()
    bench.vanish(ONE)
    bench.restart()
    bench.work()
    assert bench.store.fetch(ONE, 1000, 1) == FILES[0]


def test_a_kill_before_the_pin_loses_nothing(bench: Bench) -> None:
    bench.keeper.note([ONE, TWO])
    bench.restart()
    bench.work()
    assert bench.store.pinned == {ONE, TWO}


def test_what_was_not_needed_for_so_many_days_is_released(tmp_path: Path) -> None:
    bench = Bench(tmp_path, days=7)
    bench.keeper.note([ONE, TWO])
    bench.work()
    bench.work(5 * DAY)
    bench.keeper.note([TWO])
    bench.work(3 * DAY)
    assert bench.store.pinned == {TWO}
    assert bench.cache.digests() == [TWO]
    assert KeptRecord(tmp_path / "kept.jsonl").needed.keys() == {TWO}
    assert bench.told.events == [FilesReleased(files=1)]
    assert bench.store.fetch(ONE, 1000, 1) == FILES[0]  # others' directory is left alone


def test_with_0_days_nothing_is_ever_released(tmp_path: Path) -> None:
    bench = Bench(tmp_path, days=0)
    bench.keeper.note([ONE])
    bench.work()
    bench.work(100_000 * DAY)
    assert bench.store.pinned == {ONE}
    assert bench.told.events == []


def test_a_store_that_is_down_is_told_of_and_tried_again_with_pauses(bench: Bench) -> None:
    bench.keeper.note([ONE])
    bench.store.is_down = True
    bench.work()
    assert [type(event) for event in bench.told.events] == [KeepingFailed]
    bench.work()
    assert len(bench.told.events) == 1
    bench.store.is_down = False
    bench.work(0.5)
    assert bench.store.pinned == set()
    bench.work(60)
    assert bench.store.pinned == {ONE}


def test_one_file_that_fails_holds_no_other_up(bench: Bench) -> None:
    bench.store.refused = {ONE}
    bench.keeper.note([ONE, TWO, THREE])
    for _ in range(4):
        bench.work(60)
    assert bench.store.pinned >= {TWO, THREE}


def test_a_pin_that_is_refused_is_made_by_adding_the_file(bench: Bench) -> None:
    bench.cache.add(FILES[0])
    bench.store.refused = {ONE}
    bench.keeper.note([ONE])
    bench.work()
    assert bench.store.pinned == {ONE}


def test_a_release_that_fails_is_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, days=1)
    bench.keeper.note([ONE])
    bench.work()
    bench.store.is_down = True
    bench.work(2 * DAY)
    assert bench.store.pinned == {ONE}
    bench.store.is_down = False
    bench.work(60)
    assert bench.store.pinned == set()


def test_a_damaged_record_is_told_of_and_made_anew_from_the_cache(bench: Bench) -> None:
    bench.keeper.note([ONE, TWO])
    bench.work()
    (bench.directory / "kept.jsonl").write_bytes(b"\0" * 100)
    bench.restart()
    bench.work()
    assert [type(event) for event in bench.told.events] == [KeepingFailed]
    assert KeptRecord(bench.directory / "kept.jsonl").needed == {ONE: bench.now, TWO: bench.now}
    bench.restart()
    bench.work()
    assert len(bench.told.events) == 1


def test_a_record_that_cannot_be_written_stops_nothing(bench: Bench) -> None:
    (bench.directory / "kept.jsonl").mkdir()
    bench.keeper.note([ONE])
    bench.work()
    assert bench.store.pinned == {ONE}
    (event,) = bench.told.events
    assert isinstance(event, KeepingFailed)
    assert "cannot write the record" in event.reason


@pytest.mark.parametrize(
    ("step", "kept"), [(Step.PROGRESS, False), (Step.WAITING, True), (Step.FINISHED, True)]
)
def test_files_are_kept_where_a_cycle_leaves_time_for_it(
    bench: Bench, step: Step, kept: bool
) -> None:
    def cycle() -> Step:
        bench.keeper.note([ONE])
        return step

    assert bench.keeper.after(cycle, threading.Event())() is step
    assert (bench.store.pinned == {ONE}) is kept


def test_a_store_that_hangs_holds_up_no_cycle(bench: Bench) -> None:
    stuck = threading.Event()

    class Stuck(PinningStore):
        def keep(self, digest: Digest, timeout: float) -> None:
            stuck.wait(60)

    bench.store = Stuck(bench.directory / "store")
    shelf = Shelf(bench.store, bench.cache, 1000)
    record = KeptRecord(bench.directory / "other.jsonl")
    keeper = Keeper(shelf, record, 1, bench.told, now=lambda: bench.now)
    keeper.note([ONE])
    for _ in range(3):
        keeper.work(0.02)
    asked: Callable[[], Step] = keeper.after(lambda: Step.FINISHED, _set())
    assert asked() is Step.FINISHED
    stuck.set()


def _set() -> threading.Event:
    stop = threading.Event()
    stop.set()
    return stop


def test_a_store_has_more_time_to_keep_a_large_file(tmp_path: Path) -> None:
    asked = list[float]()

    class Store(DirectoryStore):
        def keep(self, digest: Digest, timeout: float) -> None:
            asked.append(timeout)

    store, cache = Store(tmp_path / "store"), DirectoryStore(tmp_path / "cache")
    store.add(FILES[0])
    large = store.add(bytes(5 * 2**20))
    Shelf(store, cache, 2**30).keep(ONE)
    Shelf(store, cache, 2**30).keep(large)
    assert asked == [2.0, 3.0]


# --- before a signature ---


def test_what_is_secured_is_pinned_when_it_returns(bench: Bench) -> None:
    bench.keeper.secure([ONE, TWO])
    assert bench.store.pinned == {ONE, TWO}
    assert KeptRecord(bench.directory / "kept.jsonl").needed.keys() == {ONE, TWO}


def test_what_was_pinned_a_while_ago_is_not_asked_for_again(bench: Bench) -> None:
    bench.keeper.secure([ONE])
    bench.keeper.secure([ONE, TWO])
    assert bench.store.asked == [ONE, TWO]
    bench.now += CHECK_AGAIN
    bench.keeper.secure([ONE])
    assert bench.store.asked == [ONE, TWO, ONE]


def test_nothing_is_secured_by_a_store_that_is_down(bench: Bench) -> None:
    bench.store.is_down = True
    with pytest.raises(StoreUnavailable, match="gone"):
        bench.keeper.secure([ONE])
    bench.store.is_down = False
    bench.keeper.secure([ONE])
    assert bench.store.pinned == {ONE}


def test_a_file_that_is_nowhere_cannot_be_secured(bench: Bench) -> None:
    bench.vanish(TWO)
    with pytest.raises(StoreUnavailable, match=f"{TWO.cid} cannot be kept, without which nothing"):
        bench.keeper.secure([ONE, TWO])
    assert bench.store.pinned == {ONE}


def test_at_a_start_what_was_needed_last_is_looked_after_first(bench: Bench) -> None:
    bench.keeper.secure([ONE])
    bench.now += 1
    bench.keeper.secure([TWO])
    bench.now += 1
    bench.keeper.secure([THREE])
    bench.restart()
    bench.store.asked.clear()
    bench.work()
    assert bench.store.asked == [THREE, TWO, ONE]
