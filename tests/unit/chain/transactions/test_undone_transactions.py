"""Reorganizations that undo our own transactions, and nodes that no longer know them."""

from collections.abc import Callable
from typing import Any

import pytest

from fedjury.errors import TransactionUndone, TransientError
from tests.support.fake_node import Refusal
from tests.support.fake_pool import BLOCK_HASH, CALL, OUTAGE, Pool

OTHER_HASH = "0x" + "2" * 64


def after(seconds: float, act: Callable[[Pool], object]) -> Callable[[Pool], bool]:
    """Has something happen to the node once, `seconds` after the start; nothing is mined before."""
    done: list[bool] = []

    def mine(pool: Pool) -> bool:
        if pool.now >= seconds and not done:
            done.append(True)
            act(pool)
        return bool(done)

    return mine


def test_a_nonce_that_goes_down_is_noticed_at_once() -> None:
    pool = Pool()
    pool.mine = lambda pool: False
    pool.on_send = lambda pool, _: pool.undo()
    with pytest.raises(TransactionUndone, match="next nonce is 6, and was 7") as caught:
        pool.sender().send(CALL)
    assert isinstance(caught.value, TransientError)
    assert pool.now < 3


def test_the_next_send_begins_with_the_lower_nonce() -> None:
    pool = Pool(mine=lambda pool: pool.sent[-1]["nonce"] == pool.nonce)
    pool.on_send = lambda pool, sent: pool.undo() if sent["nonce"] == 7 else None
    sender = pool.sender()
    with pytest.raises(TransactionUndone):
        sender.send(CALL)
    assert sender.send(CALL).status == 1
    assert [sent["nonce"] for sent in pool.sent] == [7, 6]


def test_what_the_node_no_longer_knows_is_handed_in_again_before_it_counts_as_stuck() -> None:
    pool = Pool(mine=after(5, lambda pool: pool.held.clear()))
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert len(pool.sent) == 2
    assert pool.sent[0]["hash"] == pool.sent[1]["hash"]
    assert pool.now < 10


def test_what_is_pending_is_not_handed_in_again() -> None:
    pool = Pool(mine=lambda pool: pool.now > 50)
    pool.sender(stuck_after=60).send(CALL)
    assert len(pool.sent) == 1


@pytest.mark.parametrize("answer", [Refusal("not found"), Refusal("no such method", -32601), {}])
def test_a_node_that_cannot_tell_what_is_pending_is_not_sent_it_again(answer: object) -> None:
    pool = Pool(mine=lambda pool: pool.now > 50)
    pool.node.answers["eth_getTransactionByHash"] = answer
    pool.sender(stuck_after=60).send(CALL)
    assert len(pool.sent) == 1


def test_a_node_that_denies_what_it_has_costs_nothing_but_requests() -> None:
    """Ganache and eth-tester: no pending transaction is known by its hash."""
    pool = Pool(mine=lambda pool: pool.now > 20)
    pool.on_send = lambda pool, _: Refusal("already known") if pool.sent else None
    pool.node.answers["eth_getTransactionByHash"] = None
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert len(pool.sent) == 1


def test_one_that_did_arrive_is_not_handed_in_again() -> None:
    """Ganache would call the same bytes underpriced."""
    tries: list[str] = []

    def silent(pool: Pool, transaction: dict[str, Any]) -> Exception:
        tries.append(transaction["hash"])
        return OUTAGE

    pool = Pool(on_send=silent, mine=lambda pool: pool.now > 20)
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert len(tries) == 1


def test_one_that_is_not_taken_again_sends_us_back_to_the_chain() -> None:
    pool = Pool(mine=after(5, lambda pool: pool.held.clear()))
    pool.on_send = lambda pool, _: Refusal("exceeds block gas limit") if pool.sent else None
    with pytest.raises(TransactionUndone, match="exceeds block gas limit"):
        pool.sender().send(CALL)
    assert pool.now < 10


def test_one_that_is_underpriced_by_now_offers_more() -> None:
    def refuse(pool: Pool, transaction: dict[str, Any]) -> Refusal | None:
        same = pool.sent and transaction["maxFeePerGas"] <= pool.caps[0]
        return Refusal("transaction underpriced") if same else None

    pool = Pool(mine=after(5, lambda pool: pool.held.clear()), on_send=refuse)
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert len(pool.sent) == 2
    assert pool.caps[1] * 1000 >= pool.caps[0] * 1125
    assert pool.now < 10


