"""What is offered on chains whose markets differ, and whether an account can pay it."""

from itertools import pairwise
from typing import Any

import pytest
import requests

from fedjury.chain.transactions.fees import GWEI, Fees, market_fees
from fedjury.chain.transactions.funds import balance_of
from fedjury.errors import (
    ChainUnavailable,
    ExitCode,
    FatalError,
    FeeTooHigh,
    InsufficientFunds,
    NodeError,
    TransactionReverted,
)
from tests.support.fake_node import FakeNode, Refusal, chain_on
from tests.support.fake_pool import ACCOUNT, CALL, REVERT, Pool
from tests.support.limited_node import http_error
from tests.support.shared_pool import SharedPool

GAS = 50_000 + 12_500 + 25_000
NO_METHOD: list[Any] = [
    Refusal("method not found", -32601),
    Refusal("the method eth_maxPriorityFeePerGas does not exist/is not available", -32600),
    Refusal("Unsupported method", 0),
    http_error(400),
    http_error(404),
    http_error(405, b"<html>"),
    requests.ReadTimeout(),
    None,
    "0x",
    {},
]


def offer(*, base: str | None, tip: Any = "0x3b9aca00", price: Any = "0x77359400") -> Fees:
    block = {"number": "0x1"} if base is None else {"number": "0x1", "baseFeePerGas": base}
    node = FakeNode(eth_getBlockByNumber=block, eth_maxPriorityFeePerGas=tip, eth_gasPrice=price)
    return market_fees(chain_on(node), None)


def test_a_base_fee_has_room_to_double() -> None:
    assert offer(base=hex(10 * GWEI)) == Fees(21 * GWEI, GWEI)


@pytest.mark.parametrize(("price", "cap"), [("0x77359400", 2 * GWEI), ("0x0", 0), ("0x1", 1)])
def test_a_chain_without_base_fees_gets_a_gas_price(price: str, cap: int) -> None:
    assert offer(base=None, price=price) == Fees(cap, None)
    assert Fees(cap, None).fields() == {"gasPrice": cap}


@pytest.mark.parametrize(
    ("tip", "expected"), [("0x0", Fees(0, 0)), ("0x1", Fees(1, 1)), (hex(GWEI), Fees(GWEI, GWEI))]
)
def test_a_base_fee_of_0(tip: str, expected: Fees) -> None:
    assert offer(base="0x0", tip=tip) == expected


def test_a_tip_of_0_is_taken_at_its_word() -> None:
    assert offer(base=hex(GWEI), tip="0x0") == Fees(2 * GWEI, 0)


@pytest.mark.parametrize("answer", NO_METHOD, ids=repr)
@pytest.mark.parametrize(
    ("base", "price", "tip"),
    [
        (GWEI, hex(GWEI + 300), 300),  # what the gas price is above the base fee
        (GWEI, hex(90 * GWEI), GWEI),  # but never more than a gwei
        (GWEI, "0x0", 0),
        (0, "0x0", 0),
        (GWEI, Refusal("no"), GWEI),
        (GWEI, None, GWEI),
    ],
)
def test_a_node_without_a_tip_method(answer: Any, base: int, price: Any, tip: int) -> None:
    assert offer(base=hex(base), tip=answer, price=price) == Fees(2 * base + tip, tip)


@pytest.mark.parametrize("price", [Refusal("no", -32601), None, "0x", http_error(500)], ids=repr)
def test_without_base_fee_and_gas_price_there_is_no_offer(price: Any) -> None:
    with pytest.raises(ChainUnavailable):
        offer(base=None, price=price)


@pytest.mark.parametrize("fees", [Fees(0, 0), Fees(0, None), Fees(1, 1), Fees(7, 0), Fees(GWEI, 3)])
def test_every_raise_is_clearly_more_and_soon_worth_something(fees: Fees) -> None:
    offers = [fees]
    for _ in range(12):
        offers.append(offers[-1].raised())
    for before, after in pairwise(offers):
        assert after.cap > before.cap
        assert after.cap * 1000 >= before.cap * 1125
        if before.tip is not None:
            assert after.tip is not None
            assert after.cap >= after.tip > before.tip
            assert after.tip * 1000 >= before.tip * 1125
    assert offers[-1].cap >= GWEI


