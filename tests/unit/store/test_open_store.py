"""Which location means which store."""

from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.store import DirectoryStore, IpfsStore, open_store
from fedjury.store.address import parse_address


@pytest.mark.parametrize(
    ("location", "url", "multiaddr"),
    [
        ("http://127.0.0.1:5001", "http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5001/http"),
        ("http://127.0.0.1:5001/", "http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5001/http"),
        ("/ip4/127.0.0.1/tcp/5001", "http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5001/http"),
        ("/ip4/127.0.0.1/tcp/5001/http", "http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5001/http"),
        ("/ip6/::1/tcp/5001", "http://[::1]:5001", "/ip6/::1/tcp/5001/http"),
        ("http://[::1]:5001", "http://[::1]:5001", "/ip6/::1/tcp/5001/http"),
        ("/dns4/ipfs/tcp/5001", "http://ipfs:5001", "/dns/ipfs/tcp/5001/http"),
        ("https://ipfs.example", "https://ipfs.example:443", "/dns/ipfs.example/tcp/443/https"),
    ],
)
def test_urls_and_multiaddrs_are_ipfs(location: str, url: str, multiaddr: str) -> None:
    address = parse_address(location)
    assert (address.url, address.multiaddr) == (url, multiaddr)
    store = open_store(location)
    assert isinstance(store, IpfsStore)
    assert store.name == f"IPFS daemon at {url}"


def test_paths_are_directories(tmp_path: Path) -> None:
    for location in (str(tmp_path / "a"), f"dir:{tmp_path}/b"):
        store = open_store(location)
        assert isinstance(store, DirectoryStore)
        assert store.path.is_dir()


@pytest.mark.parametrize(
    "location",
    [
        "",
        "dir:",
        "ftp://127.0.0.1:5001",
        "http://",
        "http://127.0.0.1:notaport",
        "http://127.0.0.1:99999",
        "http://user:password@127.0.0.1:5001",
        "http://127.0.0.1:5001/api/v0",
        "http://[::1:5001",
        "/ip4/127.0.0.1",
        "/ip4/127.0.0.1/tcp/0",
        "/ip4/127.0.0.1/tcp/65536",
        "/ip4/127.0.0.1/udp/5001",
        "/ip4/::1/tcp/5001",
        "/ip4/localhost/tcp/5001",
        "/ip4/127.0.0.1/tcp/5001/p2p/x",
    ],
)
def test_anything_else_is_a_config_error(location: str) -> None:
    with pytest.raises(ConfigError):
        open_store(location)


@pytest.mark.parametrize(
    ("location", "loopback"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9:1", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("http://10.0.0.1:1", False),
        ("http://ipfs:1", False),
    ],
)
def test_what_is_on_this_machine(location: str, loopback: bool) -> None:
    assert parse_address(location).is_loopback is loopback
