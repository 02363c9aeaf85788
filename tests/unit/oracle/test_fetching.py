"""Getting a round's files within one time limit."""

import threading
from pathlib import Path

import pytest

from fedjury.errors import ContentMismatch, ContentNotFound, ContentTooLarge, StoreUnavailable
from fedjury.oracle.fetching import PAUSE, QUICK_TRY, UpdateFetcher
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore

LIMIT = 30.0


class Clock:
    """Time passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds

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

    def check(self) -> None:
        pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> FakeStore:
    return FakeStore(clock)


@pytest.fixture
def fetcher(clock: Clock, store: FakeStore, tmp_path: Path) -> UpdateFetcher:
    # one after the other, so that the fake clock adds up
    return UpdateFetcher(
        store, DirectoryStore(tmp_path), 100, LIMIT, workers=1, clock=clock, sleep=clock.sleep
    )


def _codes(fetcher: UpdateFetcher, digests: list[Digest]) -> list[VerdictCode | None]:
    outcomes = fetcher.fetch_all(digests)
    return [None if outcome is None else outcome.code for outcome in outcomes]


def test_what_the_store_has_is_in_the_cache_afterwards(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    digests = [store.add(b"one"), store.add(b"two")]
    assert fetcher.fetch_all(digests) == [None, None]
    assert [fetcher.cached(digest) for digest in digests] == [b"one", b"two"]
    assert clock.now == 0


def test_no_files_take_no_time(fetcher: UpdateFetcher, clock: Clock) -> None:
    assert fetcher.fetch_all([]) == []
    assert clock.now == 0


def test_silent_ones_cost_the_others_nothing_but_the_limit(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    there = store.add(b"there")
    silent = [Digest.of(bytes([number])) for number in range(4)]
    codes = _codes(fetcher, [*silent, there])
    assert codes == [VerdictCode.UNAVAILABLE] * 4 + [None]
    assert clock.now == LIMIT
    assert store.asked.index(there) == 4  # had its first try before any second one


def test_many_silent_ones_get_no_second_try_beyond_the_limit(
    fetcher: UpdateFetcher, store: FakeStore, clock: Clock
) -> None:
    silent = [Digest.of(bytes([number])) for number in range(5)]
    _codes(fetcher, silent)
    assert clock.now == LIMIT
    assert max(store.timeouts) == QUICK_TRY


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
    (outcome,) = fetcher.fetch_all([late])
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
    assert clock.now >= LIMIT


def test_a_store_that_is_down_says_nothing_of_the_updates(
    fetcher: UpdateFetcher, store: FakeStore
) -> None:
    there, down = store.add(b"there"), Digest.of(b"down")
    store.errors[down] = StoreUnavailable("the daemon is gone")
    with pytest.raises(StoreUnavailable):
        fetcher.fetch_all([there, down])


def test_what_is_cached_is_not_asked_for_again(fetcher: UpdateFetcher, store: FakeStore) -> None:
    there = store.add(b"there")
    fetcher.fetch_all([there])
    store.errors[there] = StoreUnavailable("gone since")
    assert fetcher.fetch_all([there]) == [None]
    assert store.asked == [there]


def test_a_damaged_cache_is_filled_anew(
    fetcher: UpdateFetcher, store: FakeStore, tmp_path: Path
) -> None:
    there = store.add(b"there")
    fetcher.fetch_all([there])
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"damage")
    assert fetcher.fetch_all([there]) == [None]
    assert fetcher.cached(there) == b"there"


def test_the_same_digest_twice_has_the_same_outcome_twice(
    fetcher: UpdateFetcher, store: FakeStore
) -> None:
    there, silent = store.add(b"there"), Digest.of(b"silent")
    codes = _codes(fetcher, [there, silent, there, silent])
    assert codes == [None, VerdictCode.UNAVAILABLE, None, VerdictCode.UNAVAILABLE]


def test_a_limit_shorter_than_a_quick_try_is_kept(
    clock: Clock, store: FakeStore, tmp_path: Path
) -> None:
    fetcher = UpdateFetcher(
        store, DirectoryStore(tmp_path), 100, 2.0, clock=clock, sleep=clock.sleep
    )
    assert _codes(fetcher, [Digest.of(b"silent")]) == [VerdictCode.UNAVAILABLE]
    assert clock.now == 2.0
