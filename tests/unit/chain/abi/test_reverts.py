from typing import Any

import pytest

from fedjury.chain.abi.codec import abi_of, selector
from fedjury.errors import NodeError, TransactionReverted
from tests.support.fake_node import FakeNode, Refusal, chain_on, word

CLIENT = "0xe1AB8145F7E55DC933d51a18c793F901A3A0b276"
SELECTOR = selector(abi_of("FederatedTask").errors["AlreadySubmitted"]).hex()
CUSTOM = "0x" + SELECTOR + word(CLIENT) + word(3)
GANACHE_WORDS = "VM Exception while processing transaction: revert"
# Ganache 6 puts every transaction's result under its hash, which itself looks like data
GANACHE_6 = {"0x" + "ab" * 32: {"error": "revert", "return": CUSTOM, "reason": None}, "stack": "…"}

DIALECTS: dict[str, Refusal] = {
    "geth": Refusal("execution reverted", 3, CUSTOM),
    "anvil": Refusal(f"execution reverted: custom error 0x{SELECTOR}", 3, CUSTOM),
    "besu": Refusal("Execution reverted", -32000, CUSTOM),
    "ganache call": Refusal(GANACHE_WORDS, -32000, CUSTOM),
    "ganache estimate": Refusal(
        GANACHE_WORDS, -32000, {"hash": "0x" + "cd" * 32, "result": CUSTOM, "reason": None}
    ),
    "ganache 6": Refusal(GANACHE_WORDS, -32000, GANACHE_6),
    "hardhat": Refusal("reverted with custom error", -32603, {"message": "…", "data": CUSTOM}),
    "nethermind": Refusal("VM execution error.", -32015, f"Reverted {CUSTOM}"),
    "only in the message": Refusal(f"execution reverted: {CUSTOM}", -32000),
}


def refused(refusal: Refusal) -> TransactionReverted:
    chain = chain_on(FakeNode(eth_call=refusal))
    with pytest.raises(TransactionReverted) as caught:
        chain.request("eth_call", {}, "latest")
    return caught.value


@pytest.mark.parametrize("dialect", DIALECTS)
def test_custom_error_in_every_nodes_dialect(dialect: str) -> None:
    error = refused(DIALECTS[dialect])
    assert (error.error, error.args_) == ("AlreadySubmitted", (CLIENT, 3))


def test_reason_string() -> None:
    data = "0x08c379a0" + word(32) + word(5) + b"hello".hex().ljust(64, "0")
    assert refused(Refusal("execution reverted: hello", 3, data)).error == "hello"


def test_panic() -> None:
    error = refused(Refusal("execution reverted", 3, "0x4e487b71" + word(0x11)))
    assert (error.error, error.args_) == ("Panic", ("0x11",))


@pytest.mark.parametrize(
    "data", [None, "", "0x", "0x12", {"data": None}, {}, [], 7, {"data": {"data": {}}}]
)
def test_no_data_leaves_the_nodes_own_words(data: Any) -> None:
    assert refused(Refusal("execution reverted", 3, data)).error == "execution reverted"


def test_unknown_error_is_named_by_its_selector() -> None:
    assert "0xdeadbeef" in refused(Refusal("execution reverted", 3, "0xdeadbeef")).error


def test_truncated_arguments_are_no_crash() -> None:
    assert SELECTOR in refused(Refusal("execution reverted", 3, "0x" + SELECTOR + word(1))).error


@pytest.mark.parametrize(
    "message", ["header not found", "insufficient funds for gas", "nonce too low", "rate limit"]
)
def test_other_refusals_are_no_reverts(message: str) -> None:
    chain = chain_on(FakeNode(eth_call=Refusal(message, -32000)))
    with pytest.raises(NodeError) as caught:
        chain.request("eth_call", {}, "latest")
    assert caught.value.text == message
