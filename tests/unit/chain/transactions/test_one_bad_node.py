"""Sending through several nodes of which one tells garbage, asks for too much, hangs or is left."""

from typing import Any

import pytest
import requests

from fedjury.chain.nodes.events import NodeBack, NodeLeft
from fedjury.chain.rpc.connection import TIMED_OUT_TRIES
from fedjury.chain.transactions.fees import FIRST_RAISE, GWEI, Fees, market_fees
from fedjury.chain.transactions.funds import balance_of
from fedjury.chain.transactions.sender import TRANSACTION_GAS_LIMIT
from fedjury.errors import ChainUnavailable, InsufficientFunds, NonceTaken
from fedjury.runtime.patience import Patience
from tests.support.fake_node import Refusal
from tests.support.fake_pool import ACCOUNT, BLOCK_HASH, CALL, OUTAGE, Pool
from tests.support.shared_pool import SharedPool

GAS = 50_000 + 12_500 + 25_000


def takes_what_can_be_paid(pool: Pool, transaction: dict[str, Any]) -> Refusal | None:
    if transaction["gas"] * transaction["maxFeePerGas"] > pool.balance:
        return Refusal("insufficient funds for gas * price + value")
    return None


def patience(shared: SharedPool, seconds: float) -> Patience:
    """A daemon's, by the pool's clock."""
    pool = shared.pool
    return Patience(
        seconds,
        clock=lambda: pool.now,
        sleep=lambda pause: setattr(pool, "now", pool.now + pause),
        for_each=True,
    )


@pytest.mark.parametrize("liar", [0, 1, 2])
@pytest.mark.parametrize("told", ["0xzz", {}, -1, "10", True])
def test_a_base_fee_that_is_none_has_the_node_left_and_holds_nothing_up(
    liar: int, told: object
) -> None:
    shared = SharedPool(3)
    honest = shared.nodes[liar].answers["eth_getBlockByNumber"]
    shared.nodes[liar].answers["eth_getBlockByNumber"] = lambda *params: {
        **honest(*params),
        "baseFeePerGas": told,
    }
    assert shared.sender().send(CALL).status == 1
    assert [each.endpoint for each in shared.told.of(NodeLeft)] == ["abc"[liar]]


@pytest.mark.parametrize("liar", [0, 1, 2])
@pytest.mark.parametrize(
    "method",
    [
        "eth_estimateGas",
        "eth_getTransactionCount",
        "eth_maxPriorityFeePerGas",
        "eth_getTransactionReceipt",
    ],
)
@pytest.mark.parametrize("told", ["0xzz", -1, "10", True, []], ids=repr)
def test_garbage_for_a_number_that_nodes_agree_on_is_its_nodes_fault_alone(
    liar: int, method: str, told: object
) -> None:
    shared = SharedPool(3)
    shared.nodes[liar].answers[method] = told
    assert shared.sender().send(CALL).status == 1
    assert [sent["gas"] for sent in shared.pool.sent[:1]] == [GAS]
    assert {each.endpoint for each in shared.told.of(NodeLeft)} <= {"abc"[liar]}


@pytest.mark.parametrize("liar", [0, 1])
@pytest.mark.parametrize("told", [2**23, TRANSACTION_GAS_LIMIT, TRANSACTION_GAS_LIMIT + 1, 2**255])
def test_an_absurd_estimate_of_one_of_two_nodes_ends_nobody_as_one_that_cannot_pay(
    liar: int, told: int
) -> None:
    shared = SharedPool(2)
    shared.pool.balance, shared.pool.on_send = 10**16, takes_what_can_be_paid
    shared.nodes[liar].answers["eth_estimateGas"] = hex(told)
    assert shared.sender().send(CALL).status == 1
    assert {sent["gas"] for sent in shared.pool.sent} == {GAS}


def test_an_estimate_that_no_block_has_room_for_is_not_one_nodes_to_insist_on() -> None:
    shared = SharedPool(2)
    shared.nodes[0].answers["eth_estimateGas"] = hex(2**23)
    shared.pool.on_send = lambda pool, transaction: (
        Refusal("exceeds block gas limit") if transaction["gas"] > 6_000_000 else None
    )
    assert shared.sender().send(CALL).status == 1
    assert {sent["gas"] for sent in shared.pool.sent} == {GAS}


def test_who_cannot_pay_by_any_nodes_estimate_is_told_so() -> None:
    shared = SharedPool(2)
    shared.pool.balance, shared.pool.on_send = 10**9, takes_what_can_be_paid
    shared.nodes[0].answers["eth_estimateGas"] = hex(2**23)
    with pytest.raises(InsufficientFunds, match=r"needs up to 0\.0018375:"):
        shared.sender().send(CALL)


def test_a_node_that_was_left_comes_back_while_a_transaction_waits() -> None:
    """The one that took it is cut off from the chain: only the other one shows it mined."""
    shared = SharedPool(2)
    cut_off, other = shared.nodes
    cut_off.answers["eth_getTransactionReceipt"] = None
    cut_off.answers["eth_getTransactionCount"] = hex(7)
    count, outages = other.answers["eth_getTransactionCount"], iter([OUTAGE])
    other.answers["eth_getTransactionCount"] = lambda *params: next(outages, None) or count(*params)
    assert shared.sender().send(CALL).status == 1
    assert shared.pool.now < 30
    assert [each.endpoint for each in shared.told.of(NodeBack)] == ["b"]


