"""An IPFS daemon whose disk is full, and another one that has what it is asked for."""

from pathlib import Path

import pytest

from experiments.chaos.inside import fill_disk, make_room
from fedjury.errors import StoreUnavailable
from fedjury.store import IpfsStore
from tests.support.ipfs_swarm import two_daemons

DATA = b"an update" * 1000


def test_a_daemon_without_room_says_nothing_of_what_another_has(tmp_path: Path) -> None:
    with two_daemons(tmp_path) as (client, juror):
        store = IpfsStore(juror.url)
        held = store.add(DATA[1:])
        fill_disk(juror.pid)
        digest = IpfsStore(client.url).add(DATA)
        with pytest.raises(StoreUnavailable, match="file too large"):
            store.add(DATA[2:])
        with pytest.raises(StoreUnavailable, match="takes no new file"):
            store.fetch(digest, len(DATA), 3.0)
        assert store.fetch(held, len(DATA), 3.0) == DATA[1:]
        make_room(juror.pid)
        assert store.fetch(store.add(DATA[2:]), len(DATA), 3.0) == DATA[2:]
