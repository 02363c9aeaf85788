"""RPC endpoints and IPFS daemons as people have them, and nothing secret of them in any message."""

import json
import logging
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.cli.app import main
from fedjury.devnet.ports import free_port
from fedjury.errors import ChainUnavailable, ExitCode, FedjuryError, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store import open_store
from tests.support.keys import Keys
from tests.support.processes import fedjury
from tests.support.recording_server import Asked, Reply, recording_server
from tests.support.rpc_proxy import ask

USERS = {
    "plain": ("me:secret", "me:secret"),
    "encoded": ("me:p%40%3A%2F%23%25s", "me:p@:/#%s"),
    "at": ("me:p@ss", "me:p@ss"),
    "colon": ("me:p:ss", "me:p:ss"),
    "slash": ("me:pa/ss", "me:pa/ss"),
    "hash": ("me:pa#ss", "me:pa#ss"),
    "percent": ("me:100%", "me:100%"),
    "umlauts": ("jürg:pässwörd", "jürg:pässwörd"),
}
CONTENT = b"a file"


def node(request: Asked) -> Reply:
    """A node that knows the chain's number."""
    number = json.loads(request.body)["id"]
    return Reply(body=json.dumps({"jsonrpc": "2.0", "id": number, "result": "0x539"}).encode())


def ipfs(request: Asked) -> Reply:
    """An IPFS daemon with one file."""
    command = request.path.partition("?")[0].rpartition("/")[2]
    if command == "cat":
        return Reply(body=CONTENT)
    if command == "add":
        added = {"Name": "bytes", "Hash": Digest.of(CONTENT).cid, "Size": "14"}
        return Reply(body=json.dumps(added).encode())
    return Reply(body=b'{"Version": "0.30.0"}')


def user_of(request: Asked) -> str:
    """User and password as the server reads them."""
    kind, _, coded = request.headers["authorization"].partition(" ")
    assert kind == "Basic"
    return b64decode(coded).decode()


def use_node(url: str) -> None:
    """Ask a node for its chain."""
    assert Chain.connect(url).chain_id == 1337


def use_store(url: str) -> None:
    """Ask an IPFS daemon how it is, and give it a file and take it back."""
    store = open_store(url)
    store.check()
    assert store.add(CONTENT) == Digest.of(CONTENT)
    assert store.fetch(Digest.of(CONTENT), 100, 5.0) == CONTENT


SERVICES = {
    "rpc": (node, use_node, [""]),
    "store": (ipfs, use_store, ["/api/v0/version", "/api/v0/add", "/api/v0/cat"]),
}
services = pytest.mark.parametrize("service", SERVICES)


@services
@pytest.mark.parametrize("kind", USERS)
def test_user_and_password_with_any_characters_arrive(service: str, kind: str) -> None:
    answer, use, paths = SERVICES[service]
    written, read = USERS[kind]
    with recording_server(answer) as server:
        use(f"http://{written}@{server.place}")
    assert [user_of(request) for request in server.asked] == [read] * len(paths)
    assert not [request for request in server.asked if "@" in request.path]


@services
@pytest.mark.parametrize("end", ["", "/"])
def test_a_path_and_a_query_are_asked_for(service: str, end: str) -> None:
    answer, use, paths = SERVICES[service]
    with recording_server(answer) as server:
        use(f"HTTP://{server.place}/ipfs-api/v3{end}?key=a%20b&more=1")
    # an RPC URL is asked for as it is, commands of IPFS below the path
    expected = [f"/ipfs-api/v3{path or end}" for path in paths]
    assert [request.path.partition("?")[0] for request in server.asked] == expected
    for request in server.asked:
        query = request.path.partition("?")[2].replace("%20", "+")
        assert {"key=a+b", "more=1"} <= set(query.split("&"))


