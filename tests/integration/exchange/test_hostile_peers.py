"""Whatever answers in a juror's place: it costs a bounded time and memory, and is no crash."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from fedjury.oracle.exchange.authorization import JUROR_HEADER, SEALED_HEADER
from fedjury.oracle.exchange.http_events import PeerClockDiffers
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from tests.support import hostile_daemon
from tests.support.exchange_server import ME, OTHER, THIRD, peer_of
from tests.support.hostile_daemon import Behaviour, Handler
from tests.support.loopback import QuietHandler, serving
from tests.support.recorder import Recorder

MOST = 100_000
FAILS = (PeerUnavailable, PeerRefused, PeerWrong)


def as_juror(status: int = 200, body: bytes = b"{}", *headers: tuple[str, str]) -> Behaviour:
    """Answer as the juror would, with these headers as well."""

    def behave(handler: Handler) -> None:
        handler.send_response_only(status)
        for name, value in dict([(JUROR_HEADER, ME.address), *headers]).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def endless(handler: Handler) -> None:
    """Answer as the juror would, without an end."""
    handler.send_response(200)
    handler.send_header(JUROR_HEADER, ME.address)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


@contextmanager
def answering(*behaviours: Behaviour) -> Iterator[tuple[str, list[str]]]:
    """URL of a server that behaves so, one request after another, and what it was sent to sign
    requests; the last goes on."""
    asked: list[str] = []

    class Server(QuietHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            with suppress(OSError):
                behaviours[min(len(asked), len(behaviours)) - 1](self)
            self.close_connection = True

    with serving(Server) as place:
        yield f"http://{place}", asked


@pytest.mark.parametrize(
    "behaviour",
    [
        hostile_daemon.drip,
        hostile_daemon.drip_headers,
        hostile_daemon.silence,
        hostile_daemon.hang_up,
        hostile_daemon.half_a_body,
        hostile_daemon.not_http,
        hostile_daemon.elsewhere,
        hostile_daemon.answer(b"<html>a proxy's page</html>"),
        hostile_daemon.answer(b"", 404),
        hostile_daemon.answer(b"", 401),
        hostile_daemon.answer(b"", 502),
        as_juror(503),
        as_juror(500),
        as_juror(429),
        as_juror(408),
        as_juror(302, b"", ("Location", "http://127.0.0.1:9/")),
    ],
)
def test_what_says_nothing_of_the_juror_is_unavailable(behaviour: Behaviour) -> None:
    began = time.monotonic()
    with answering(behaviour) as (url, _), pytest.raises(PeerUnavailable) as raised:
        peer_of(url).get("/status", MOST, 0.6)
    assert time.monotonic() - began < 10
    assert url not in str(raised.value)


@pytest.mark.parametrize("behaviour", [endless, as_juror(200, b"x" * (MOST + 1))])
def test_what_is_too_large_is_wrong_and_not_read_to_its_end(behaviour: Behaviour) -> None:
    with answering(behaviour) as (url, _), pytest.raises(PeerWrong, match="larger"):
        peer_of(url).get("/status", MOST, 20.0)


@pytest.mark.parametrize("body", [b"", b"not sealed", b"x" * 200])
def test_what_is_sealed_to_nobody_is_wrong(body: bytes) -> None:
    behaviour = as_juror(200, body, (SEALED_HEADER, "ecies"))
    with answering(behaviour) as (url, _), pytest.raises(PeerWrong, match="not sealed to our key"):
        peer_of(url).get("/slices/1", MOST, 20.0)


def test_another_juror_at_its_place_is_not_taken_for_it() -> None:
    behaviour = as_juror(200, b"{}", (JUROR_HEADER, THIRD.address))
    with answering(behaviour) as (url, _), pytest.raises(PeerUnavailable, match="another juror"):
        peer_of(url).get("/status", MOST, 20.0)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410])
def test_what_the_juror_refuses_is_refused(status: int) -> None:
    with answering(as_juror(status)) as (url, asked), pytest.raises(PeerRefused, match=str(status)):
        peer_of(url).get("/status", MOST, 20.0)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Thu, 01 Jan 1960 00:00:00 GMT",
        "Thu, 99 Foo 99999 00:00:00",
        "Mon, 01 Jan 0001 00:00:00 +9999",
        "1" * 5000,
    ],
)
def test_a_refusal_with_no_usable_date_is_one_try(date: str) -> None:
    with answering(as_juror(401, b"", ("Date", date))) as (url, asked), pytest.raises(FAILS):
        peer_of(url).get("/status", MOST, 20.0)
    assert len(asked) == 1


def test_a_juror_that_shows_another_time_each_time_is_asked_three_times() -> None:
    told = Recorder()
    dates = [f"Fri, {day:02d} Jan 2100 00:00:00 GMT" for day in (1, 8, 15, 22)]
    behaviours = [as_juror(401, b"", ("Date", date)) for date in dates]
    with answering(*behaviours) as (url, asked), pytest.raises(PeerRefused, match="401"):
        peer_of(url, listener=told).get("/status", MOST, 20.0)
    assert len(asked) == 3
    assert len(set(asked)) == 3
    assert len(told.of(PeerClockDiffers)) == 2


def test_a_juror_that_shows_another_time_each_time_fills_no_log() -> None:
    told = Recorder()
    dates = [f"Fri, 01 Jan {year} 00:00:00 GMT" for year in range(2100, 2160)]
    with answering(*[as_juror(401, b"", ("Date", each)) for each in dates]) as (url, _):
        peer = peer_of(url, listener=told)
        for _ in range(len(dates) // 3):
            with pytest.raises(PeerRefused):
                peer.get("/status", MOST, 20.0)
    assert 0 < len(told.of(PeerClockDiffers)) < 15


def test_a_wait_that_a_juror_asks_for_is_taken_where_there_is_time() -> None:
    soon, late = (as_juror(429, b"", ("Retry-After", each)) for each in ("1", "1000"))
    with answering(soon, as_juror(200, b"well")) as (url, asked):
        assert peer_of(url).get("/status", MOST, 20.0) == b"well"
    assert len(asked) == 2
    with answering(late) as (url, asked), pytest.raises(PeerUnavailable, match="429"):
        peer_of(url).get("/status", MOST, 20.0)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9",
        "http://127.0.0.1:99999",
        "http://" + "a" * 280,
        "http://nowhere.invalid",
        "http://-:1",
    ],
)
def test_where_nobody_is_is_unavailable(url: str) -> None:
    with pytest.raises(PeerUnavailable):
        peer_of(url).get("/status", MOST, 5.0)


def test_who_has_not_said_where_it_is_is_unavailable() -> None:
    with pytest.raises(PeerUnavailable, match="not announced"):
        peer_of(None).get("/status", MOST, 5.0)


def test_no_password_of_ours_is_sent_to_a_juror(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / ".netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with answering(as_juror()) as (url, asked):
        peer_of(url, OTHER).get("/status", MOST, 20.0)
    assert [each.partition(" ")[0] for each in asked] == ["Fedjury"]
