"""Handing updates to relays over HTTP, to broken and lying ones too."""

from pathlib import Path

import pytest

from fedjury.clients.relay_endpoint import (
    RelayEndpoint,
    RelayFailed,
    RelayNotNow,
    RelayRefused,
    RelayStatus,
)
from fedjury.clients.relay_events import (
    FallsBack,
    RelayFailing,
)
from fedjury.errors import ConfigError
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from tests.support.fake_federation import CHAIN_ID, CLIENTS, RELAYER, TASK_ADDRESS, weights
from tests.support.fake_relay import RECEIVED_AT
from tests.support.hostile_daemon import (
    Behaviour,
    answer,
    answer_json,
    drip,
    drip_headers,
    elsewhere,
    endless,
    half_a_body,
    hang_up,
    limited,
    not_http,
    silence,
)
from tests.support.relay_server import relay_server
from tests.support.relayed_client import BATCHES_UNTIL, RelayedClient

SECONDS = 0.5
FILE = b"an update's file"
DOMAIN = UpdateDomain(CHAIN_ID, TASK_ADDRESS, 3, Digest(b"\5" * 32))
ENTRY = DOMAIN.sign(CLIENTS[0], Digest.of(FILE))


def _receipt(**changes: object) -> Behaviour:
    return answer_json({"receipt": {"received_at": 1, "signature": "0x" + "01" * 65, **changes}})


LIES: dict[str, Behaviour] = {
    "huge": answer(b"x" * 2**20),
    "endless": endless,
    "no JSON": answer(b"\xff\x00"),
    "nested": answer(b"[" * 10_000),
    "a list": answer_json([]),
    "nothing": answer_json({}),
    "a receipt in a receipt": answer_json({"receipt": "yes"}),
    "no time": _receipt(received_at="soon"),
    "a time that is none": _receipt(received_at=True),
    "a time before all": _receipt(received_at=-1),
    "a time beyond all": _receipt(received_at=2**64),
    "no signature": _receipt(signature=None),
    "no hexadecimal": _receipt(signature="0xzz"),
    "nobody's signature": _receipt(),
    "a short signature": _receipt(signature="0x00"),
    "elsewhere": elsewhere,
    "not found": limited(404, b"<html>"),
}
TROUBLES: dict[str, Behaviour] = {
    "silence": silence,
    "drip": drip,
    "drip of headers": drip_headers,
    "hang up": hang_up,
    "half a body": half_a_body,
    "no HTTP": not_http,
    "busy": limited(503),
    "too many": limited(429, retry_after="1"),
}


def test_a_receipt_over_http_is_the_relayers() -> None:
    with relay_server() as server:
        receipt, signature = RelayEndpoint(server.url).hand_over(DOMAIN, ENTRY)
    assert server.relay.handed == [ENTRY]
    assert server.asked == ["POST /updates"]
    assert (receipt.client, receipt.digest, receipt.received_at) == (
        CLIENTS[0].address,
        ENTRY.digest,
        RECEIVED_AT,
    )
    assert receipt.signer(signature, CHAIN_ID, TASK_ADDRESS) == RELAYER.address


def test_a_file_is_put_under_its_cid() -> None:
    with relay_server() as server:
        RelayEndpoint(server.url + "/base/").put_file(ENTRY.digest, FILE)
    assert server.relay.given == [FILE]
    assert server.asked == [f"PUT /base/files/{ENTRY.digest.cid}"]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_a_refusal(lie: str) -> None:
    with relay_server(behaviour=LIES[lie]) as server:
        relay = RelayEndpoint(server.url, SECONDS)
        if lie in ("nobody's signature", "a short signature"):
            receipt, signature = relay.hand_over(DOMAIN, ENTRY)
            assert receipt.signer(signature, CHAIN_ID, TASK_ADDRESS) != RELAYER.address
        else:
            with pytest.raises(RelayRefused):
                relay.hand_over(DOMAIN, ENTRY)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_may_pass(trouble: str) -> None:
    with relay_server(behaviour=TROUBLES[trouble]) as server, pytest.raises(RelayFailed) as raised:
        RelayEndpoint(server.url, SECONDS).hand_over(DOMAIN, ENTRY)
    assert not isinstance(raised.value, RelayRefused)


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503])
def test_a_refusal_for_the_moment_is_told_from_trouble(status: int) -> None:
    with relay_server(behaviour=limited(status)) as server, pytest.raises(RelayNotNow):
        RelayEndpoint(server.url, SECONDS).hand_over(DOMAIN, ENTRY)


def test_a_relay_says_whose_it_is() -> None:
    with relay_server() as server:
        found = RelayEndpoint(server.url).status()
    assert found == RelayStatus(f"eip155:{CHAIN_ID}:{TASK_ADDRESS}", RELAYER.address)
    assert server.asked == ["GET /status"]


