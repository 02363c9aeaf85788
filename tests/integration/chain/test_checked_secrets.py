"""`fedjury check` with several endpoints: each gets its own headers, and nobody else's."""

import json

import pytest

from fedjury.preflight.bench import Bench
from fedjury.preflight.endpoints import check_endpoints
from fedjury.preflight.stores import check_stores
from fedjury.preflight.subject import Place, Role, Subject
from tests.support.recording_server import Asked, RecordingServer, Reply, recording_server

FIRST, SECOND = "Bearer the-first-ones-secret", "Bearer the-second-ones-secret"


@pytest.mark.parametrize(("service", "check"), [("RPC", check_endpoints), ("STORE", check_stores)])
def test_a_secret_of_one_endpoint_is_not_told_to_the_next(
    service: str, check: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FEDJURY_{service}_AUTHORIZATION", FIRST)
    monkeypatch.setenv(f"FEDJURY_{service}_2_AUTHORIZATION", SECOND)
    with recording_server(_answer) as first, recording_server(_answer) as second:
        urls = (f"http://{first.place}", f"http://{second.place}")
        place = Place(urls, urls, "0x" + "11" * 20, 0, None, None)
        list(check(Bench(Subject(Role.AUDITOR, place))))  # type: ignore[operator]
    assert (_told(first), _told(second)) == ({FIRST}, {SECOND})


def _told(server: RecordingServer) -> set[str | None]:
    return {each.headers.get("authorization") for each in server.asked}


def _answer(asked: Asked) -> Reply:
    """A chain's number to a node's request; a store gets an answer that it cannot use."""
    try:
        number = json.loads(asked.body)["id"]
    except (ValueError, KeyError):
        return Reply(500)
    return Reply(body=json.dumps({"jsonrpc": "2.0", "id": number, "result": "0x1"}).encode())