def test_mined_then_undone_before_its_receipt_was_seen() -> None:
    """Mined at nonce 7 and undone again while the node was out of reach."""
    pool = Pool(down=lambda pool: bool(pool.sent) and pool.now < 20)
    pool.mine = after(30, lambda pool: None)
    pool.on_send = lambda pool, sent: pool.held.clear()
    assert pool.sender(stuck_after=1000).send(CALL).status == 1
    assert len({sent["hash"] for sent in pool.sent}) == 1


def test_a_stale_nodes_word_that_the_nonce_is_used_is_asked_for_again() -> None:
    answers: list[Any] = [Refusal("nonce too low")]
    pool = Pool(on_send=lambda *_: answers.pop() if answers else None)
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert pool.now < 3


def test_a_receipt_of_a_block_that_was_replaced_counts_for_nothing() -> None:
    pool = Pool(mine=lambda pool: False)

    def orphan(pool: Pool, transaction: dict[str, Any]) -> None:
        if not pool.sent:
            pool.take(transaction["hash"])
            pool.mined[transaction["hash"]]["blockHash"] = OTHER_HASH
            pool.nonce -= 1

    pool.on_send = orphan
    pool.mine = lambda pool: True
    pool.node.answers["eth_getTransactionByHash"] = lambda hash: pool.mined.clear()
    receipt = pool.sender().send(CALL)
    assert receipt.block_hash == bytes.fromhex(BLOCK_HASH[2:])
    assert pool.now < 3


def test_a_receipt_below_the_newest_block_is_held_against_its_own() -> None:
    pool = Pool(head=20)
    assert pool.sender().send(CALL).block_number == 16
    asked = [params[0] for method, params in pool.node.asked if method == "eth_getBlockByNumber"]
    assert asked[-2:] == ["latest", "0x10"]


def test_a_receipt_of_another_block_counts_where_the_nonce_is_used() -> None:
    """Ganache: after miner_start the block of the receipt is not the chain's own."""
    pool = Pool()

    def orphan(pool: Pool, transaction: dict[str, Any]) -> None:
        pool.take(transaction["hash"])
        pool.mined[transaction["hash"]]["blockHash"] = OTHER_HASH

    pool.on_send = orphan
    assert pool.sender().send(CALL).status == 1
    assert pool.now < 3


def test_a_head_that_goes_back_below_the_receipt() -> None:
    """The block with our transaction is gone again, and the next ones have it."""
    pool = Pool(head=15)
    answer = pool.node.answers["eth_getTransactionReceipt"]

    def receipt(hash: str) -> Any:
        pool.head = 16 if pool.now > 4 else 15
        return answer(hash)

    pool.node.answers["eth_getTransactionReceipt"] = receipt
    assert pool.sender().send(CALL).status == 1
    assert 4 < pool.now < 10


def test_receipts_are_looked_for_from_5_ms_on_doubling_up_to_the_interval() -> None:
    looks: list[float] = []
    pool = Pool(mine=lambda pool: pool.now > 5)
    receipt = pool.node.answers["eth_getTransactionReceipt"]

    def look(hash: str) -> Any:
        looks.append(round(pool.now * 1000))
        return receipt(hash)

    pool.node.answers["eth_getTransactionReceipt"] = look
    pool.sender(poll_interval=1).send(CALL)
    assert looks == [0, 5, 15, 35, 75, 155, 315, 635, 1275, 2275, 3275, 4275, 5275]
    assert pool.node.count("eth_getTransactionCount") == 1 + 5


def test_an_outage_widens_the_pauses_beyond_the_interval() -> None:
    times: list[float] = []

    def down(pool: Pool) -> bool:
        if pool.sent and pool.now < 40:
            times.append(pool.now)
        return bool(pool.sent) and pool.now < 40

    pool = Pool(down=down, mine=lambda pool: pool.now > 40)
    assert pool.sender(poll_interval=1, stuck_after=1000).send(CALL).status == 1
    assert times == [0, 1, 3, 7, 15, 31]


@pytest.mark.parametrize("code", [429, -32005, -32029])
def test_a_rate_limit_leaves_open_whether_it_arrived(code: int) -> None:
    """Some count the request and forward it all the same."""
    tries: list[float] = []

    def limited(pool: Pool, _: dict[str, Any]) -> Refusal | None:
        tries.append(pool.now)
        return Refusal("slow down", code) if len(tries) < 3 else None

    pool = Pool(on_send=limited)
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert len(pool.sent) == 1
    assert pool.now < 10


def test_an_outage_while_it_is_handed_in_again() -> None:
    tries: list[float] = []

    def lost(pool: Pool, _: dict[str, Any]) -> None:
        tries.append(pool.now)
        if len(tries) < 4:
            raise OUTAGE

    pool = Pool(on_send=lost)
    assert pool.sender(stuck_after=60).send(CALL).status == 1
    assert len(tries) == 4
    assert pool.now < 10