NO_STATUS: dict[str, Behaviour] = {
    "no JSON": answer(b"<html>"),
    "a list": answer_json([]),
    "no task": answer_json({"relayer": RELAYER.address}),
    "a task that is none": answer_json({"task": 7}),
    "huge": answer(b"x" * 2**20),
    "not found": limited(404, b"<html>"),
}


@pytest.mark.parametrize("whose", NO_STATUS)
def test_a_relay_without_a_status_is_asked_again_and_gets_nothing(
    whose: str, tmp_path: Path
) -> None:
    with relay_server(whose=NO_STATUS[whose]) as server:
        bench = RelayedClient(tmp_path, [RelayEndpoint(server.url, SECONDS)])
        bench.settle()
        (failing,) = bench.told.of(RelayFailing)
        assert failing.reason.startswith("its /status cannot be used: ")
        assert bench.sender.tried == []
        goes_alone(bench)
    assert server.relay.handed == []


def test_a_relay_of_another_task_is_told_and_gets_nothing(tmp_path: Path) -> None:
    other = f"eip155:{CHAIN_ID}:{CLIENTS[3].address}"
    with relay_server() as server:
        server.relay.task = other
        bench = RelayedClient(tmp_path, [RelayEndpoint(server.url, SECONDS)])
        bench.settle()
    assert [event.what for event in bench.told.of(RelayFailing)] == [
        f"the relay at {server.url} is of no use: it is a relay of another task, {other}"
    ]
    assert server.relay.handed == []
    assert [update.client for update in bench.alone()] == [CLIENTS[0].address]


def test_a_refusals_own_words_are_told_short_and_without_secrets() -> None:
    words = "no: hunter2hunter2 " + "x" * 1000
    with relay_server(behaviour=answer_json({"error": words}, 400)) as server:
        url = server.url.replace("http://", "http://me:hunter2hunter2@")
        relay = RelayEndpoint(url, SECONDS)
        with pytest.raises(RelayRefused) as raised:
            relay.hand_over(DOMAIN, ENTRY)
    assert relay.name == server.url
    assert str(raised.value).startswith("HTTP 400: no: *** xxx")
    assert len(str(raised.value)) < 250


def test_a_relay_that_cannot_be_reached_is_told_without_its_url() -> None:
    relay = RelayEndpoint("http://me:hunter2hunter2@127.0.0.1:9", SECONDS)
    with pytest.raises(RelayFailed, match=r"^it cannot be reached \(ConnectionError\)$"):
        relay.hand_over(DOMAIN, ENTRY)


def test_authorities_that_are_not_there_are_named_as_what_is_amiss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    relay = RelayEndpoint("https://me:hunter2hunter2@127.0.0.1:9", SECONDS)
    with pytest.raises(RelayFailed, match=r"^it cannot be asked: .* /nowhere/authorities\.pem$"):
        relay.hand_over(DOMAIN, ENTRY)


@pytest.mark.parametrize("url", ["", "relay", "ftp://relay", "http://"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="the relay's URL"):
        RelayEndpoint(url)


# --- through a whole client ---


def goes_alone(bench: RelayedClient) -> None:
    """The client submits itself, once."""
    bench.pass_time(BATCHES_UNTIL)
    bench.settle()
    assert [update.client for update in bench.alone()] == [CLIENTS[0].address]
    assert bench.is_published(Digest.of(bench.federation.update(0, weights(0))))
    assert len(bench.told.of(FallsBack)) == 1
    assert {"relay-failing", "relay-busy"}.intersection(bench.told.names)


@pytest.mark.parametrize("behaviour", [*LIES, *TROUBLES])
def test_no_relay_shuts_out_who_has_ether(behaviour: str, tmp_path: Path) -> None:
    chosen = {**LIES, **TROUBLES}[behaviour]
    with relay_server(behaviour=chosen) as server:
        bench = RelayedClient(tmp_path, [RelayEndpoint(server.url, SECONDS)])
        bench.settle()
        goes_alone(bench)


def test_where_nobody_listens_the_client_goes_alone_as_well(tmp_path: Path) -> None:
    bench = RelayedClient(tmp_path, [RelayEndpoint("http://127.0.0.1:9", SECONDS)])
    bench.settle()
    goes_alone(bench)


@pytest.mark.parametrize("files", [limited(503), silence, elsewhere, endless, hang_up])
def test_a_file_that_the_relay_does_not_take_the_client_publishes(
    files: Behaviour, tmp_path: Path
) -> None:
    with relay_server(files=files) as server:
        relay = RelayEndpoint(server.url, SECONDS)
        bench = RelayedClient(tmp_path, [relay], hand_file=True)
        bench.settle()
        (entry,) = server.relay.handed
        assert not bench.is_published(entry.digest)
        bench.post(entry)
        bench.settle()
    assert bench.is_published(entry.digest)
