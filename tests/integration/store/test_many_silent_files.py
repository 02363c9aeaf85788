"""The fetch limit is a limit, however many files nobody has; they cost the others nothing."""

import threading
import time
from pathlib import Path

from fedjury.oracle.fetching import UpdateFetcher
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore, IpfsStore
from tests.support.silent_daemon import silent_daemon

LIMIT = 8.0
SILENT = [Digest.of(f"silent {number}".encode()) for number in range(1000)]
THERE = {Digest.of(data): data for data in (bytes([n]) * 400_000 for n in range(10))}
SPEC = b"a spec"


def test_a_thousand_files_that_nobody_has_take_no_longer_than_the_limit(tmp_path: Path) -> None:
    files = {**THERE, Digest.of(SPEC): SPEC}
    with silent_daemon(files) as url:
        store = IpfsStore(url)
        store.fetch(Digest.of(SPEC), 100, 5.0)  # as whoever opens a task does
        fetcher = UpdateFetcher(store, DirectoryStore(tmp_path), 1 << 20)
        start = time.monotonic()
        outcomes = fetcher.fetch_all([*SILENT, *THERE], LIMIT)
        took = time.monotonic() - start
    codes = [None if outcome is None else outcome.code for outcome in outcomes]
    assert codes == [VerdictCode.UNAVAILABLE] * len(SILENT) + [None] * len(THERE)
    assert took < LIMIT + 1


def test_a_few_silent_files_hold_no_other_up(tmp_path: Path) -> None:
    with silent_daemon(THERE) as url:
        cache = DirectoryStore(tmp_path)
        fetcher = UpdateFetcher(IpfsStore(url), cache, 1 << 20)
        start = time.monotonic()
        work = threading.Thread(target=fetcher.fetch_all, args=([*SILENT[:100], *THERE], 3.0))
        work.start()
        while len(list(tmp_path.iterdir())) < len(THERE):
            assert time.monotonic() - start < 2.5
            time.sleep(0.02)
        assert work.is_alive()  # over the silent ones
        work.join()
