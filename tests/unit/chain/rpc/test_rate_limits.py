"""How services say that they want to be left alone, and that one-shot commands do so."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from fedjury.errors import ChainUnavailable, NodeError
from fedjury.runtime.patience import Patience
from tests.support.fake_node import FakeNode, Refusal, chain_on
from tests.support.limited_node import http_error


def refusal_of(answer: Exception) -> ChainUnavailable:
    chain = chain_on(FakeNode(eth_blockNumber=answer))
    with pytest.raises(ChainUnavailable) as caught:
        chain.request("eth_blockNumber")
    return caught.value


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, None, 1.0),
        (429, "7", 7.0),
        (429, " 120 ", 120.0),
        (429, "0", 0.0),
        (429, "soon", 1.0),
        (429, "-5", 1.0),
        (429, "Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        (429, "9" * 400, 999_999_999.0),
        (503, "5", 5.0),
        (503, None, None),
        (500, None, None),
        (502, "soon", None),
    ],
)
def test_http_says_it_by_status_and_header(
    status: int, header: str | None, seconds: float | None
) -> None:
    headers = {} if header is None else {"Retry_After": header}
    error = refusal_of(http_error(status, b"", **headers))
    assert error.retry_after == seconds
    assert error.http_status == status


def test_http_says_it_by_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    asked = refusal_of(http_error(429, Retry_After=then)).retry_after
    assert asked is not None
    assert 80 < asked <= 90


@pytest.mark.parametrize("code", [429, -32005, -32007, -32016, -32029, -32090, -32097, -32605])
def test_json_rpc_says_it_by_codes(code: int) -> None:
    error = refusal_of(Refusal("slow down", code))
    assert isinstance(error, NodeError)
    assert error.retry_after == 1.0


@pytest.mark.parametrize("code", [-32000, -32601, -32602, -32603, 3])
def test_other_codes_ask_for_no_pause(code: int) -> None:
    assert refusal_of(Refusal("429 Too Many Requests", code)).retry_after is None


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        ({"rate": {"allowed_rps": 5, "backoff_seconds": 30}}, 30.0),
        ({"rate": {"backoff_seconds": -1}}, 1.0),
        ({"rate": {"backoff_seconds": float("nan")}}, 1.0),
        ({"rate": {"backoff_seconds": "30"}}, 1.0),
        ({"rate": None}, 1.0),
        ("see our plans", 1.0),
    ],
)
def test_json_rpc_may_say_how_long(data: object, seconds: float) -> None:
    assert refusal_of(Refusal("rate", -32005, data)).retry_after == seconds


def test_the_header_counts_beside_a_json_rpc_error() -> None:
    body = json.dumps({"error": {"code": -32005, "message": "rate"}}).encode()
    error = refusal_of(http_error(429, body, Retry_After="9"))
    assert isinstance(error, NodeError)
    assert error.retry_after == 9.0


def test_a_request_is_repeated_within_the_patience() -> None:
    slept: list[float] = []
    answers = [Refusal("slow down", -32029), http_error(429, Retry_After="3"), "0x10"]
    node = FakeNode(eth_blockNumber=lambda: answers.pop(0))
    chain = chain_on(node, Patience(10, lambda: sum(slept), slept.append))
    assert chain.request("eth_blockNumber") == "0x10"
    assert slept == [1.0, 3.0]


def test_beyond_the_patience_the_refusal_stands() -> None:
    slept: list[float] = []
    node = FakeNode(eth_blockNumber=http_error(429, Retry_After="11"))
    chain = chain_on(node, Patience(10, lambda: sum(slept), slept.append))
    with pytest.raises(ChainUnavailable, match="HTTP 429"):
        chain.request("eth_blockNumber")
    assert slept == []


def test_connecting_is_patient_too() -> None:
    slept: list[float] = []
    answers = [http_error(429), "0x539"]
    node = FakeNode(eth_chainId=lambda: answers.pop(0))
    patience = Patience(10, lambda: sum(slept), slept.append)
    assert chain_on(node, patience).chain_id == 1337
    assert slept == [1.0]


def test_what_breaks_at_an_endpoint_that_answers_is_tried_again() -> None:
    slept: list[float] = []
    answers = [requests.ConnectionError("reset"), http_error(502), "0x10"]
    node = FakeNode(eth_blockNumber=lambda: answers.pop(0))
    chain = chain_on(node, Patience(10, lambda: sum(slept), slept.append))
    assert chain.request("eth_blockNumber") == "0x10"
    assert slept == [1.0, 2.0]


def test_an_endpoint_that_never_answered_is_not_waited_for() -> None:
    slept: list[float] = []
    node = FakeNode(eth_chainId=requests.ConnectionError("refused"))
    with pytest.raises(ChainUnavailable, match="cannot be reached"):
        chain_on(node, Patience(10, lambda: sum(slept), slept.append))
    assert slept == []


def test_a_nodes_own_refusal_is_not_waited_out() -> None:
    slept: list[float] = []
    node = FakeNode(eth_blockNumber=Refusal("no such method", -32601))
    chain = chain_on(node, Patience(10, lambda: sum(slept), slept.append))
    with pytest.raises(NodeError):
        chain.request("eth_blockNumber")
    assert slept == []


def test_an_internal_error_is_tried_twice_more() -> None:
    slept: list[float] = []
    node = FakeNode(eth_blockNumber=Refusal("Internal error", -32603))
    chain = chain_on(node, Patience(60, lambda: sum(slept), slept.append))
    with pytest.raises(NodeError):
        chain.request("eth_blockNumber")
    assert (node.count("eth_blockNumber"), slept) == (3, [1.0, 2.0])


@pytest.mark.parametrize("silent", [requests.ReadTimeout(), requests.ConnectTimeout()])
def test_a_daemon_asks_a_node_that_does_not_answer_in_time_once_more(silent: Exception) -> None:
    slept: list[float] = []
    patience = Patience(60, lambda: sum(slept), slept.append, for_each=True)
    answers = [silent, "0x10"]
    node = FakeNode(eth_blockNumber=lambda: answers.pop(0))
    assert chain_on(node, patience).request("eth_blockNumber") == "0x10"
    node = FakeNode(eth_blockNumber=silent)
    with pytest.raises(ChainUnavailable, match="does not answer in time"):
        chain_on(node, patience).request("eth_blockNumber")
    assert node.count("eth_blockNumber") == 2


def test_a_command_asks_a_node_that_does_not_answer_in_time_while_its_patience_lasts() -> None:
    slept: list[float] = []
    node = FakeNode(eth_blockNumber=requests.ReadTimeout())
    chain = chain_on(node, Patience(10, lambda: sum(slept), slept.append))
    with pytest.raises(ChainUnavailable, match="does not answer in time"):
        chain.request("eth_blockNumber")
    assert slept == [1.0, 2.0, 4.0]