@services
def test_headers_of_a_file_and_of_the_environment_arrive(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, use, _ = SERVICES[service]
    file, netrc = tmp_path / "headers.txt", tmp_path / "netrc"
    file.write_bytes("\ufeffX-Api-Key: k:1\r\nAuthorization: Bearer t0ken-of-file\r\n".encode())
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv(f"FEDJURY_{service.upper()}_HEADER_FILE", str(file))
    for expected in ("Bearer t0ken-of-file", "Bearer t0ken-of-its-own"):
        with recording_server(answer) as server:
            use(f"http://me:secret@{server.place}")
        for request in server.asked:
            assert request.headers["authorization"] == expected
            assert request.headers["x-api-key"] == "k:1"
        monkeypatch.setenv(f"FEDJURY_{service.upper()}_AUTHORIZATION", "Bearer t0ken-of-its-own")


def test_headers_go_to_their_own_service_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEDJURY_RPC_AUTHORIZATION", "Bearer t0ken-of-rpc")
    with recording_server(ipfs) as server:
        use_store(f"http://{server.place}")
    assert not [request for request in server.asked if "authorization" in request.headers]


@services
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_else_gets_them_by_a_redirect(
    service: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, use, _ = SERVICES[service]
    monkeypatch.setenv(f"FEDJURY_{service.upper()}_AUTHORIZATION", "Bearer secret")
    with recording_server(lambda _: Reply()) as thief:
        there = {"Location": f"http://{thief.place}/"}
        with (
            recording_server(lambda _: Reply(status, headers=there)) as server,
            pytest.raises((ChainUnavailable, StoreUnavailable)),
        ):
            use(f"http://{server.place}")
    assert server.asked
    assert not thief.asked


# --- nothing secret in any message ---

SECRETS = ("hidden", "p4ss", "prefix-1", "T0KEN", "bearer-1", "aGlkZGVuOnA0c3M")


def echo(status: int) -> Callable[[Asked], Reply]:
    """A server that tells whoever asks what it was asked with, as some proxies do."""

    def answer(request: Asked) -> Reply:
        told = f"no {request.path} for {request.headers.get('authorization')}"
        error = {"code": -32000, "message": told}
        document = {"jsonrpc": "2.0", "id": 0, "error": error, "Message": told}
        return Reply(status, json.dumps(document).encode())

    return answer


FAILURES: dict[str, Callable[[Asked], Reply]] = {
    "200": echo(200),
    "400": echo(400),
    "401": echo(401),
    "404": echo(404),
    "429": echo(429),
    "500": echo(500),
    "garbage": lambda _: Reply(body=b"<html>\xff"),
    "page": lambda request: Reply(403, f"no {request.path}".encode()),
}


@services
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_tells_no_secret(
    service: str, failure: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, use, _ = SERVICES[service]
    for header in (None, "Bearer bearer-1"):
        if header:
            monkeypatch.setenv(f"FEDJURY_{service.upper()}_AUTHORIZATION", header)
        with recording_server(FAILURES[failure]) as server, caplog.at_level(logging.DEBUG):
            told = failure_of(use, f"http://hidden:p4ss@{server.place}/prefix-1?key=T0KEN")
        assert server.place.rpartition(":")[2] in told or "the node" in told
        assert not [secret for secret in SECRETS if secret in told + caplog.text]
        assert server.asked


def failure_of(use: Callable[[str], None], url: str) -> str:
    """What is said of a service that does not work, causes included."""
    with pytest.raises(FedjuryError) as failed:
        use(url)
    told, error = "", failed.value  # type: tuple[str, BaseException | None]
    while error is not None:
        told += f"{error} {error!r}"
        error = error.__cause__
    return told


@services
def test_a_refused_connection_tells_no_secret(
    service: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, use, _ = SERVICES[service]
    with caplog.at_level(logging.DEBUG):
        told = failure_of(use, f"http://hidden:p4ss@127.0.0.1:{free_port()}/prefix-1?key=T0KEN")
    assert "127.0.0.1" in told
    assert not [secret for secret in SECRETS if secret in told + caplog.text]


def test_an_open_endpoint_shows_no_secret() -> None:
    with recording_server(node) as server:
        chain = Chain.connect(f"http://hidden:p4ss@{server.place}/prefix-1?key=T0KEN")
    shown = f"{chain!r} {chain.endpoint} {chain.web3.provider}"
    shown += open_store(f"http://hidden:p4ss@{server.place}/prefix-1?key=T0KEN").name
    assert server.place in shown
    assert not [secret for secret in SECRETS if secret in shown]


BAD = [
    "http://hidden:p4ss@127.0.0.1:99999/prefix-1?key=T0KEN",
    "http://hidden:p4ss@127.0.0.1/prefix-1#T0KEN",
    "http://hidden:12/p4ss@127.0.0.1/prefix-1",
    "hidden:p4ss@127.0.0.1:8545/prefix-1?key=T0KEN",
    "ftp://hidden:p4ss@127.0.0.1/prefix-1?key=T0KEN",
]


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("source", ["option", "environment", "file"])
@services
def test_an_unusable_address_is_not_shown_wherever_it_stands(
    service: str,
    source: str,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    option: list[str] = []
    if source == "option":
        option = [f"--{service}", url]
    elif source == "environment":
        monkeypatch.setenv(f"FEDJURY_{service.upper()}", url)
    else:
        (tmp_path / "fedjury.toml").write_text(f"{service} = {json.dumps(url)}\n")
    keys = Keys(tmp_path)
    other = "--store=files" if service == "rpc" else "--rpc=embedded"
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "deploy",
                *map(str, keys.options(0)),
                *("--commitments", str(keys.slices(tmp_path) / "commitments.json")),
                *option,
                other,
                "--juror",
                "0x" + "1" * 40,
                "--client",
                "0x" + "2" * 40,
            ]
        )
    printed = "".join(capsys.readouterr())
    assert ended.value.code == ExitCode.CONFIG
    assert ("RPC URL" if service == "rpc" else "store") in printed or "IPFS daemon" in printed
    assert not [secret for secret in SECRETS if secret in printed]


def test_a_deployment_is_written_without_secrets_and_says_so(ganache: str, tmp_path: Path) -> None:
    def guarded(request: Asked) -> Reply:
        """The chain, for those who know the user, the path and the key."""
        known = "authorization" in request.headers and user_of(request) == "hidden:p4ss"
        if not known or request.path != "/prefix-1?key=T0KEN":
            return echo(401)(request)
        return Reply(body=ask(ganache, request.body))

    with recording_server(guarded) as server:
        whole = f"http://hidden:p4ss@{server.place}/prefix-1?key=T0KEN"
        deploy = Keys(tmp_path).deploy(tmp_path, whole, f"dir:{tmp_path / 'store'}")
        deployed = fedjury(*deploy)
        assert deployed.code == 0, deployed.err
        assert "note     of the rpc the file has only scheme, host and port" in deployed.out
        written = (tmp_path / "deployment.json").read_text()
        assert json.loads(written)["rpc"] == f"http://{server.place}"
        where = ["--deployment", tmp_path / "deployment.json"]
        without = fedjury("status", *where)
        assert without.code == ExitCode.CHAIN_UNAVAILABLE
        shown = fedjury("status", *where, "--rpc", whole)
        assert shown.code == 0, shown.err
    said = "".join(each.out + each.err for each in (deployed, without, shown))
    assert not [secret for secret in SECRETS if secret in said + written]
    told = json.loads(fedjury(*deploy, "--force", "--rpc", ganache, "--json").out)
    assert told["incomplete"] == []
