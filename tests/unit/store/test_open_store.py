"""Which location means which store."""

import re
from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.store import DirectoryStore, IpfsStore, has_secrets, open_store, without_secrets
from fedjury.store.address import parse_address


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("http://127.0.0.1:5001", "http://127.0.0.1:5001"),
        ("http://127.0.0.1:5001/", "http://127.0.0.1:5001"),
        ("/ip4/127.0.0.1/tcp/5001", "http://127.0.0.1:5001"),
        ("/ip4/127.0.0.1/tcp/5001/http", "http://127.0.0.1:5001"),
        ("/ip6/::1/tcp/5001", "http://[::1]:5001"),
        ("http://[::1]:5001", "http://[::1]:5001"),
        ("/dns4/ipfs/tcp/5001", "http://ipfs:5001"),
        ("https://ipfs.example", "https://ipfs.example:443"),
        ("HTTPS://ipfs.example/", "https://ipfs.example:443"),
        ("http://localhost:5001", "http://localhost:5001"),
        (" http://127.0.0.1:5001\n", "http://127.0.0.1:5001"),
        ("/dns4/ipfs/tcp/443/https", "https://ipfs:443"),
        ("/dns4/ipfs/tcp/443/tls/http/", "https://ipfs:443"),
        ("http://u:p@ipfs:5001/prefix?key=k", "http://ipfs:5001"),
    ],
)
def test_urls_and_multiaddrs_are_ipfs(location: str, url: str) -> None:
    assert parse_address(location).url == url
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
        "http:/127.0.0.1:5001",
        "http://user:password@",
        "http://127.0.0.1:5001#here",
        "/dnsaddr/ipfs.example",
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
    ("location", "api", "query"),
    [
        ("http://ipfs:5001", "http://ipfs:5001/api/v0", {}),
        ("http://ipfs:5001/ipfs-api/", "http://ipfs:5001/ipfs-api/api/v0", {}),
        ("http://ipfs:5001/a/b?key=1&key=2", "http://ipfs:5001/a/b/api/v0", {"key": ["1", "2"]}),
        ("/dns/ipfs/tcp/1/https/http-path/a%2Fb", "https://ipfs:1/a/b/api/v0", {}),
        ("/ip6/::1/tcp/1/http/http-path/a", "http://[::1]:1/a/api/v0", {}),
    ],
)
def test_where_the_api_is(location: str, api: str, query: dict[str, list[str]]) -> None:
    address = parse_address(location)
    assert (address.api, address.query) == (api, query)


@pytest.mark.parametrize(
    ("location", "meant"),
    [
        ("127.0.0.1:5001", "http://127.0.0.1:5001"),
        ("localhost:5001", "http://localhost:5001"),
        ("[::1]:5001", "http://[::1]:5001"),
        ("ipfs.example.com:5001/prefix", "http://ipfs.example.com:5001"),
        ("me:secret@ipfs.example.com:5001", "http://ipfs.example.com:5001"),
        ("localhost", "http://localhost"),
        ("10.0.0.7", "http://10.0.0.7"),
    ],
)
def test_a_host_without_a_scheme_is_not_taken_for_a_directory(
    location: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=re.escape(f"did you mean {meant}?")) as refused:
        open_store(location)
    assert "secret" not in str(refused.value)
    assert not list(tmp_path.iterdir())
    store = open_store(f"dir:{location.replace('/', '-')}")
    assert isinstance(store, DirectoryStore)
    assert store.path.is_dir()


@pytest.mark.parametrize("location", ["files", "a:b", "store-5001", "./127.0.0.1:5001"])
def test_what_is_no_host_is_a_directory(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_store(location), DirectoryStore)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://u:p@ipfs:5001/key?key=k", "http://ipfs:5001"),
        ("/dns/ipfs/tcp/5001/https/http-path/key", "https://ipfs:5001"),
        ("/ip4/127.0.0.1/tcp/5001", "/ip4/127.0.0.1/tcp/5001"),
        ("dir:files", "dir:files"),
        ("files", "files"),
    ],
)
def test_of_a_store_only_scheme_host_and_port_are_shown(location: str, shown: str) -> None:
    assert without_secrets(location) == shown
    assert has_secrets(location) is ("key" in location)


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
