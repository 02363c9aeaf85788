import asyncio
import gzip
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from fedjury.errors import ConfigError
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.runtime.http.connections import Connection
from fedjury.runtime.http.limits import RateLimit
from fedjury.runtime.http.thread import HttpThread
from fedjury.runtime.loop import Step
from tests.integration.relay.conftest import Serve, Served
from tests.support.fake_federation import CHAIN_ID, CLIENTS, RELAYER, STRANGER, TASK_ADDRESS
from tests.support.relayed_task import ask, document_of, hand_in

DATA = b"the file of an update"
DIGEST = Digest.of(DATA)
PATIENCE_SECONDS = 20.0


def counted(served: Served, name: str) -> float:
    """One of the figures of /metrics."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", served.metrics.text().decode(), re.MULTILINE)
    assert found is not None, name
    return float(found[1])


def post(served: Served, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    """Hand in a body."""
    return ask(f"{served.url}/updates", "POST", body, **headers)


def talk(served: Served, data: bytes, seconds: float = PATIENCE_SECONDS) -> bytes:
    """Send bytes on a connection of its own; all that comes back until its end."""
    with socket.create_connection(served.place(), timeout=seconds) as connection:
        connection.sendall(data)
        found = b""
        while piece := connection.recv(65_536):
            found += piece
    return found


def is_well(served: Served) -> bool:
    """Whether the server still takes in an update."""
    return hand_in(served.url, served.parts.signed(5))[0] == 200


def gets_an_answer(served: Served) -> bool:
    """Whether one more connection is served."""
    try:
        return talk(served, b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n") != b""
    except ConnectionError:
        return False


# --- what is taken in ---


def test_an_update_is_taken_in_and_its_receipt_can_be_checked(serve: Serve) -> None:
    served = serve()
    update = served.parts.signed(0)
    status, answer = hand_in(served.url, update)
    document = answer["receipt"]
    receipt = Receipt(
        1, update.parent_model, CLIENTS[0].address, update.entry.digest, document["received_at"]
    )
    signature = bytes.fromhex(document["signature"][2:])
    assert receipt.signer(signature, CHAIN_ID, TASK_ADDRESS) == RELAYER.address
    assert status == 200
    assert document["relayer"] == RELAYER.address
    assert {**document_of(update), **document} == {**document, **document_of(update)} | {
        "signature": document["signature"]
    }
    assert hand_in(served.url, update) == (200, answer)
    assert counted(served, "fedjury_relay_updates_accepted_total") == 2


def test_another_update_of_the_same_client_is_409(serve: Serve) -> None:
    served = serve()
    hand_in(served.url, served.parts.signed(0))
    status, answer = hand_in(served.url, served.parts.signed(0, "another"))
    assert (status, answer["code"], answer["later"]) == (409, "conflict", False)
    assert "handed in another update" in answer["error"]
    assert counted(served, 'fedjury_relay_refused_total{reason="conflict"}') == 1


def test_who_is_refused_is_told_why_and_whether_to_try_later(serve: Serve) -> None:
    served = serve()
    status, answer = hand_in(served.url, served.parts.signed(STRANGER))
    assert (status, answer["code"], answer["later"]) == (403, "not-in-roster", False)
    served.parts.window.close("the store is down")
    status, answer = hand_in(served.url, served.parts.signed(0))
    assert (status, answer["code"], answer["later"]) == (503, "no-round", True)
    assert answer["error"] == "nothing is taken in now: the store is down"


def test_many_clients_at_once_are_all_taken_in(serve: Serve) -> None:
    served = serve()
    updates = [served.parts.signed(client) for client in range(6)] * 20
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda update: hand_in(served.url, update), updates))
    assert [status for status, _ in answers] == [200] * 120
    assert served.parts.queue.taken(updates[0].key) == 6


# --- what is malformed ---


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 3000,
        b'{"a":' * 700,
        b'{"round": "one"}',
        b'{"round": 1e999}',
        json.dumps({"round": 1, "client": 7}).encode(),
    ],
)
def test_a_body_that_makes_no_sense_is_400(serve: Serve, body: bytes) -> None:
    served = serve()
    status, answer = post(served, body)
    assert (status, answer["code"], answer["later"]) == (400, "malformed", False)
    assert is_well(served)


@pytest.mark.parametrize("name", ["client", "digest", "signature", "parent_model"])
def test_wrong_hexadecimal_digits_are_400(serve: Serve, name: str) -> None:
    served = serve()
    document = document_of(served.parts.signed(0))
    status, answer = post(served, json.dumps({**document, name: "0xnone"}).encode())
    assert status == 400
    assert str(answer["error"]).startswith(f"{name} is not 0x and ")


def test_a_huge_body_is_413_and_not_read(serve: Serve) -> None:
    served = serve()
    head = b"POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"
    answer = talk(served, head + b" " * 100_000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code": "too-large"' in answer
    assert is_well(served)


def test_a_huge_body_without_a_length_is_413(serve: Serve) -> None:
    served = serve()
    head = b"POST /updates HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = talk(served, head + b"4000\r\n" + b" " * 0x4000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert is_well(served)


def test_a_compressed_body_is_refused(serve: Serve) -> None:
    served = serve()
    body = gzip.compress(b" " * 1_000_000)
    status, answer = post(served, body, **{"Content-Encoding": "gzip"})
    assert (status, answer["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/updates"),
        ("DELETE", "/updates"),
        ("GET", "/files/QmNone"),
        ("POST", "/status"),
        ("GET", "/../../etc/passwd"),
        ("GET", "/%00"),
    ],
)
def test_an_unknown_path_or_method_is_404(serve: Serve, method: str, path: str) -> None:
    served = serve()
    connection = http.client.HTTPConnection(*served.place(), timeout=PATIENCE_SECONDS)
    connection.request(method, path)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (404, "unknown")
    connection.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50,
        b"GET / HTTP/9.9\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: a\r\nA" + b"a" * 100_000 + b": b\r\n\r\n",
        b"POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"\r\n" * 1000,
    ],
)
def test_what_is_no_http_harms_nobody(serve: Serve, data: bytes) -> None:
    served = serve(head_seconds=0.3)
    try:
        answer = talk(served, data)
    except ConnectionError:
        answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.")
    assert b"200 OK" not in answer
    assert is_well(served)


# --- who is slow, or many ---


def test_a_connection_that_says_nothing_is_ended(serve: Serve) -> None:
    served = serve(head_seconds=0.2)
    assert talk(served, b"") == b""


def test_a_head_that_comes_byte_by_byte_is_ended(serve: Serve) -> None:
    served = serve(head_seconds=0.3)

    def send_for_ever() -> None:
        with socket.create_connection(served.place(), timeout=PATIENCE_SECONDS) as connection:
            for _ in range(1000):
                connection.sendall(b"G")
                time.sleep(0.02)

    with pytest.raises(ConnectionError):
        send_for_ever()
    assert is_well(served)


def test_a_body_that_comes_byte_by_byte_is_408(serve: Serve) -> None:
    served = serve(body_seconds=0.3)
    head = b"POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"
    answer = talk(served, head + b"{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"later": true' in answer


def test_a_kept_connection_is_ended_once_it_is_idle(serve: Serve) -> None:
    served = serve(head_seconds=0.3)
    answer = talk(served, b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    assert answer.count(b"200 OK") == 3


def test_more_connections_than_the_limit_are_ended_at_once(serve: Serve) -> None:
    served = serve(most=5)
    held = [socket.create_connection(served.place()) for _ in range(5)]
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while len(served.server.connections or ()) < 5:
            assert time.monotonic() < end
        assert not gets_an_answer(served)
    finally:
        for each in held:
            each.close()
    end = time.monotonic() + PATIENCE_SECONDS
    while len(served.server.connections or ()):
        assert time.monotonic() < end
    assert is_well(served)


def test_connections_of_a_proxy_are_not_counted_as_those_of_one_address(serve: Serve) -> None:
    served = serve(proxies=("10.1.0.5",), most_of_an_address=1)
    connections = served.server.connections
    assert connections is not None

    watched = Connection(connections, asyncio.Protocol())

    def admitted(address: str) -> list[bool]:
        peers = [asyncio.BaseTransport({"peername": (address, 40_000)}) for _ in range(3)]
        return [connections.admit(watched, each) for each in peers]

    assert admitted("10.1.0.6") == [True, False, False]
    assert admitted("10.1.0.5") == [True, True, True]


def test_five_hundred_connections_are_served_side_by_side(serve: Serve) -> None:
    served = serve()
    held = [socket.create_connection(served.place()) for _ in range(500)]
    try:
        for each in held:
            each.sendall(b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
        assert all(b"200 OK" in each.recv(4096) for each in held)
    finally:
        for each in held:
            each.close()


def test_a_client_that_asks_too_often_is_429_and_another_is_not(serve: Serve) -> None:
    served = serve(of_clients=RateLimit(0.001, 2))
    update = served.parts.signed(0)
    assert [hand_in(served.url, update)[0] for _ in range(3)] == [200, 200, 429]
    assert is_well(served)


def test_nobody_uses_up_what_another_client_may_ask(serve: Serve) -> None:
    served = serve(of_clients=RateLimit(0.001, 1))
    document = document_of(served.parts.signed(0))
    wrong = json.dumps({**document, "digest": "0x" + "ab" * 32}).encode()
    assert [post(served, wrong)[0] for _ in range(5)] == [403] * 5
    assert hand_in(served.url, served.parts.signed(0))[0] == 200


def test_an_address_behind_a_proxy_that_asks_too_often_is_429(serve: Serve) -> None:
    served = serve(of_addresses=RateLimit(0.001, 2), proxies=("127.0.0.1",))

    def status_of(forwarded: str) -> int:
        return ask(f"{served.url}/status", "GET", None, **{"X-Forwarded-For": forwarded})[0]

    assert [status_of("1.1.1.1, 203.0.113.7") for _ in range(3)] == [200, 200, 429]
    assert status_of("203.0.113.7, 203.0.113.8") == 200


def status_for(served: Served, *forwarded: str) -> int:
    """What /status is answered with where a proxy sends these lines of X-Forwarded-For."""
    lines = "".join(f"X-Forwarded-For: {each}\r\n" for each in forwarded)
    head = f"GET /status HTTP/1.1\r\nHost: a\r\n{lines}Connection: close\r\n\r\n"
    return int(talk(served, head.encode()).split()[1])


def test_the_line_that_a_proxy_appends_counts_whatever_was_sent_before_it(serve: Serve) -> None:
    limit = RateLimit(0.001, 2)
    served = serve(of_addresses=limit, proxies=("127.0.0.1",))
    found = [status_for(served, f"198.51.100.{number}", "203.0.113.7") for number in range(4)]
    assert found == [200, 200, 429, 429]
    assert len(limit) == 1
    assert status_for(served, "203.0.113.7", "203.0.113.8") == 200


def test_what_a_proxy_forwards_that_is_no_address_counts_as_the_proxys(serve: Serve) -> None:
    limit = RateLimit(0.001, 2)
    served = serve(of_addresses=limit, proxies=("127.0.0.1",))
    found = [status_for(served, "203.0.113.7", f"made-up-{number}") for number in range(4)]
    assert found == [200, 200, 429, 429]
    assert len(limit) == 1


def test_a_forwarded_address_is_not_believed_of_a_stranger(serve: Serve) -> None:
    served = serve(of_addresses=RateLimit(0.001, 1))
    found = [
        ask(f"{served.url}/status", "GET", None, **{"X-Forwarded-For": "203.0.113.7"})[0]
        for _ in range(3)
    ]
    assert found == [200, 200, 200]  # this machine's own address has no limit


# --- files ---


def put(served: Served, data: bytes, digest: Digest = DIGEST) -> tuple[int, dict[str, object]]:
    """Hand in a file."""
    return ask(f"{served.url}/files/{digest.cid}", "PUT", data)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_file_is_taken_in_once_its_update_has_a_receipt(serve: Serve) -> None:
    served = serve()
    assert put(served, DATA)[0] == 403
    hand_in(served.url, served.parts.signed(0, DATA.decode()))
    assert put(served, DATA) == (200, {"cid": DIGEST.cid})
    assert put(served, DATA) == (200, {"cid": DIGEST.cid})
    assert served.parts.queue.files.kept_bytes() == len(DATA)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"other bytes", 422, "wrong-file"), (b"\0" * 5000, 413, "too-large")],
)
def test_a_file_that_is_not_the_updates_is_refused(
    serve: Serve, data: bytes, status: int, code: str
) -> None:
    served = serve()
    hand_in(served.url, served.parts.signed(0, DATA.decode()))
    found, answer = put(served, data)
    assert (found, answer["code"]) == (status, code)
    assert served.parts.queue.files.kept_bytes() == 0
    assert put(served, DATA)[0] == 200


def test_a_file_that_breaks_off_leaves_nothing(serve: Serve) -> None:
    served = serve(body_seconds=1.5)
    hand_in(served.url, served.parts.signed(0, DATA.decode()))
    head = f"PUT /files/{DIGEST.cid} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(DATA)}\r\n\r\n"
    with socket.create_connection(served.place()) as connection:
        connection.sendall(head.encode() + DATA[:5])
        wait_until(lambda: bool(served.parts.files._coming))
    wait_until(lambda: not served.parts.files._coming)
    answer = talk(served, head.encode() + DATA[:5])
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert put(served, DATA)[0] == 200


def test_a_copy_of_a_file_on_its_way_is_busy_and_a_slow_one_makes_way(serve: Serve) -> None:
    served = serve(body_seconds=1.5)
    hand_in(served.url, served.parts.signed(0, DATA.decode()))
    head = f"PUT /files/{DIGEST.cid} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(DATA)}\r\n\r\n"
    with socket.create_connection(served.place(), timeout=PATIENCE_SECONDS) as slow:
        slow.sendall(head.encode() + DATA[:5])
        wait_until(lambda: bool(served.parts.files._coming))
        found, answer = put(served, DATA)
        assert (found, answer["code"], answer["later"]) == (503, "busy", True)
        assert slow.recv(4096).startswith(b"HTTP/1.1 408 ")
    assert put(served, DATA)[0] == 200


def test_a_large_file_is_given_no_more_time_than_its_bytes_make_up_for(serve: Serve) -> None:
    served = serve(body_seconds=0.3)
    hand_in(served.url, served.parts.signed(0, DATA.decode()))
    served.parts.files.max_bytes = 1 << 40
    head = f"PUT /files/{DIGEST.cid} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    assert talk(served, head.encode() + DATA).startswith(b"HTTP/1.1 408 ")


def test_a_path_that_names_no_file_is_400(serve: Serve) -> None:
    served = serve()
    assert ask(f"{served.url}/files/none", "PUT", DATA)[0] == 400


# --- what it says of itself ---


def test_health_is_503_with_the_trouble_and_200_without(serve: Serve) -> None:
    served = serve()
    status, answer = ask(f"{served.url}/healthz")
    assert (status, answer["healthy"]) == (503, False)
    served.health.watch(lambda: Step.PROGRESS)()
    assert ask(f"{served.url}/healthz") == (200, {"healthy": True, "trouble": ""})
    served.health.checks.append(lambda: "the chain is gone")
    assert ask(f"{served.url}/healthz") == (
        503,
        {"healthy": False, "trouble": "the chain is gone"},
    )


def test_metrics_are_text_for_prometheus(serve: Serve) -> None:
    served = serve()
    connection = http.client.HTTPConnection(*served.place(), timeout=PATIENCE_SECONDS)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"fedjury_relay_updates_accepted_total 0.0" in answer.read()
    connection.close()


def test_a_place_that_is_taken_is_told(serve: Serve) -> None:
    served = serve()
    host, port = served.place()
    with (
        pytest.raises(ConfigError, match=f"cannot listen on {host}:{port}: "),
        HttpThread(served.server, host, port),
    ):
        raise AssertionError("it listens")


def test_a_server_that_has_ended_is_no_secret(serve: Serve) -> None:
    served = serve()
    served.thread.require_running()
    served.thread.__exit__()
    with pytest.raises(RuntimeError, match="HTTP server has ended"):
        served.thread.require_running()


def test_the_server_ends_with_connections_that_are_open(serve: Serve) -> None:
    served = serve()
    with socket.create_connection(served.place()) as connection:
        connection.sendall(b"POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n{")
        served.thread.__exit__()
    assert "http" not in {thread.name for thread in threading.enumerate()}
