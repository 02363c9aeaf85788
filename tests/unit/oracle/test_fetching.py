"""Getting a round's files within one time limit."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.errors import (
    ContentMismatch,
    ContentNotFound,
    ContentTooLarge,
    NotAFile,
    StoreUnavailable,
)
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.tries import PAUSE, QUICK_TRY
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore
from tests.support.flaky_store import FlakyStore

LIMIT = 30.0


class Clock:
    """Time passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
        for at, action in list(self._later):
            if at <= self.now:
                self._later.remove((at, action))
                action()

    def at(self, when: float, action: Callable[[], None]) -> None:
        self._later.append((when, action))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)


class FakeStore:
    """Files that appear at a time; what is not there lets the whole timeout pass."""

    name = "fake"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.files: dict[Digest, tuple[float, bytes]] = {}
        self.errors: dict[Digest, Exception] = {}
        self.asked: list[Digest] = []
        self.timeouts: list[float] = []
        self.on_fetch: Callable[[], object] = lambda: None

    def add(self, data: bytes) -> Digest:
        return self.add_later(data, 0.0)

    def add_later(self, data: bytes, at: float) -> Digest:
        digest = Digest.of(data)
        self.files[digest] = (at, data)
        return digest

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        assert timeout > 0, "a try that takes no time"
        self.asked.append(digest)
        self.timeouts.append(timeout)
        self.on_fetch()
        if digest in self.errors:
            raise self.errors[digest]
        at, data = self.files.get(digest, (float("inf"), b""))
        if at > self._clock() + timeout:
            self._clock.pass_(timeout)
            raise ContentNotFound("nobody answers")
        self._clock.pass_(max(0.0, at - self._clock()))
        if len(data) > max_bytes:
            raise ContentTooLarge("too long")
        return data

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        data = self.fetch(digest, max_bytes, timeout)
        return lambda: data

    def keep(self, digest: Digest, timeout: float) -> None:
        pass

    def release(self, digest: Digest) -> None:
        pass

    def check(self) -> None:
        pass


def one_thread(work: Callable[[], None], _: int, __: float) -> None:
    """Does all the work here, one after the other, so that the fake clock adds up."""
    work()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> FakeStore:
    return FakeStore(clock)


@pytest.fixture
def fetcher(clock: Clock, store: FakeStore, tmp_path: Path) -> UpdateFetcher:
    return make_fetcher(clock, store, tmp_path)


def make_fetcher(
    clock: Clock, store: FakeStore, directory: Path, max_bytes: int = 100
) -> UpdateFetcher:
    return UpdateFetcher(
        store,
        DirectoryStore(directory),
        max_bytes,
        workers=1,
        run=one_thread,
        clock=clock,
        sleep=clock.sleep,
    )


def _codes(
    fetcher: UpdateFetcher, digests: list[Digest], limit: float = LIMIT
) -> list[VerdictCode | None]:
    outcomes = fetcher.fetch_all(digests, limit)
    return [None if outcome is None else outcome.code for outcome in outcomes]


