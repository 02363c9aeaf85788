"""Files without which nothing can be done."""

from pathlib import Path

import pytest

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store import DirectoryStore
from fedjury.task.files import fetch_required


class Patient(DirectoryStore):
    """A store that notes how long it may take."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.timeouts: list[float] = []

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        self.timeouts.append(timeout)
        return super().fetch(digest, max_bytes, timeout)


def test_a_file_that_may_be_large_may_take_longer(tmp_path: Path) -> None:
    store = Patient(tmp_path)
    digest = store.add(b"model")
    for max_bytes in (5, 401 * 2**20):
        assert fetch_required(store, digest, max_bytes, 60.0, "genesis model") == b"model"
    assert store.timeouts == [60.0, 160.0]


def test_a_file_that_is_not_there_is_said_by_what_it_is_and_may_yet_come(tmp_path: Path) -> None:
    digest = Digest.of(b"model")
    with pytest.raises(StoreUnavailable, match=f"the genesis model {digest.cid} cannot be had"):
        fetch_required(Patient(tmp_path), digest, 5, 60.0, "genesis model")
