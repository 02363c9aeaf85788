"""Several locations in one environment variable."""

import pytest

from fedjury.cli.locations import Location


@pytest.mark.parametrize(
    ("text", "locations"),
    [
        ("", []),
        ("http://a:8545", ["http://a:8545"]),
        (" http://a:8545  https://b/key \n", ["http://a:8545", "https://b/key"]),
        ("/ip4/127.0.0.1/tcp/5001 dir:my files", ["/ip4/127.0.0.1/tcp/5001", "dir:my files"]),
        ("dir:my files /dns4/host/tcp/5001", ["dir:my files", "/dns4/host/tcp/5001"]),
        ("dir:one two dir:three", ["dir:one two", "dir:three"]),
        ("HTTP://a Https://b", ["HTTP://a", "Https://b"]),
        ("embedded", ["embedded"]),
    ],
)
def test_they_are_split_before_each_scheme_and_nowhere_else(
    text: str, locations: list[str]
) -> None:
    assert Location().split_envvar_value(text) == locations