@pytest.mark.parametrize("base_fee", [0, None])
def test_a_stuck_offer_of_nothing_is_outbid(base_fee: int | None) -> None:
    pool = Pool(base_fee=base_fee, mine=lambda pool: len(pool.sent) == 3)
    pool.node.answers["eth_maxPriorityFeePerGas"] = "0x0"
    pool.node.answers["eth_gasPrice"] = "0x0"
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    prices = [sent.get("maxFeePerGas", sent.get("gasPrice")) for sent in pool.sent]
    assert prices == [0, GWEI // 1000, GWEI // 500]


def test_a_pool_that_asks_for_some_tip_gets_it() -> None:
    def minimum(_: Pool, transaction: dict[str, Any]) -> Refusal | None:
        words = "transaction underpriced: gas tip cap 0, minimum needed 1"
        return None if transaction["maxPriorityFeePerGas"] else Refusal(words)

    pool = Pool(base_fee=0, on_send=minimum)
    pool.node.answers["eth_maxPriorityFeePerGas"] = "0x0"
    assert pool.sender().send(CALL).status == 1
    assert pool.caps == [GWEI // 1000]


def test_a_stuck_gas_price_is_outbid() -> None:
    pool = Pool(base_fee=None, mine=lambda pool: pool.now > 100)
    pool.sender().send(CALL)
    assert pool.caps[0] == 20 * GWEI
    assert len(pool.caps) == 2
    assert pool.caps[1] * 1000 >= pool.caps[0] * 1125


# --- who cannot pay ---

CANNOT_PAY = [
    Refusal("insufficient funds for gas * price + value: balance 0, tx cost 1", -32000),  # geth
    Refusal("INTERNAL_ERROR: insufficient funds", -32000),  # Erigon
    Refusal("InsufficientFunds, Account balance: 0, cumulative cost: 1", -32010),  # Nethermind
    Refusal("Upfront cost exceeds account balance", -32004),  # Besu
    Refusal("Insufficient funds for gas * price + value", -32003),  # Anvil, Ganache
    Refusal("sender doesn't have enough funds to send tx", -32000),  # Hardhat
    Refusal("Sender does not have enough balance to cover transaction value and gas", -32000),
    Refusal("rejected", 1),
]


@pytest.mark.parametrize("refusal", CANNOT_PAY, ids=lambda refusal: refusal.args[0])
def test_who_cannot_pay_is_told_so_whatever_the_node_says(refusal: Refusal) -> None:
    pool = Pool(on_send=lambda *_: refusal, balance=21 * GWEI * GAS - 1)
    words = f"account {ACCOUNT.address} cannot pay for the gas: it has 0.0018375 ether, and needs"
    with pytest.raises(InsufficientFunds, match=words) as caught:
        pool.sender().send(CALL)
    assert isinstance(caught.value, FatalError)
    assert caught.value.exit_code == ExitCode.TRANSACTION


@pytest.mark.parametrize("refusal", CANNOT_PAY, ids=lambda refusal: refusal.args[0])
def test_who_can_pay_is_told_what_the_node_says(refusal: Refusal) -> None:
    pool = Pool(on_send=lambda *_: refusal, balance=21 * GWEI * GAS)
    with pytest.raises(NodeError) as caught:
        pool.sender().send(CALL)
    assert caught.value.text == refusal.error["message"]


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
@pytest.mark.parametrize(
    "refusal",
    [
        *CANNOT_PAY,
        Refusal("gas required exceeds allowance (0)", -32000),
        Refusal("Out of gas: gas required exceeds allowance: 0", -32003),
    ],
    ids=lambda refusal: refusal.args[0],
)
def test_a_simulation_that_wants_funds_says_so(method: str, refusal: Refusal) -> None:
    pool = Pool(balance=0)
    pool.node.answers[method] = refusal
    with pytest.raises(InsufficientFunds):
        pool.sender().send(CALL)
    pool.balance = 10**18
    with pytest.raises((NodeError, TransactionReverted)):
        pool.sender().send(CALL)


def test_the_contracts_own_refusal_comes_before_the_funds() -> None:
    pool = Pool(balance=0, call=lambda *_: REVERT)
    with pytest.raises(TransactionReverted) as caught:
        pool.sender().send(CALL)
    assert caught.value.error == "ZeroDigest"


def test_nobody_asks_for_a_balance_while_nothing_is_refused() -> None:
    pool = Pool()
    pool.sender().send(CALL)
    assert pool.node.count("eth_getBalance") == 0


@pytest.mark.parametrize("base_fee", [0, None])
def test_where_gas_is_free_nobody_needs_ether(base_fee: int | None) -> None:
    pool = Pool(base_fee=base_fee, balance=0, on_send=poor_node)
    pool.node.answers["eth_maxPriorityFeePerGas"] = "0x0"
    pool.node.answers["eth_gasPrice"] = "0x0"
    assert pool.sender().send(CALL).status == 1


def poor_node(_: Pool, transaction: dict[str, Any]) -> Refusal | None:
    price = transaction.get("maxFeePerGas", transaction.get("gasPrice"))
    return Refusal("insufficient funds") if price else None


def test_where_only_the_tip_costs_an_account_without_ether_offers_none() -> None:
    """Anvil with --base-fee 0 still suggests a tip of a gwei."""
    pool = Pool(base_fee=0, balance=0, on_send=poor_node)
    assert pool.sender().send(CALL).status == 1
    assert [sent["maxFeePerGas"] for sent in pool.sent] == [0]


def test_where_even_that_is_too_little_the_account_cannot_pay() -> None:
    def both(pool: Pool, transaction: dict[str, Any]) -> Refusal | None:
        return poor_node(pool, transaction) or Refusal("transaction underpriced")

    pool = Pool(base_fee=0, balance=0, on_send=both)
    with pytest.raises(InsufficientFunds, match=r"needs up to 8\.75e-05"):
        pool.sender().send(CALL)


def test_funds_that_only_lack_for_the_replacement() -> None:
    def poor(pool: Pool, _: dict[str, Any]) -> Refusal | None:
        return Refusal("insufficient funds") if pool.sent else None

    pool = Pool(on_send=poor, mine=lambda pool: pool.now > 100, balance=21 * GWEI * GAS)
    assert pool.sender(stuck_after=60).send(CALL).status == 1


def test_funds_that_only_lack_for_outbidding_an_earlier_one_are_no_reason_to_end() -> None:
    offers: list[int] = []

    def refuse(_: Pool, transaction: dict[str, Any]) -> Refusal:
        offers.append(transaction["maxFeePerGas"])
        if len(offers) == 1:
            return Refusal("replacement transaction underpriced")
        return Refusal("insufficient funds")

    with pytest.raises(FeeTooHigh, match=r"cannot be replaced: account .* cannot pay"):
        Pool(on_send=refuse, balance=21 * GWEI * GAS).sender().send(CALL)


@pytest.mark.parametrize("liar", [0, 1, 2])
@pytest.mark.parametrize("told", [10**6 * GWEI, 0])
def test_of_three_nodes_one_that_tells_an_absurd_tip_is_outvoted(liar: int, told: int) -> None:
    shared = SharedPool(3)
    shared.nodes[liar].answers["eth_maxPriorityFeePerGas"] = hex(told)
    assert market_fees(shared.chain, None) == Fees(21 * GWEI, GWEI)


def test_of_two_nodes_the_lower_tip_is_offered() -> None:
    shared = SharedPool(2)
    shared.nodes[0].answers["eth_maxPriorityFeePerGas"] = hex(10**6 * GWEI)
    assert market_fees(shared.chain, None) == Fees(21 * GWEI, GWEI)


def test_of_three_nodes_one_that_tells_an_absurd_gas_price_is_outvoted() -> None:
    shared = SharedPool(3)
    shared.pool.base_fee = None
    shared.nodes[0].answers["eth_gasPrice"] = hex(10**6 * GWEI)
    assert market_fees(shared.chain, None) == Fees(20 * GWEI, None)


@pytest.mark.parametrize("answer", NO_METHOD)
def test_a_node_of_several_without_a_tip_method_is_kept(answer: Any) -> None:
    shared = SharedPool(2)
    shared.nodes[0].answers["eth_maxPriorityFeePerGas"] = answer
    assert market_fees(shared.chain, None) == Fees(21 * GWEI, GWEI)
    assert shared.told.events == []


@pytest.mark.parametrize("liar", [0, 1, 2])
@pytest.mark.parametrize("told", [hex(10**6 * GWEI), "0x0", None])
def test_of_three_nodes_one_that_tells_another_base_fee_is_outvoted(liar: int, told: Any) -> None:
    shared = SharedPool(3)
    block = shared.pool.node.answers["eth_getBlockByNumber"]()
    shared.nodes[liar].answers["eth_getBlockByNumber"] = {**block, "baseFeePerGas": told}
    assert market_fees(shared.chain, None) == Fees(21 * GWEI, GWEI)


@pytest.mark.parametrize(
    ("method", "told"), [("eth_getBalance", "0x0"), ("eth_estimateGas", hex(2**255))]
)
@pytest.mark.parametrize("liar", [0, 1, 2])
def test_no_node_of_three_alone_says_that_an_account_cannot_pay(
    liar: int, method: str, told: str
) -> None:
    shared = SharedPool(3)
    shared.nodes[liar].answers[method] = told
    assert shared.sender().send(CALL).status == 1
    assert balance_of(shared.chain, ACCOUNT.address) == shared.pool.balance
    assert {sent["gas"] for sent in shared.pool.sent} == {GAS}


def test_of_two_nodes_the_one_that_knows_of_more_money_is_believed() -> None:
    shared = SharedPool(2)
    shared.nodes[0].answers["eth_getBalance"] = "0x0"
    assert balance_of(shared.chain, ACCOUNT.address) == shared.pool.balance


def test_an_estimate_that_one_node_refuses_is_anothers_to_make() -> None:
    shared = SharedPool(2)
    shared.nodes[0].answers["eth_estimateGas"] = REVERT
    assert shared.sender().send(CALL).status == 1
    shared.nodes[1].answers["eth_estimateGas"] = REVERT
    with pytest.raises(TransactionReverted, match="of an update, a batch, a model"):
        shared.sender().send(CALL)
