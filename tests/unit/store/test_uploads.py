"""How long an upload may take."""

import pytest

from fedjury.protocol.digest import Digest
from fedjury.store import IpfsStore
from fedjury.store.ipfs import store as store_module


@pytest.mark.parametrize(("size", "seconds"), [(5, 120.0), (9 * 2**20, 122.0)])
def test_a_large_file_may_take_longer(
    size: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = list[float]()

    def upload(_: object, data: bytes, seconds: float, *, pin: bool) -> str:
        given.append(seconds)
        return Digest.of(data).cid

    monkeypatch.setattr(store_module, "upload", upload)
    IpfsStore("http://127.0.0.1:5001").add(bytes(size))
    assert given == [seconds]
