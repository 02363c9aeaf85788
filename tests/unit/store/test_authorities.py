"""A file of certificate authorities that is not there."""

from pathlib import Path

import pytest

from fedjury.errors import StoreUnavailable
from fedjury.store import IpfsStore

URL = "https://127.0.0.1:9"  # the discard port, where nothing listens


def test_authorities_that_are_not_there_are_named_as_what_is_amiss(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = tmp_path / "authorities.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(named))
    with pytest.raises(StoreUnavailable, match=rf"cannot be asked: .* invalid path: {named}$"):
        IpfsStore(URL).check()
