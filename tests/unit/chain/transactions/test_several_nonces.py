"""An account's next nonce, of which each of several nodes may tell another."""

import logging

import pytest

from fedjury.chain.nodes.events import NodeLeft
from fedjury.chain.transactions.nonces import Counts
from fedjury.errors import ChainUnavailable, NonceTaken, TransactionUndone
from tests.support.fake_pool import CALL, OUTAGE, Pool
from tests.support.shared_pool import SharedPool


@pytest.mark.parametrize(
    ("told", "agreed"), [((7,), 7), ((7, 9), 7), ((0, 7, 9), 7), ((0, 7, 8, 9), 7)]
)
def test_what_nodes_agree_on_is_the_lower_median(told: tuple[int, ...], agreed: int) -> None:
    assert Counts(told).agreed == agreed


@pytest.mark.parametrize("added", [(5, 0), (0, 5), (5, 0, 0), (0, 0, 5), (5, 0, 0, 0)])
def test_one_node_that_tells_too_high_a_nonce_holds_nothing_up(added: tuple[int, ...]) -> None:
    shared = SharedPool(len(added))
    shared.tell_nonces(*added)
    assert shared.sender().send(CALL).status == 1
    assert shared.nonces == [7]
    assert shared.pool.now < 60


@pytest.mark.parametrize("added", [(-3, 0), (0, -3), (-3, 0, 0), (-3, -3, 0), (-3, -2, -1, 0)])
def test_nodes_that_tell_too_low_a_nonce_hold_nothing_up(added: tuple[int, ...]) -> None:
    shared = SharedPool(len(added))
    shared.tell_nonces(*added)
    assert shared.sender().send(CALL).status == 1
    assert shared.nonces == [7]
    assert shared.pool.now < 60


def test_a_node_that_lags_behind_an_own_transaction_costs_no_refusal() -> None:
    shared = SharedPool(2)
    sender = shared.sender()
    sender.send(CALL)
    shared.pool.mined.clear()
    shared.tell_nonces(0, -1)
    before = shared.nodes[0].count("eth_sendRawTransaction")
    assert sender.next_nonce() == 8
    sender.send(CALL)
    assert shared.nonces == [7, 8]
    assert shared.nodes[0].count("eth_sendRawTransaction") == before + 1


def test_a_restarted_sender_is_told_which_nonce_is_used_and_believes_it_if_a_node_does() -> None:
    shared = SharedPool(2)
    shared.tell_nonces(0, -1)
    assert shared.sender().next_nonce() == 6
    assert shared.sender().next_nonce(7) == 7
    assert shared.sender().next_nonce(9) == 7


def test_where_only_the_node_that_tells_too_much_knows_of_the_last_one_it_is_not_believed() -> None:
    shared = SharedPool(3)
    sender = shared.sender()
    sender.send(CALL)
    shared.pool.undo()
    shared.tell_nonces(5, 0, 0)
    with pytest.raises(TransactionUndone, match=r"at nonce 8 waits for .* is 7 by most nodes"):
        sender.send(CALL)
    assert shared.pool.now < 2 * 60
    assert sender.next_nonce() == 7
    assert sender.send(CALL).status == 1
    assert shared.pool.nonce == 8


def test_a_gap_that_closes_in_time_is_none() -> None:
    shared = SharedPool(3)
    sender = shared.sender()
    sender.send(CALL)
    shared.pool.mined.clear()
    shared.pool.mine = lambda pool: pool.now > 40
    shared.tell_nonces(0, -1, -1)
    original = shared.nodes[1].answers["eth_getTransactionCount"]
    for node in shared.nodes[1:]:
        node.answers["eth_getTransactionCount"] = lambda *params: (
            hex(shared.pool.nonce) if shared.pool.now > 30 else original(*params)
        )
    assert sender.send(CALL).status == 1
    assert shared.nonces == [7, 8]


def test_a_nonce_that_is_used_meanwhile_is_said_where_all_agree() -> None:
    shared = SharedPool(3)
    shared.pool.on_send = lambda pool, transaction: setattr(pool, "nonce", 8)
    shared.pool.mine = lambda pool: False
    with pytest.raises(NonceTaken, match="at nonce 7"):
        shared.sender().send(CALL)
    assert shared.nonces == [7]


def test_a_given_nonce_is_the_only_one_whatever_a_node_tells() -> None:
    shared = SharedPool(3)
    shared.tell_nonces(5, 0, 0)
    sender = shared.sender()
    with pytest.raises(NonceTaken, match="nonce 6 already"):
        sender.send(CALL, 6)
    with pytest.raises(TransactionUndone, match="before nonce 13"):
        sender.send(CALL, 13)
    assert sender.send(CALL, 7).status == 1
    assert shared.nonces == [7]


def test_where_no_node_tells_the_nonce_nothing_is_sent() -> None:
    shared = SharedPool(2)
    for node in shared.nodes:
        node.answers["eth_getTransactionCount"] = OUTAGE
    with pytest.raises(ChainUnavailable, match="cannot be reached"):
        shared.sender().send(CALL)
    assert shared.pool.sent == []
    assert {each.endpoint for each in shared.told.of(NodeLeft)} == {"a", "b"}


def test_where_one_node_does_not_tell_the_other_is_enough() -> None:
    shared = SharedPool(2)
    shared.nodes[0].answers["eth_getTransactionCount"] = OUTAGE
    assert shared.sender().send(CALL).status == 1
    assert [each.endpoint for each in shared.told.of(NodeLeft)] == ["a"]


def test_a_single_node_is_taken_at_its_word() -> None:
    pool = Pool(nonce=12)
    assert pool.sender().next_nonce() == 12
    pool.sender().send(CALL)
    assert [sent["nonce"] for sent in pool.sent] == [12]
    assert pool.node.count("eth_getTransactionCount") == 2


def test_a_nonce_below_what_a_node_tells_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    shared = SharedPool(3)
    shared.tell_nonces(5, 0, 0)
    with caplog.at_level(logging.WARNING):
        shared.sender().send(CALL)
    assert "different next nonces (7, 7, 12): sending at 7" in caplog.text
