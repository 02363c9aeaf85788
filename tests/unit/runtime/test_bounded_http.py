"""Which certificates are believed, on this machine and elsewhere."""

from pathlib import Path

import pytest

from fedjury.runtime.bounded_http import BoundedSession, NotSent

URL = "https://127.0.0.1:9"  # the discard port, where nothing listens


@pytest.mark.parametrize("use_proxies", [True, False])
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_authorities_that_the_environment_names_count_with_and_without_proxies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, use_proxies: bool
) -> None:
    for each in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    named = tmp_path / "authorities.pem"
    monkeypatch.setenv(name, str(named))
    with (
        BoundedSession(5.0, 1, use_proxies=use_proxies) as session,
        pytest.raises(NotSent, match=f"invalid path: {named}"),
    ):
        session.request("GET", URL)


def test_without_any_the_usual_authorities_count_on_this_machine_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for each in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    with BoundedSession(5.0, 1, use_proxies=False) as session:
        assert session.verify is True
