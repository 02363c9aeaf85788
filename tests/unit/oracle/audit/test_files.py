"""Getting a round's files for an audit."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fedjury.errors import ContentNotFound, StoreUnavailable
from fedjury.oracle.audit.files import Fetcher, UpdateFiles
from fedjury.oracle.audit.spool import Spool
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore
from fedjury.task.batches import RoundUpdate
from tests.support.flaky_store import FlakyStore

UPDATE = RoundUpdate(0, "0x1", Digest.of(b"update"))


class Store(DirectoryStore):
    """A store that notes how long each try may take, and fails at first."""

    def __init__(self, path: Path, failures: int) -> None:
        super().__init__(path)
        self.failures, self.timeouts = failures, list[float]()

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        self.timeouts.append(timeout)
        if len(self.timeouts) <= self.failures:
            raise ContentNotFound("not now")
        return super().fetch(digest, max_bytes, timeout)


@pytest.mark.parametrize(("max_bytes", "seconds"), [(100, 20.0), (401 * 2**20, 120.0)])
def test_a_file_that_may_be_large_may_take_longer_at_each_try(
    max_bytes: int, seconds: float, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store", failures=2)
    store.add(b"update")
    spec = SimpleNamespace(update=SimpleNamespace(max_bytes=max_bytes))
    task: Any = SimpleNamespace(spec=spec, tag=lambda *_: None)
    fetcher = Fetcher(store, 20.0, sleep=lambda _: None)
    with Spool() as spool:
        files = UpdateFiles(task, spool, fetcher)
        (candidate,) = files.candidates(1, [UPDATE], [VerdictCode.ACCEPTED])
        assert candidate.load() == b"update"
    assert candidate.failure is None
    assert store.timeouts == [seconds] * 3


def test_a_file_that_several_updates_name_is_asked_for_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", failures=0)
    store.add(b"update")
    spec = SimpleNamespace(update=SimpleNamespace(max_bytes=100))
    task: Any = SimpleNamespace(spec=spec, tag=lambda *_: None)
    slots = [RoundUpdate(index, f"0x{index}", UPDATE.digest) for index in range(50)]
    with Spool() as spool:
        files = UpdateFiles(task, spool, Fetcher(store, 20.0))
        found = files.candidates(1, slots, [VerdictCode.ACCEPTED] * 49 + [VerdictCode.UNAVAILABLE])
        assert [each.load() for each in found[:49]] == [b"update"] * 49
    assert len(store.timeouts) == 1
    assert [each.failure is None for each in found] == [True] * 49 + [False]


def test_once_the_store_refuses_a_file_no_more_are_asked_for(tmp_path: Path) -> None:
    store = FlakyStore(tmp_path / "store")
    digests = [store.add(bytes([number])) for number in range(200)]
    store.refused = set(digests)
    asked: list[Digest] = []

    def noted(digest: Digest, *rest: Any) -> bytes:
        asked.append(digest)
        return FlakyStore.fetch(store, digest, *rest)

    vars(store)["fetch"] = noted
    spec = SimpleNamespace(update=SimpleNamespace(max_bytes=100))
    task: Any = SimpleNamespace(spec=spec, tag=lambda *_: None)
    slots = [RoundUpdate(index, "0x1", digest) for index, digest in enumerate(digests)]
    with Spool() as spool:
        files = UpdateFiles(task, spool, Fetcher(store, 20.0))
        with pytest.raises(StoreUnavailable, match="503"):
            files.candidates(1, slots, [VerdictCode.ACCEPTED] * len(slots))
    assert len(asked) <= 8  # by as many threads, each of which ends with its first


@pytest.mark.parametrize(("expected", "seconds"), [(0, 20.0), (401 * 2**20, 120.0), (None, 220.0)])
def test_a_file_that_may_be_large_gets_time_for_what_is_expected(
    expected: int | None, seconds: float, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store", failures=1)
    digest = store.add(b"samples")
    fetcher = Fetcher(store, 20.0, sleep=lambda _: None)
    assert fetcher.fetch(digest, 801 * 2**20, expected) == b"samples"
    assert store.timeouts == [seconds] * 2