def test_what_an_earlier_process_sent_at_a_nonce_that_most_nodes_told_is_not_sent_again() -> None:
    shared = SharedPool(3)
    shared.tell_nonces(0, 0, 5)

    def mined_meanwhile(pool: Pool, _: dict[str, Any]) -> Refusal:
        pool.nonce = 8
        return Refusal("nonce too low")

    shared.pool.on_send = mined_meanwhile
    with pytest.raises(NonceTaken, match="at nonce 7"):
        shared.sender().send(CALL)
    assert shared.nodes[0].count("eth_sendRawTransaction") <= 3


@pytest.mark.parametrize("hanging", [[0], [1], [0, 1]])
def test_nodes_that_hang_on_a_tip_are_asked_for_it_once_and_then_not_for_minutes(
    hanging: list[int],
) -> None:
    shared = SharedPool(2)
    shared.chain.patience = patience(shared, 3.0)

    def hang() -> Exception:
        shared.pool.now += 10
        return requests.ReadTimeout()

    for each in hanging:
        shared.nodes[each].answers["eth_maxPriorityFeePerGas"] = hang
    for _ in range(3):
        assert market_fees(shared.chain, None) == Fees(21 * GWEI, GWEI)
    assert shared.pool.now < 10 * len(hanging) + 10
    asked = [shared.nodes[each].count("eth_maxPriorityFeePerGas") for each in hanging]
    assert asked == [1] * len(hanging)
    shared.pool.now += 300
    assert market_fees(shared.chain, None) == Fees(21 * GWEI, GWEI)
    asked = [shared.nodes[each].count("eth_maxPriorityFeePerGas") for each in hanging]
    assert asked == [2] * len(hanging)
    assert shared.told.of(NodeLeft) == []


def test_where_all_nodes_take_too_long_daemons_ask_as_often_as_a_single_one() -> None:
    shared = SharedPool(2)
    shared.chain.patience = patience(shared, 300.0)
    for node in shared.nodes:
        node.answers["eth_getBalance"] = requests.ReadTimeout()
    with pytest.raises(ChainUnavailable) as raised:
        balance_of(shared.chain, ACCOUNT.address)
    asked = {node.count("eth_getBalance") for node in shared.nodes}
    assert asked == {1 + TIMED_OUT_TRIES}
    assert raised.value.timed_out


def asks_for_the_base_fee(pool: Pool, transaction: dict[str, Any]) -> Refusal | None:
    if transaction["maxFeePerGas"] < (pool.base_fee or 0):
        return Refusal("max fee per gas less than block base fee")
    return None


@pytest.mark.parametrize("liar", [0, 1])
def test_one_of_two_nodes_that_tells_no_fees_and_takes_all_holds_nothing_up(liar: int) -> None:
    shared = SharedPool(2)
    bad, block = shared.nodes[liar], shared.nodes[liar].answers["eth_getBlockByNumber"]
    bad.answers["eth_getBlockByNumber"] = lambda *params: {**block(*params), "baseFeePerGas": "0x0"}
    bad.answers["eth_maxPriorityFeePerGas"] = "0x0"
    bad.answers["eth_sendRawTransaction"] = BLOCK_HASH
    shared.pool.on_send = asks_for_the_base_fee
    assert shared.sender().send(CALL).status == 1
    assert shared.pool.now < 10
    assert shared.pool.caps == [20 * GWEI]
    assert shared.pool.sent[0]["maxPriorityFeePerGas"] == FIRST_RAISE


@pytest.mark.parametrize("liar", [0, 1, 2])
@pytest.mark.parametrize("base", ["0x0", hex(10 * GWEI), hex(10**9 * GWEI)])
def test_a_node_that_calls_all_underpriced_costs_no_more_than_a_quarter_of_the_tip(
    liar: int, base: str
) -> None:
    shared = SharedPool(3)
    bad, block = shared.nodes[liar], shared.nodes[liar].answers["eth_getBlockByNumber"]
    bad.answers["eth_getBlockByNumber"] = lambda *params: {**block(*params), "baseFeePerGas": base}
    bad.answers["eth_maxPriorityFeePerGas"] = hex(10**9 * GWEI)
    bad.answers["eth_sendRawTransaction"] = Refusal("transaction underpriced")
    assert shared.sender().send(CALL).status == 1
    assert {sent["maxPriorityFeePerGas"] for sent in shared.pool.sent} == {GWEI, GWEI * 5 // 4 + 1}


def test_an_offer_that_one_node_took_stands_though_a_better_one_cannot_be_made() -> None:
    shared = SharedPool(2)
    shared.nodes[1].answers["eth_sendRawTransaction"] = Refusal("transaction underpriced")
    assert shared.sender(max_fee_gwei=11).send(CALL).status == 1
    assert set(shared.pool.caps) == {11 * GWEI}
