"""What is no HTTP is answered like every other refusal, and leaves nothing in the log."""

import json
import socket
import time

import pytest

from tests.integration.relay.conftest import Serve, Served
from tests.integration.relay.test_server import counted, is_well

MARK = b"m4rk3d"
POST = b"POST /updates HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODIES = {
    "a head of 70 kB": b"GET /status HTTP/1.1\r\nX-A: " + MARK * 12_000 + b"\r\n\r\n",
    "many heads": b"GET /status HTTP/1.1\r\n" + b"X-A: " + MARK + b"\r\n" * 1 + b"X: 1\r\n" * 9000,
    "a negative length": POST + b"X-A: " + MARK + b"\r\nContent-Length: -5\r\n\r\nabcde",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + MARK,
    "a length beside chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + MARK,
    "a chunk of no size": POST + CHUNKED + b"\r\n" + MARK + b"\r\nabc\r\n0\r\n\r\n",
    "a version that is none": b"GET /" + MARK + b" HTTP/9.9\r\nHost: a\r\n\r\n",
    "a line that is none": MARK + b"\r\n\r\n",
    "a head without a colon": b"GET /status HTTP/1.1\r\n" + MARK + b"\r\n\r\n",
    "a zero byte": b"GET /status HTTP/1.1\r\nX-A: \x00" + MARK + b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARK + b"\r\n\r\n",
}


def exchange(served: Served, data: bytes) -> bytes:
    """Send bytes; what comes back until the connection ends."""
    found = b""
    with socket.create_connection(served.place(), timeout=20) as connection:
        try:
            connection.sendall(data)
            while piece := connection.recv(65_536):
                found += piece
        except ConnectionError:  # ended while the rest of the bytes was on its way
            pass
    return found


@pytest.mark.parametrize("kind", BODIES)
def test_what_is_no_http_is_refused_in_json_and_not_repeated(
    serve: Serve, kind: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    served = serve()
    answer = exchange(served, BODIES[kind])
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") or head.startswith(b"HTTP/1.0 400 "), answer
    document = json.loads(body)
    assert (document["code"], document["later"]) == ("malformed", False)
    assert b"\r\nServer: fedjury" in head
    assert MARK not in answer
    assert counted(served, 'fedjury_relay_refused_total{reason="malformed"}') == 1
    assert is_well(served)
    time.sleep(0.05)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_bug_in_a_handler_is_still_in_the_log(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve()

    def fail() -> dict[str, object]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(served.server, "_status", fail)
    answer = exchange(served, b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"a bug" not in answer
    assert any(each.exc_info for each in caplog.records)