def test_what_the_store_has_is_in_the_cache_afterwards(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    digests = [store.add(b"one"), store.add(b"two")]
    assert fetcher.fetch_all(digests, LIMIT) == [None, None]
    assert [fetcher.cached(digest) for digest in digests] == [b"one", b"two"]
    assert clock.now == 0


def test_no_files_take_no_time(fetcher: UpdateFetcher, clock: Clock) -> None:
    assert fetcher.fetch_all([], LIMIT) == []
    assert clock.now == 0


def test_silent_ones_cost_the_others_nothing_but_the_limit(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    there = store.add(b"there")
    silent = [Digest.of(bytes([number])) for number in range(4)]
    codes = _codes(fetcher, [*silent, there])
    assert codes == [VerdictCode.UNAVAILABLE] * 4 + [None]
    assert LIMIT - 1 < clock.now <= LIMIT
    assert store.asked.index(there) == 4  # had its first try before any second one


def test_many_silent_ones_leave_time_for_all(
    clock: Clock, store: FakeStore, fetcher: UpdateFetcher
) -> None:
    """The same 8 at a time as one at a time in an eighth of the files: 125 of them, 10 s."""
    silent = [Digest.of(bytes([number])) for number in range(125)]
    there = store.add(b"there")
    codes = _codes(fetcher, [*silent, there], 10.0)
    assert codes == [VerdictCode.UNAVAILABLE] * 125 + [None]
    assert clock.now <= 10.0
    assert min(store.asked.count(digest) for digest in silent) >= 1


def test_tries_grow_where_there_is_time(
    store: FakeStore, clock: Clock, fetcher: UpdateFetcher
) -> None:
    """A file that takes long to arrive is not broken off for ever at the same place."""
    _codes(fetcher, [Digest.of(b"silent")], 60.0)
    assert store.timeouts[:3] == [QUICK_TRY, 2 * QUICK_TRY, 4 * QUICK_TRY]
    assert clock.now == 60.0


def test_a_file_that_appears_in_time_is_had(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    late = store.add_later(b"late", 17.0)
    assert _codes(fetcher, [late]) == [None]
    assert fetcher.cached(late) == b"late"
    assert clock.now == 17.0
    assert set(clock.slept) == {PAUSE}


def test_a_file_that_appears_after_the_limit_is_unavailable(
    fetcher: UpdateFetcher, store: FakeStore
) -> None:
    late = store.add_later(b"late", LIMIT + 1)
    (outcome,) = fetcher.fetch_all([late], LIMIT)
    assert outcome is not None
    assert outcome.code is VerdictCode.UNAVAILABLE
    assert "Qm" in outcome.reason


def test_a_file_that_is_too_large_is_not_tried_again(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    large = store.add(bytes(101))
    assert _codes(fetcher, [large]) == [VerdictCode.TOO_LARGE]
    assert store.asked == [large]
    assert clock.now == 0


def test_bytes_that_do_not_match_are_unavailable_until_the_limit(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    digest = Digest.of(b"mine")
    store.errors[digest] = ContentMismatch("other bytes")
    assert _codes(fetcher, [digest]) == [VerdictCode.UNAVAILABLE]
    assert len(store.asked) > 1
    assert LIMIT - PAUSE <= clock.now <= LIMIT


def test_what_is_no_file_is_unavailable_and_not_asked_for_again(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    directory = Digest.of(b"a directory")
    store.errors[directory] = NotAFile("a directory")
    assert _codes(fetcher, [directory]) == [VerdictCode.UNAVAILABLE]
    assert store.asked == [directory]
    assert clock.now == 0


def test_a_store_that_says_nothing_of_one_file_is_asked_until_the_limit(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    there, refused = store.add(b"there"), Digest.of(b"refused")
    store.errors[refused] = StoreUnavailable("the daemon answers with HTTP 503")
    with pytest.raises(StoreUnavailable, match="503"):
        fetcher.fetch_all([refused, there], LIMIT)
    assert fetcher.cached(there) == b"there"
    assert store.asked.count(refused) > 1
    assert LIMIT - PAUSE <= clock.now <= LIMIT


def test_without_any_limit_to_speak_of_every_file_has_one_try(tmp_path: Path) -> None:
    store = FlakyStore(tmp_path / "store")
    there, refused, absent = store.add(b"there"), store.add(b"refused"), Digest.of(b"absent")
    fetcher = UpdateFetcher(store, DirectoryStore(tmp_path / "cache"), 100)
    assert _codes(fetcher, [there, absent], 0.0) == [None, VerdictCode.UNAVAILABLE]
    store.refused = {refused}
    with pytest.raises(StoreUnavailable, match="503"):
        fetcher.fetch_all([absent, refused], 0.0)


def test_one_refusal_among_absences_accuses_nobody(
    fetcher: UpdateFetcher, store: FakeStore
) -> None:
    absent, refused = Digest.of(b"absent"), Digest.of(b"refused")
    store.errors[absent] = ContentNotFound("not here")
    store.errors[refused] = StoreUnavailable("HTTP 429")
    with pytest.raises(StoreUnavailable):
        fetcher.fetch_all([absent, refused], LIMIT)


def test_what_was_refused_at_first_is_had_or_judged_later(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    there, absent = store.add(b"there"), Digest.of(b"absent")
    for digest in (there, absent):
        store.errors[digest] = StoreUnavailable("HTTP 503")
    store.add(b"another")
    clock.at(3.0, store.errors.clear)
    outcomes = _codes(fetcher, [there, absent, Digest.of(b"another")])
    assert outcomes == [None, VerdictCode.UNAVAILABLE, None]


@pytest.mark.parametrize(
    ("outage", "is_tolerated"), [(LIMIT / 10 - 1, True), (LIMIT / 10 + 1, False)]
)
def test_what_is_missed_after_an_outage_is_not_unavailable(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock, outage: float, is_tolerated: bool
) -> None:
    absent, other = Digest.of(b"absent"), store.add_later(b"other", 0.5)
    clock.at(1.0, lambda: store.errors.update({absent: StoreUnavailable("503")}))
    clock.at(1.0 + outage, store.errors.clear)
    store.errors[absent] = ContentNotFound("not here")
    if is_tolerated:
        assert _codes(fetcher, [other, absent]) == [None, VerdictCode.UNAVAILABLE]
        return
    with pytest.raises(StoreUnavailable, match=r"did not work for \d\.\d s of the time for files"):
        fetcher.fetch_all([other, absent], LIMIT)
    assert _codes(fetcher, [other, absent]) == [None, VerdictCode.UNAVAILABLE]  # a whole limit


def test_an_outage_does_not_matter_where_all_files_are_there(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    there, other = store.add(b"there"), store.add_later(b"other", 0.5)
    store.errors[there] = ContentNotFound("not yet")
    clock.at(1.0, lambda: store.errors.update({there: StoreUnavailable("503")}))
    clock.at(9.0, store.errors.clear)
    assert _codes(fetcher, [other, there]) == [None, None]
    assert clock.now >= 9.0


def test_a_store_that_says_nothing_of_any_file_is_not_asked_again_and_again(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    down = [Digest.of(bytes([number])) for number in range(3)]
    for digest in down:
        store.errors[digest] = StoreUnavailable("the daemon is gone")
    with pytest.raises(StoreUnavailable, match="gone"):
        fetcher.fetch_all(down, LIMIT)
    assert store.asked == down
    assert clock.now == 0


def test_a_store_that_says_nothing_of_any_file_any_more_is_not_asked_to_the_end(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    absent = [Digest.of(bytes([number])) for number in range(2)]
    gone = StoreUnavailable("the daemon is gone")
    store.errors = dict.fromkeys(absent, ContentNotFound("not here"))
    clock.at(0.5, lambda: store.errors.update(dict.fromkeys(absent, gone)))
    with pytest.raises(StoreUnavailable, match="gone"):
        fetcher.fetch_all(absent, LIMIT)
    assert sorted(store.asked) == sorted(absent * 2)


def test_a_store_that_says_something_of_one_file_or_the_other_is_asked_to_the_end(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    one, other = (Digest.of(bytes([number])) for number in range(2))
    gone, absent = StoreUnavailable("the daemon is gone"), ContentNotFound("not here")
    store.errors = {one: gone, other: absent}
    clock.at(0.5, lambda: store.errors.update({one: absent, other: gone}))
    clock.at(3.5, lambda: store.errors.update({one: absent, other: absent}))
    assert _codes(fetcher, [one, other]) == [VerdictCode.UNAVAILABLE] * 2


def test_a_store_that_asks_for_a_pause_gets_it(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    limited, silent = Digest.of(b"limited"), Digest.of(b"silent")
    store.errors[limited] = StoreUnavailable("too many requests")
    store.errors[limited].retry_after = 12.0  # type: ignore[attr-defined]
    store.errors[silent] = ContentNotFound("not here")
    asked_at: list[float] = []
    store.on_fetch = lambda: asked_at.append(clock.now)
    with pytest.raises(StoreUnavailable) as caught:
        fetcher.fetch_all([silent, limited], LIMIT)
    assert caught.value.retry_after == 12.0
    assert not [at for at in asked_at if 0 < at < 12.0]


def test_an_error_that_nobody_expects_is_not_taken_for_a_verdict(
    store: FakeStore, tmp_path: Path
) -> None:
    broken = Digest.of(b"broken")
    store.errors[broken] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        UpdateFetcher(store, DirectoryStore(tmp_path), 100).fetch_all([broken], 5.0)


def test_a_store_that_never_comes_back_is_waited_for_no_longer_than_the_limit(
    store: FakeStore, tmp_path: Path
) -> None:
    stuck = threading.Event()
    store.on_fetch = lambda: stuck.wait(60)
    fetcher = UpdateFetcher(store, DirectoryStore(tmp_path), 100)
    start = time.monotonic()
    with pytest.raises(StoreUnavailable):
        fetcher.fetch_all([Digest.of(b"stuck")], 0.1)
    stuck.set()
    assert time.monotonic() - start < 5


def test_each_file_is_held_against_a_size_of_its_own(tmp_path: Path) -> None:
    store = FlakyStore(tmp_path / "store")
    small, large, empty = store.add(b"12"), store.add(b"1234"), store.add(b"")
    fetcher = UpdateFetcher(store, DirectoryStore(tmp_path / "cache"), 3)
    found = fetcher.fetch_sized({small: 1, large: 4, empty: 0}, LIMIT)
    codes = {digest: failure and failure.code for digest, failure in found.items()}
    assert codes == {small: VerdictCode.TOO_LARGE, large: None, empty: None}
    assert fetcher.cached(large, 4) == b"1234"
    (as_update,) = fetcher.fetch_all([large], LIMIT)
    assert as_update is not None
    assert as_update.code is VerdictCode.TOO_LARGE  # though it lies in the cache


def test_what_is_cached_is_not_asked_for_again(fetcher: UpdateFetcher, store: FakeStore) -> None:
    there = store.add(b"there")
    fetcher.fetch_all([there], LIMIT)
    store.errors[there] = StoreUnavailable("gone since")
    assert fetcher.fetch_all([there], LIMIT) == [None]
    assert store.asked == [there]


def test_a_damaged_cache_is_filled_anew(
    fetcher: UpdateFetcher, store: FakeStore, tmp_path: Path
) -> None:
    there = store.add(b"there")
    fetcher.fetch_all([there], LIMIT)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"damage")
    assert fetcher.fetch_all([there], LIMIT) == [None]
    assert fetcher.cached(there) == b"there"


def test_the_same_digest_twice_has_the_same_outcome_twice(
    fetcher: UpdateFetcher, store: FakeStore
) -> None:
    there, silent = store.add(b"there"), Digest.of(b"silent")
    codes = _codes(fetcher, [there, silent, there, silent])
    assert codes == [None, VerdictCode.UNAVAILABLE, None, VerdictCode.UNAVAILABLE]


def test_a_limit_shorter_than_a_quick_try_is_kept(clock: Clock, fetcher: UpdateFetcher) -> None:
    assert _codes(fetcher, [Digest.of(b"silent")], 2.0) == [VerdictCode.UNAVAILABLE]
    assert clock.now == 2.0


class Crowd:
    """How many contents are in memory at a time: a store's and a cache's sides of it."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)  # so that others could come in

    def leave(self) -> None:
        with self._lock:
            self.now -= 1


@pytest.mark.parametrize(("max_bytes", "at_once"), [(100, 8), (2**26, 2), (2**27, 1), (2**30, 1)])
def test_the_larger_files_may_be_the_fewer_are_in_memory_at_a_time(
    max_bytes: int, at_once: int, tmp_path: Path
) -> None:
    crowd, files = Crowd(), [bytes([number]) for number in range(24)]

    class Store(DirectoryStore):
        def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
            def content() -> bytes:
                crowd.enter()
                return self.fetch(digest, max_bytes, timeout)

            return content

    class Cache(DirectoryStore):
        def add(self, data: bytes) -> Digest:
            crowd.leave()
            return super().add(data)

    store = Store(tmp_path / "store")
    digests = [store.add(data) for data in files]
    fetcher = UpdateFetcher(store, Cache(tmp_path / "cache"), max_bytes)
    assert fetcher.fetch_all(digests, LIMIT) == [None] * len(digests)
    assert crowd.most == at_once


def test_a_large_file_has_a_longer_first_try_but_leaves_time_for_another(
    store: FakeStore, clock: Clock, tmp_path: Path
) -> None:
    def first_try(max_bytes: int, limit: float) -> float:
        store.timeouts.clear()
        fetcher = make_fetcher(clock, store, tmp_path, max_bytes)
        fetcher.fetch_all([Digest.of(b"silent")], limit)
        return store.timeouts[0]

    assert first_try(41 * 2**20, 600.0) == QUICK_TRY + 10.0
    assert first_try(401 * 2**20, 60.0) == 30.0
    assert first_try(401 * 2**20, 6.0) == QUICK_TRY
