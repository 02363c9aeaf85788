"""A juror keeps what it judged on its own daemon, so that a removal elsewhere costs nothing."""

from pathlib import Path

import pytest

from fedjury.errors import ContentNotFound
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.keeping import Keeper, Shelf
from fedjury.oracle.kept_record import KeptRecord
from fedjury.runtime.events import ignore
from fedjury.store import DirectoryStore, IpfsStore
from tests.support.ipfs_swarm import two_daemons

FILES = [bytes([number]) * 300_000 for number in range(3)]  # two blocks each
DAY = 86_400.0


def test_what_a_juror_judged_is_there_when_its_client_removed_it(tmp_path: Path) -> None:
    now = [1e9]
    with two_daemons(tmp_path) as (client, juror):
        clients, jurors = IpfsStore(client.url), IpfsStore(juror.url)
        digests = [clients.add(data) for data in FILES]
        cache = DirectoryStore(tmp_path / "cache")
        judged, other = digests[:2], digests[2]
        assert UpdateFetcher(jurors, cache, 1 << 20).fetch_all(judged, 20.0) == [None, None]
        record = KeptRecord(tmp_path / "kept.jsonl")
        keeper = Keeper(Shelf(jurors, cache, 1 << 20), record, 1, ignore, now=lambda: now[0])
        keeper.secure(judged)
        for digest in digests:
            client.remove(digest.cid)
        juror.collect_garbage()
        assert [jurors.fetch(digest, 1 << 20, 10.0) for digest in judged] == FILES[:2]
        assert clients.fetch(judged[0], 1 << 20, 10.0) == FILES[0]  # from the juror's daemon
        with pytest.raises(ContentNotFound):
            jurors.fetch(other, 1 << 20, 2.0)
        now[0] += 2 * DAY
        keeper.work(20.0)
        client.collect_garbage()
        juror.collect_garbage()
        with pytest.raises(ContentNotFound):
            jurors.fetch(judged[1], 1 << 20, 2.0)
    assert cache.digests() == []
