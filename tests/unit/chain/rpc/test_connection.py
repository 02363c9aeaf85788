import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
from web3 import Web3
from web3.exceptions import BadResponseFormat, ContractCustomError

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.providers import without_secrets
from fedjury.errors import ChainUnavailable, ConfigError, NodeError, TransactionReverted, WrongChain
from tests.support.fake_node import CHAIN_ID, FakeNode, Refusal, chain_on
from tests.support.http_answers import answer_http

URL = "http://node.example:8545/v3/secret-key"
Answer = Callable[..., list[requests.PreparedRequest]]


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Sets what every HTTP request gets: a body and a status, or an exception."""
    return partial(answer_http, monkeypatch)


def test_connects(http: Answer) -> None:
    http('{"jsonrpc":"2.0","id":0,"result":"0x539"}')
    chain = Chain.connect(URL, 1337)
    assert (chain.chain_id, chain.url) == (1337, URL)


def test_another_chain(http: Answer) -> None:
    http('{"jsonrpc":"2.0","id":0,"result":"0x1"}')
    with pytest.raises(WrongChain, match="serves chain 1, not 1337"):
        Chain.connect(URL, 1337)


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>502 Bad Gateway</body></html>",
        "",
        "null",
        "[]",
        "42",
        '"0x539"',
        "{}",
        '{"result":"0x539"}',
        '{"jsonrpc":"2.0","id":0}',
        '{"jsonrpc":"2.0","result":"0x539"}',
        '{"jsonrpc":"2.0","id":{},"result":"0x539"}',
        '{"jsonrpc":"2.0","id":0,"result":null}',
        '{"jsonrpc":"2.0","id":0,"result":"mainnet"}',
        '{"jsonrpc":"2.0","id":0,"result":{"chain":1}}',
        '{"jsonrpc":"2.0","id":0,"error":"no"}',
        '{"jsonrpc":"2.0","id":0,"error":{"code":"x","message":7}}',
        '{"jsonrpc":"2.0","id":0,"error":{"code":-1,"message":"syncing"}}',
        '{"method":"eth_subscription","params":"x","jsonrpc":"2.0"}',
        b"\xff\xfe\x00garbage",
        "[" * 100_000,
        '{"result":' * 100_000,
    ],
)
def test_garbage_is_an_unavailable_chain(http: Answer, body: bytes | str) -> None:
    http(body)
    with pytest.raises(ChainUnavailable):
        Chain.connect(URL)


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500, 502, 503])
def test_http_errors(http: Answer, status: int) -> None:
    http("<html>", status)
    with pytest.raises(ChainUnavailable):
        Chain.connect(URL)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(f"refused: {URL}"),
        requests.ConnectTimeout(URL),
        requests.ReadTimeout(URL),
        requests.exceptions.ChunkedEncodingError(URL),
        requests.exceptions.SSLError(URL),
        requests.TooManyRedirects(URL),
        OSError("network is unreachable"),
    ],
)
def test_network_errors_do_not_show_the_key_in_the_url(http: Answer, error: Exception) -> None:
    http(error)
    with pytest.raises(ChainUnavailable, match=r"node\.example:8545") as caught:
        Chain.connect(URL)
    assert "secret-key" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_request_is_not_retried_silently(http: Answer) -> None:
    tries = http(requests.ConnectionError())
    with pytest.raises(ChainUnavailable):
        Chain.connect(URL)
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("host", "proxy"),
    [("127.0.0.1", ""), ("localhost", ""), ("node.example", "http://proxy.example:3128")],
)
def test_a_proxy_is_only_for_other_machines(
    monkeypatch: pytest.MonkeyPatch, host: str, proxy: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    used: list[str] = []

    def send(*_: object, proxies: dict[str, str], **__: object) -> requests.Response:
        used.append(proxies["http"])
        raise requests.ConnectionError

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    with pytest.raises(ChainUnavailable):
        Chain.connect(f"http://{host}:8545")
    assert used == [proxy]


def test_rpc_error_in_an_http_400(http: Answer) -> None:
    error = {"code": -32005, "message": "query returned more than 10000 results"}
    http(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}), 400)
    with pytest.raises(NodeError) as caught:
        Chain.connect(URL)
    assert caught.value.code == -32005


def test_null_error_beside_a_result(http: Answer) -> None:
    http('{"jsonrpc":"2.0","id":0,"result":"0x539","error":null}', 200)
    assert Chain.connect(URL).chain_id == 1337


@pytest.mark.parametrize(
    "url", ["", "node:8545", "ftp://node", "ws://node:1", "http://", "http://[::1", "http://n:x"]
)
def test_unusable_urls(url: str) -> None:
    with pytest.raises(ConfigError, match="RPC URL"):
        Chain.connect(url)


def test_embedded_chain_without_eth_tester(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] in ("eth", "eth_tester") or name.endswith("rpc.embedded"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "eth", None)  # py-evm
    with pytest.raises(ConfigError, match=r"pip install fedjury\[demo\]"):
        Chain.connect("embedded")


def block(number: int) -> dict[str, Any]:
    return {"number": hex(number), "hash": "0x" + f"{number:064x}", "timestamp": hex(1000 + number)}


def blocks(identifier: str, _: bool) -> Any:
    if identifier == "safe":
        raise Refusal("safe block not found", -39001)
    if identifier == "finalized":
        return None
    return block(100) if identifier == "latest" else block(int(identifier, 16))


def test_block_counts_confirmations_from_the_newest() -> None:
    chain = chain_on(FakeNode(eth_getBlockByNumber=blocks))
    assert chain.block().number == 100
    assert chain.block(12).number == 88
    assert chain.block(12).timestamp == 1088
    assert chain.block(1000).number == 0
    assert chain.block().timestamp == 1100
    with pytest.raises(ValueError, match="negative"):
        chain.block(-1)


@pytest.mark.parametrize("tag", ["safe", "finalized"])
def test_block_by_a_tag_that_the_node_lacks(tag: Any) -> None:
    with pytest.raises(ChainUnavailable):
        chain_on(FakeNode(eth_getBlockByNumber=blocks)).block(tag)


@pytest.mark.parametrize("field", ["number", "hash", "timestamp"])
@pytest.mark.parametrize("value", [None, "latest", [], "0x"])
def test_block_with_a_missing_or_odd_field(field: str, value: object) -> None:
    node = FakeNode(eth_getBlockByNumber={**block(1), field: value})
    with pytest.raises(ChainUnavailable):
        chain_on(node).block()


def test_translate_errors_covers_web3s_own_calls() -> None:
    chain = chain_on(FakeNode())
    with (
        pytest.raises(TransactionReverted, match="of an update, a batch, a model"),
        chain.translate_errors(),
    ):
        raise ContractCustomError(
            "0xa8e4a2f6", data="0x" + Web3.keccak(text="ZeroDigest()").hex()[:8]
        )
    with pytest.raises(ChainUnavailable), chain.translate_errors():
        raise BadResponseFormat("…")


def test_translate_errors_lets_bugs_through() -> None:
    with pytest.raises(ZeroDivisionError), chain_on(FakeNode()).translate_errors():
        raise ZeroDivisionError


def test_repr_hides_the_key() -> None:
    assert repr(chain_on(FakeNode())) == f"Chain('http://node.example:8545', chain_id={CHAIN_ID})"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:p%40ss@node.example:8545/v3/KEY?token=T", "https://node.example:8545"),
        ("https://node.example/v3/KEY", "https://node.example"),
        ("http://[::1]:8545/KEY", "http://[::1]:8545"),
        ("embedded", "embedded"),
    ],
)
def test_of_an_endpoint_only_scheme_host_and_port_are_shown(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
