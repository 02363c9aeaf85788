"""A juror who asks another one over HTTP, and strangers who try to."""

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.oracle.exchange import authorization
from fedjury.oracle.exchange.authorization import authorize, in_header
from fedjury.oracle.exchange.http_events import PeerClockDiffers
from fedjury.oracle.exchange.http_jurors import juror_at
from fedjury.oracle.exchange.paths import feed_target, file_target, slice_target
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from fedjury.oracle.exchange.sealing import OVERHEAD, unseal
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import RoundStatement, Signed, TaskDomain, sign
from fedjury.runtime.http.limits import RateLimit
from tests.support.exchange_server import (
    DOMAIN,
    KEY,
    ME,
    OTHER,
    SLICE,
    THIRD,
    UNLIMITED,
    ServedBoard,
    peer_of,
    served_board,
)
from tests.support.fake_federation import STRANGER
from tests.support.recorder import Recorder
from tests.support.waiting import until

SECONDS = 20.0
MOST = 1_000_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedBoard]:
    """A juror without limits."""
    with served_board(tmp_path) as made:
        yield made


def ask(
    served: ServedBoard, target: str, value: str | None = None, method: str = "GET", **more: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer to a request with this authorization."""
    connection = http.client.HTTPConnection(*served.place, timeout=SECONDS)
    headers = {} if value is None else {"Authorization": value}
    connection.request(method, target, headers={**headers, **more})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def signed(
    target: str,
    asking: LocalAccount = OTHER,
    asked: LocalAccount = ME,
    domain: TaskDomain = DOMAIN,
    date: float | None = None,
) -> str:
    """The authorization of a request."""
    when = int(time.time() if date is None else date)
    return authorize(asking, domain, asked.address.lower(), target, when)


def talk(served: ServedBoard, data: bytes) -> bytes:
    """Send bytes on a connection of its own; all that comes back until its end."""
    with socket.create_connection(served.place, timeout=SECONDS) as connection:
        connection.sendall(data)
        found = b""
        while piece := connection.recv(65_536):
            found += piece
    return found


# --- jurors ---


def test_a_juror_gets_what_the_board_has(served: ServedBoard) -> None:
    said = served.say()
    answer = json.loads(peer_of(served.url).get(feed_target(KEY, 0), MOST, SECONDS))
    assert answer["statements"] == [json.loads(said)]
    assert answer["next"] == 1


def test_a_file_comes_in_pieces_and_whole(served: ServedBoard) -> None:
    data = bytes(range(256)) * 5000
    target = file_target(served.cache.add(data))
    assert peer_of(served.url).get(target, len(data), SECONDS) == data
    with pytest.raises(PeerWrong, match="larger"):
        peer_of(served.url).get(target, len(data) - 1, SECONDS)


def test_what_is_not_there_is_refused(served: ServedBoard) -> None:
    missing = file_target(served.cache.add(b"a"))
    served.cache.forget(served.cache.digests()[0])
    for target in (missing, "/nothing", "/files/" + "Q" * 50, "/"):
        with pytest.raises(PeerRefused, match="404"):
            peer_of(served.url).get(target, MOST, SECONDS)


def test_a_slice_is_sealed_to_who_asks_for_it(served: ServedBoard) -> None:
    target = slice_target(1)
    assert peer_of(served.url).get(target, len(SLICE), SECONDS) == SLICE
    status, headers, body = ask(served, target, signed(target))
    assert (status, headers[authorization.SEALED_HEADER]) == (200, "ecies")
    assert len(body) == len(SLICE) + OVERHEAD
    assert unseal(body, OTHER) == SLICE
    with pytest.raises(ValueError, match="not sealed to our key"):
        unseal(body, THIRD)


def test_a_slice_of_another_round_is_refused(served: ServedBoard) -> None:
    with pytest.raises(PeerRefused, match="403"):
        peer_of(served.url).get(slice_target(2), MOST, SECONDS)


def test_who_waits_for_news_gets_them_as_they_come(served: ServedBoard) -> None:
    served.say(0)
    with ThreadPoolExecutor(1) as pool:
        target = feed_target(KEY, 1, 25.0)
        waiting = pool.submit(peer_of(served.url).get, target, MOST, 60.0)
        while not served.server._shares._polling:
            time.sleep(0.01)
        said = served.say(1)
        assert json.loads(waiting.result(SECONDS))["statements"] == [json.loads(said)]


def test_who_waits_for_a_round_that_is_not_open_yet_gets_it_once_it_is(
    served: ServedBoard,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        target = feed_target(KEY, 0, 25.0)
        waiting = pool.submit(peer_of(served.url).get, target, MOST, 60.0)
        while not served.server._shares._polling:
            time.sleep(0.01)
        said = served.say(0)
        assert json.loads(waiting.result(SECONDS))["statements"] == [json.loads(said)]


def test_a_wait_without_news_ends_with_none(served: ServedBoard) -> None:
    served.say(0)
    answer = json.loads(peer_of(served.url).get(feed_target(KEY, 1, 0.2), MOST, SECONDS))
    assert (answer["statements"], answer["next"]) == ([], 1)


def test_a_disk_that_takes_its_time_holds_up_no_answer(
    served: ServedBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, file = served.say(0), served.docket._file
    add, writes, done = file.add, threading.Event(), threading.Event()

    def slowly(statement: Signed[RoundStatement]) -> None:
        writes.set()
        assert done.wait(SECONDS)
        add(statement)

    monkeypatch.setattr(file, "add", slowly)
    with ThreadPoolExecutor(2) as pool:
        try:
            saying = pool.submit(served.say, 1)
            assert writes.wait(SECONDS)
            news = pool.submit(peer_of(served.url).get, feed_target(KEY, 1, 25.0), MOST, 60.0)
            while not served.server._shares._polling:
                time.sleep(0.01)
            assert ask(served, "/healthz")[0] == 200
            status, _, body = ask(served, feed_target(KEY, 0), signed(feed_target(KEY, 0)))
            assert (status, json.loads(body)["statements"]) == (200, [json.loads(said)])
            assert ask(served, "/status", signed("/status", STRANGER))[0] == 403
            assert not saying.done()
            assert not news.done()
        finally:
            done.set()
        answer = json.loads(news.result(SECONDS))
        assert answer["statements"] == [json.loads(saying.result(SECONDS))]


# --- strangers ---


def test_strangers_get_health_alone(served: ServedBoard) -> None:
    status, _, body = ask(served, "/healthz")
    assert (status, json.loads(body)["juror"]) == (200, ME.address.lower())
    served.say()
    for target in ("/status", "/announcements", feed_target(KEY, 0), slice_target(1), "/nothing"):
        assert ask(served, target)[0] == 401
        assert ask(served, target, signed(target, STRANGER))[0] == 403
        with pytest.raises(PeerRefused, match="403"):
            peer_of(served.url, STRANGER).get(target, MOST, SECONDS)


def test_what_strangers_are_told_says_nothing_of_the_jury(served: ServedBoard) -> None:
    _, _, body = ask(served, "/status", signed("/status", STRANGER))
    assert json.loads(body) == {"error": "stranger"}


def test_a_request_to_one_juror_is_of_no_use_with_another(served: ServedBoard) -> None:
    status, _, body = ask(served, "/status", signed("/status", asked=THIRD))
    assert (status, json.loads(body)["error"]) == (401, "misdirected")


def test_a_request_for_one_thing_is_of_no_use_for_another(served: ServedBoard) -> None:
    for target in ("/announcements", "/status?a=1", "/Status"):
        assert ask(served, target, signed("/status"))[0] == 401


def test_a_request_in_another_task_or_chain_is_refused(served: ServedBoard) -> None:
    for domain in (DOMAIN._replace(chain_id=5), DOMAIN._replace(task="0x" + "11" * 20)):
        status, _, body = ask(served, "/status", signed("/status", domain=domain))
        assert (status, json.loads(body)["error"]) == (401, "signature")


@pytest.mark.parametrize("off", [-301, 302, -3600, 3600, -(10**9), 10**12])
def test_a_request_of_another_time_is_refused(served: ServedBoard, off: float) -> None:
    date = max(0, time.time() + off)
    status, headers, body = ask(served, "/status", signed("/status", date=date))
    assert (status, json.loads(body)["error"]) == (401, "date")
    assert "Date" in headers


@pytest.mark.parametrize("off", [-290, 290])
def test_a_request_that_is_off_by_less_than_five_minutes_is_answered(
    served: ServedBoard, off: float
) -> None:
    assert ask(served, "/status", signed("/status", date=time.time() + off))[0] == 200


def test_nobody_asks_in_anothers_name(served: ServedBoard) -> None:
    own = authorization.read_authorization(signed("/status", STRANGER))
    for signature in (own.signature, bytes(65), b"\xff" * 65, b"\x01" * 64 + b"\x1b"):
        claimed = replace(own, signer=OTHER.address.lower(), signature=signature)
        status, _, body = ask(served, "/status", f"Fedjury {in_header(claimed)}")
        assert (status, json.loads(body)["error"]) == (401, "signature")


@pytest.mark.parametrize(
    "value", ["", "Fedjury", "Fedjury AAAA", "Basic YTpi", "Fedjury " + "A" * 7000, "\xff"]
)
def test_what_is_no_authorization_is_401(served: ServedBoard, value: str) -> None:
    assert ask(served, "/status", value)[0] == 401


# --- clocks ---


@pytest.mark.parametrize("off", [3600.0, -3600.0, 86_400.0 * 400])
def test_a_clock_that_is_wrong_keeps_no_juror_from_asking(tmp_path: Path, off: float) -> None:
    told = Recorder()
    with served_board(tmp_path, now=lambda: time.time() + off) as served:
        peer = peer_of(served.url, listener=told)
        for _ in range(3):
            assert peer.get("/status", MOST, SECONDS)
        until(lambda: served.counted == ["date", "answered", "answered", "answered"])
    (event,) = told.of(PeerClockDiffers)
    assert event.juror == ME.address
    assert abs(event.seconds - off) < 60


def test_a_clock_that_is_set_right_is_gone_by_again(tmp_path: Path) -> None:
    off = [3600.0]
    with served_board(tmp_path, now=lambda: time.time() + off[0]) as served:
        peer = peer_of(served.url)
        peer.get("/status", MOST, SECONDS)
        off[0] = 0.0
        peer.get("/status", MOST, SECONDS)
        until(lambda: served.counted == ["date", "answered", "date", "answered"])


def test_a_request_that_brings_about_a_bug_costs_nobody_else_anything(
    served: ServedBoard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong() -> dict[str, object]:
        raise KeyError("a bug")

    monkeypatch.setattr(served.board, "status", wrong)
    assert ask(served, "/status", signed("/status"))[0] == 500
    assert ask(served, "/announcements", signed("/announcements"))[0] == 200
    until(lambda: served.counted == ["failed", "answered"])
    (told,) = caplog.records
    assert (told.exc_info, "a bug" in told.getMessage()) == (None, True)


# --- limits ---


def test_a_juror_that_asks_too_often_is_refused_while_another_is_served(tmp_path: Path) -> None:
    with served_board(tmp_path, limits=replace(UNLIMITED, of_jurors=RateLimit(0.01, 3))) as served:
        found = [ask(served, "/status", signed("/status"))[0] for _ in range(5)]
        assert found == [200, 200, 200, 429, 429]
        assert ask(served, "/status", signed("/status", THIRD))[0] == 200
        with pytest.raises(PeerUnavailable, match="429"):
            peer_of(served.url).get("/status", MOST, 2.0)


def test_nobody_uses_up_what_another_juror_may_ask(tmp_path: Path) -> None:
    with served_board(tmp_path, limits=replace(UNLIMITED, of_jurors=RateLimit(0.01, 1))) as served:
        own = authorization.read_authorization(signed("/status", STRANGER))
        claimed = in_header(replace(own, signer=OTHER.address.lower()))
        assert [ask(served, "/status", f"Fedjury {claimed}")[0] for _ in range(5)] == [401] * 5
        assert ask(served, "/status", signed("/status"))[0] == 200


def test_a_juror_that_takes_too_many_bytes_waits_while_another_is_served(tmp_path: Path) -> None:
    limits = replace(UNLIMITED, bytes_of_jurors=RateLimit(1.0, 10_000))
    with served_board(tmp_path, limits=limits) as served:
        target = file_target(served.cache.add(b"a" * 15_000))
        assert ask(served, target, signed(target))[0] == 200
        status, headers, _ = ask(served, "/status", signed("/status"))
        assert (status, int(headers["Retry-After"]) > 1000) == (429, True)
        assert ask(served, target, signed(target, THIRD))[0] == 200


def test_an_address_that_asks_too_often_is_refused_before_it_is_looked_at(tmp_path: Path) -> None:
    limits = replace(UNLIMITED, of_addresses=RateLimit(0.001, 2))
    with served_board(tmp_path, limits=limits, proxies=("127.0.0.1",)) as served:

        def status_of(address: str, target: str = "/healthz") -> int:
            return ask(served, target, None, **{"X-Forwarded-For": address})[0]

        assert [status_of("203.0.113.7") for _ in range(3)] == [200, 200, 429]
        assert status_of("203.0.113.7", "/status") == 429
        assert status_of("203.0.113.8", "/status") == 401
        until(lambda: served.counted[-2:] == ["address", "unsigned"])


def test_a_juror_waits_for_news_only_so_often_at_once(tmp_path: Path) -> None:
    with served_board(tmp_path, limits=replace(UNLIMITED, polls=2)) as served:
        target = feed_target(KEY, 0, 25.0)
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(ask, served, target, signed(target)) for _ in range(2)]
            while served.server._shares._polling[OTHER.address.lower()] < 2:
                time.sleep(0.01)
            assert ask(served, target, signed(target))[0] == 429
            assert ask(served, "/status", signed("/status"))[0] == 200
            other = pool.submit(ask, served, target, signed(target, THIRD))
            while not served.server._shares._polling[THIRD.address.lower()]:
                time.sleep(0.01)
            served.say()
            assert [each.result(SECONDS)[0] for each in (*waiting, other)] == [200] * 3


def test_who_does_not_take_an_answer_holds_up_no_other_juror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedjury.oracle.exchange.http_server.time_for", lambda *_: 0.5)
    with served_board(tmp_path, limits=replace(UNLIMITED, at_once=2)) as served:
        target = file_target(served.cache.add(bytes(30_000_000)))
        head = f"GET {target} HTTP/1.1\r\nHost: a\r\nAuthorization: {signed(target)}\r\n\r\n"
        held = [socket.create_connection(served.place) for _ in range(2)]
        try:
            for each in held:
                each.sendall(head.encode())
            while served.server._shares._asking[OTHER.address.lower()] < 2:
                time.sleep(0.01)
            assert ask(served, "/status", signed("/status", THIRD))[0] == 200
            assert ask(served, "/status", signed("/status"))[0] == 200  # once the two are ended
        finally:
            for each in held:
                each.close()
        until(lambda: served.counted.count("slow") >= 1)


# --- what is no request ---


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50,
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: a\r\nA" + b"a" * 100_000 + b": b\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"GET http://elsewhere/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET //[x/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n" * 1000,
    ],
)
def test_what_is_no_request_harms_nobody(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with served_board(tmp_path, head_seconds=0.5) as served, caplog.at_level(logging.WARNING):
        try:
            answer = talk(served, data)
        except ConnectionError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.")
        assert b"200 OK" not in answer
        assert ask(served, "/status", signed("/status"))[0] == 200
    assert not caplog.records


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_there_is_nothing_but_get(served: ServedBoard, method: str) -> None:
    assert ask(served, "/status", signed("/status"), method)[0] == 405


def test_no_body_is_read(served: ServedBoard) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"
    answer = talk(served, head + b"a" * 1000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    chunked = (
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n"
    )
    assert talk(served, chunked).startswith(b"HTTP/1.1 413 ")


def test_a_head_that_comes_slowly_is_not_waited_for(tmp_path: Path) -> None:
    with served_board(tmp_path, head_seconds=0.2) as served:
        assert talk(served, b"GET /healthz HTTP/1.1\r\nHost: ") == b""


def test_connections_of_one_address_are_bounded(tmp_path: Path) -> None:
    with served_board(tmp_path, most=3) as served:
        held = [socket.create_connection(served.place) for _ in range(3)]
        try:
            while len(served.server.connections or ()) < 3:
                time.sleep(0.01)
            with pytest.raises(PeerUnavailable, match="cannot be reached"):
                peer_of(served.url).get("/status", MOST, SECONDS)
        finally:
            for each in held:
                each.close()


def test_authorities_that_are_not_there_are_named_as_what_is_amiss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    words, url = r"^it cannot be asked: .* /nowhere/authorities\.pem$", "https://127.0.0.1:9"
    with pytest.raises(PeerUnavailable, match=words):
        peer_of(url).get("/status", MOST, SECONDS)
    with pytest.raises(PeerUnavailable, match=words):
        juror_at(url, DOMAIN)


def test_a_disk_that_fails_is_no_crash(served: ServedBoard) -> None:
    served.docket.close()
    with pytest.raises(PeerUnavailable, match="503"):
        peer_of(served.url).get("/announcements", MOST, 2.0)
    assert ask(served, "/healthz")[0] == 200


# --- announcements ---


def announced(account: LocalAccount, url: str, at: int = 5) -> str:
    """An announcement as a header has it."""
    return in_header(sign(account, Announcement(url=url, issued_at=at), DOMAIN))


def test_a_juror_says_with_each_request_where_it_is(served: ServedBoard) -> None:
    peer = peer_of(served.url, announcement=lambda: announced(OTHER, "http://a:1"))
    peer.get("/status", MOST, SECONDS)
    assert served.announcements.url_of(OTHER.address.lower()) == "http://a:1"
    document = json.loads(peer.get("/announcements", MOST, SECONDS))
    assert [each["signer"] for each in document["announcements"]] == [OTHER.address.lower()]


@pytest.mark.parametrize("text", ["", "no", "A" * 5000, announced(THIRD, "http://a:1")])
def test_another_word_in_its_place_is_passed_over(served: ServedBoard, text: str) -> None:
    peer = peer_of(served.url, announcement=lambda: text)
    assert peer.get("/status", MOST, SECONDS)
    for juror in (OTHER, THIRD):
        assert served.announcements.url_of(juror.address.lower()) is None


def test_the_server_ends_at_once_though_somebody_waits(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with served_board(tmp_path) as served:
            target = feed_target(KEY, 0, 25.0)
            waiting = pool.submit(peer_of(served.url).get, target, MOST, 60.0)
            while not served.server._shares._polling:
                time.sleep(0.01)
        assert not [each for each in threading.enumerate() if each.name == "http"]
        with pytest.raises(PeerUnavailable):
            waiting.result(SECONDS)
