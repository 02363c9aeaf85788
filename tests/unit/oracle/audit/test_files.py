"""Getting a round's files for an audit."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fedjury.errors import ContentNotFound
from fedjury.oracle.audit.files import Fetcher, UpdateFiles
from fedjury.oracle.audit.spool import Spool
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore
from fedjury.task.batches import RoundUpdate

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


@pytest.mark.parametrize(("expected", "seconds"), [(0, 20.0), (401 * 2**20, 120.0), (None, 220.0)])
def test_a_file_that_may_be_large_gets_time_for_what_is_expected(
    expected: int | None, seconds: float, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store", failures=1)
    digest = store.add(b"samples")
    fetcher = Fetcher(store, 20.0, sleep=lambda _: None)
    assert fetcher.fetch(digest, 801 * 2**20, expected) == b"samples"
    assert store.timeouts == [seconds] * 2
