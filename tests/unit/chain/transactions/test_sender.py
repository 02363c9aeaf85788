import logging
from itertools import pairwise
from typing import Any

import pytest

from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.fees import GWEI
from fedjury.errors import (
    ChainUnavailable,
    FeeTooHigh,
    NonceTaken,
    NotMined,
    RevertedUnexplained,
    TransactionReverted,
    TransactionUndone,
    TransientError,
)
from tests.support.fake_node import Refusal
from tests.support.fake_pool import ACCOUNT, CALL, OUTAGE, REVERT, TO, Pool

UNDERPRICED = Refusal("replacement transaction underpriced")


def raised_enough(caps: list[int]) -> bool:
    return all(later * 1000 >= earlier * 1125 for earlier, later in pairwise(caps))


def test_a_call_is_simulated_sent_and_mined() -> None:
    pool = Pool()
    receipt = pool.sender().send(CALL)
    assert (receipt.block_number, receipt.gas_used, receipt.status) == (16, 45_000, 1)
    (sent,) = pool.sent
    assert "0x" + receipt.transaction_hash.hex() == sent["hash"]
    assert (sent["nonce"], sent["chainId"], sent["gas"]) == (7, 1337, 50_000 + 12_500 + 25_000)
    assert "0x" + bytes(sent["to"]).hex() == TO.lower()
    assert (sent["maxFeePerGas"], sent["maxPriorityFeePerGas"]) == (21 * GWEI, GWEI)
    assert pool.now == 0


def test_a_contract_creation_has_no_recipient() -> None:
    pool = Pool()
    pool.sender().send(ContractCall("create", None, b"\x60"))
    assert not pool.sent[0]["to"]


def test_no_server_side_filters() -> None:
    pool = Pool()
    pool.sender().send(CALL)
    assert not any("ilter" in method for method, _ in pool.node.asked)


def test_a_refusal_in_simulation_sends_nothing() -> None:
    pool = Pool(call=lambda *_: REVERT)
    with pytest.raises(TransactionReverted, match="of an update, a batch, a model"):
        pool.sender().send(CALL)
    assert pool.sent == []


def test_a_call_that_only_the_next_block_admits_is_sent() -> None:
    pool = Pool(call=lambda _, block: REVERT if block == "latest" else "0x")
    assert pool.sender().send(CALL).status == 1
    estimates = [params for method, params in pool.node.asked if method == "eth_estimateGas"]
    assert estimates[0][1] == "pending"


def test_anothers_pending_transaction_does_not_hold_ours_up() -> None:
    pool = Pool(call=lambda _, block: REVERT if block == "pending" else "0x")
    assert pool.sender().send(CALL).status == 1


def test_a_stuck_transaction_is_replaced_at_its_nonce() -> None:
    pool = Pool(mine=lambda pool: pool.now > 200)
    receipt = pool.sender(stuck_after=60).send(CALL)
    assert {sent["nonce"] for sent in pool.sent} == {7}
    assert len(pool.sent) == 4
    assert raised_enough(pool.caps)
    assert raised_enough([sent["maxPriorityFeePerGas"] for sent in pool.sent])
    assert "0x" + receipt.transaction_hash.hex() == pool.sent[-1]["hash"]


def test_a_replacement_follows_a_market_that_ran_away() -> None:
    pool = Pool(mine=lambda pool: len(pool.sent) > 1)
    pool.call = lambda pool, _: "0x"
    sender = pool.sender(stuck_after=60)
    pool.on_send = lambda pool, _: setattr(pool, "base_fee", 500 * GWEI)
    sender.send(CALL)
    assert pool.caps == [21 * GWEI, 1001 * GWEI]


def test_the_first_attempt_may_still_be_the_one_mined() -> None:
    pool = Pool(mine=lambda pool: False)

    def late(pool: Pool, _: dict[str, Any]) -> None:
        if pool.sent:
            pool.take(pool.sent[0]["hash"])

    pool.on_send = late
    receipt = pool.sender(stuck_after=60).send(CALL)
    assert "0x" + receipt.transaction_hash.hex() == pool.sent[0]["hash"]


def test_after_a_restart_an_own_pending_transaction_is_outbid() -> None:
    refused: list[int] = []

    def outbid(_: Pool, transaction: dict[str, Any]) -> Refusal | None:
        if transaction["maxFeePerGas"] < 90 * GWEI:
            refused.append(transaction["maxFeePerGas"])
            return UNDERPRICED
        return None

    pool = Pool(on_send=outbid)
    pool.sender().send(CALL)
    assert raised_enough([*refused, *pool.caps])
    assert pool.sent[0]["nonce"] == 7
    assert pool.now == 0


def test_underpriced_is_not_retried_for_ever() -> None:
    pool = Pool(on_send=lambda *_: UNDERPRICED)
    with pytest.raises(FeeTooHigh, match="cannot be replaced"):
        pool.sender().send(CALL)
    assert pool.node.count("eth_sendRawTransaction") < 20


def test_outbidding_stops_at_the_fee_cap() -> None:
    offers: list[int] = []

    def refuse(_: Pool, transaction: dict[str, Any]) -> Refusal:
        offers.append(transaction["maxFeePerGas"])
        return UNDERPRICED

    with pytest.raises(FeeTooHigh, match="more than the cap of 30 gwei"):
        Pool(on_send=refuse).sender(max_fee_gwei=30).send(CALL)
    assert max(offers) == 30 * GWEI


def test_a_fee_above_the_cap_sends_nothing_and_passes() -> None:
    pool = Pool(base_fee=60 * GWEI)
    with pytest.raises(FeeTooHigh, match="61 gwei per gas, more than the cap of 50 gwei") as caught:
        pool.sender(max_fee_gwei=50).send(CALL)
    assert isinstance(caught.value, TransientError)
    assert pool.sent == []


def test_the_room_for_a_rising_base_fee_is_cut_to_the_cap() -> None:
    pool = Pool()
    pool.sender(max_fee_gwei=15).send(CALL)
    assert pool.caps == [15 * GWEI]


def test_stuck_at_the_fee_cap_waits_and_hands_in_again() -> None:
    pool = Pool(mine=lambda pool: pool.now > 150)
    pool.sender(max_fee_gwei=21, stuck_after=60).send(CALL)
    assert set(pool.caps) == {21 * GWEI}
    assert len({sent["hash"] for sent in pool.sent}) == 1
    assert len(pool.sent) == 3


@pytest.mark.parametrize(
    "words", ["already known", "known transaction: 0x12", "AlreadyKnown", "already imported"]
)
def test_already_known_keeps_waiting(words: str) -> None:
    def known(pool: Pool, transaction: dict[str, Any]) -> Refusal:
        pool.take(transaction["hash"])
        return Refusal(words)

    assert Pool(on_send=known).sender().send(CALL).status == 1


@pytest.mark.parametrize(
    "words",
    [
        "nonce too low",
        "nonce too low: next nonce 8, tx nonce 7",
        "the tx doesn't have the correct nonce. account has nonce of: 8 tx has nonce of: 7",
        "OldNonce",
    ],
)
def test_nonce_too_low_with_our_own_mined(words: str) -> None:
    def mined_before(pool: Pool, transaction: dict[str, Any]) -> Refusal:
        pool.take(transaction["hash"])
        return Refusal(words)

    assert Pool(on_send=mined_before).sender().send(CALL).status == 1


def test_nonce_too_low_with_another_mined() -> None:
    pool = Pool(on_send=lambda *_: Refusal("nonce too low"))
    with pytest.raises(NonceTaken, match=f"{ACCOUNT.address} was mined at nonce 7") as caught:
        pool.sender().send(CALL)
    assert isinstance(caught.value, TransientError)
    assert pool.now < 10


def test_another_mined_at_our_nonce_while_waiting() -> None:
    pool = Pool(mine=lambda pool: False)
    pool.on_send = lambda pool, _: setattr(pool, "nonce", 8)
    with pytest.raises(NonceTaken):
        pool.sender().send(CALL)


def test_a_node_whose_receipts_lag_behind_its_nonces() -> None:
    pool = Pool(mine=lambda pool: False)
    pool.on_send = lambda pool, _: setattr(pool, "nonce", 8)
    looks: list[str] = []

    def receipt(hash: str) -> Any:
        looks.append(hash)
        if len(looks) == 3:
            pool.take(hash)
        return pool.mined.get(hash)

    pool.node.answers["eth_getTransactionReceipt"] = receipt
    assert pool.sender().send(CALL).status == 1


def test_a_receipt_ahead_of_the_nodes_head_is_waited_for() -> None:
    pool = Pool(head=15)
    sender = pool.sender(poll_interval=1)
    advance = pool.node.answers["eth_getTransactionReceipt"]

    def receipt(hash: str) -> Any:
        pool.head += pool.now > 2
        return advance(hash)

    pool.node.answers["eth_getTransactionReceipt"] = receipt
    assert sender.send(CALL).block_number == 16
    assert 2 < pool.now < 4


def test_mined_but_reverted_tells_why() -> None:
    pool = Pool(status=0, call=lambda pool, _: REVERT if pool.mined else "0x")
    with pytest.raises(TransactionReverted, match="of an update, a batch, a model"):
        pool.sender().send(CALL)
    calls = [params[1] for method, params in pool.node.asked if method == "eth_call"]
    assert calls[-1] == "0x10"


def test_mined_but_reverted_for_a_reason_that_no_longer_shows() -> None:
    with pytest.raises(RevertedUnexplained, match="reverted when mined in block 16"):
        Pool(status=0).sender().send(CALL)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Refusal("missing trie node"), "for a reason that no longer shows"),
        (Refusal("execution reverted"), "execution reverted"),
    ],
)
def test_mined_but_reverted_at_a_node_that_does_not_say_why(answer: Refusal, words: str) -> None:
    pool = Pool(status=0, call=lambda pool, _: answer if pool.mined else "0x")
    with pytest.raises(RevertedUnexplained, match=words):
        pool.sender().send(CALL)


def test_an_outage_while_waiting_is_sat_out() -> None:
    pool = Pool(
        down=lambda pool: bool(pool.sent) and pool.now < 90, mine=lambda pool: pool.now > 90
    )
    assert pool.sender(stuck_after=1000).send(CALL).status == 1
    assert len(pool.sent) == 1
    assert len(pool.node.asked) < 30


def test_an_outage_until_the_deadline() -> None:
    pool = Pool(down=lambda pool: bool(pool.sent))
    with pytest.raises(NotMined, match="not mined in 300 s") as caught:
        pool.sender(receipt_timeout=300).send(CALL)
    assert isinstance(caught.value, ChainUnavailable)
    assert pool.now == 300


def test_never_mined() -> None:
    pool = Pool(mine=lambda pool: False)
    with pytest.raises(NotMined):
        pool.sender(receipt_timeout=300, stuck_after=100).send(CALL)
    assert pool.now == 300
    assert len(pool.sent) == 3


def test_an_outage_before_anything_was_sent() -> None:
    pool = Pool()
    sender = pool.sender()
    pool.down = lambda pool: True
    with pytest.raises(ChainUnavailable):
        sender.send(CALL)
    assert pool.now == 0


def test_a_transaction_whose_arrival_is_unknown_is_handed_in_again() -> None:
    tries: list[str] = []

    def lost(pool: Pool, transaction: dict[str, Any]) -> Exception | None:
        tries.append(transaction["hash"])
        if len(tries) == 1:
            raise OUTAGE
        return None

    pool = Pool(on_send=lost)
    pool.sender().send(CALL)
    assert tries == [tries[0]] * 2
    assert pool.now < 60


@pytest.mark.parametrize(
    "receipt",
    [
        [],
        "0x",
        {"blockNumber": "0x1"},
        {"blockNumber": "0x1", "transactionHash": "0x" + "99" * 32},
    ],
)
def test_a_garbage_receipt_is_no_crash(receipt: object) -> None:
    pool = Pool()
    pool.node.answers["eth_getTransactionReceipt"] = receipt
    with pytest.raises(NotMined, match="garbage"):
        pool.sender(receipt_timeout=30).send(CALL)


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pool = Pool(mine=lambda pool: pool.now > 200, down=lambda pool: 20 < pool.now < 40)
    sender = pool.sender()
    sender.send(CALL)
    assert "replaced submitUpdate at nonce 7" in caplog.text
    for secret in (ACCOUNT.key.hex(), "secret-key"):
        assert secret not in caplog.text + repr(sender)


def test_a_nonce_that_is_the_next_one_is_the_only_one_used() -> None:
    pool = Pool(mine=lambda pool: pool.now > 100)
    pool.sender(stuck_after=60).send(CALL, nonce=7)
    assert {sent["nonce"] for sent in pool.sent} == {7}


def test_a_nonce_that_is_used_sends_nothing() -> None:
    pool = Pool()
    with pytest.raises(NonceTaken, match="mined at nonce 6 already"):
        pool.sender().send(CALL, nonce=6)
    assert pool.sent == []


def test_a_nonce_beyond_the_next_one_sends_nothing() -> None:
    pool = Pool()
    with pytest.raises(TransactionUndone, match=r"the next nonce of 0x\w+ is 7"):
        pool.sender().send(CALL, nonce=8)
    assert pool.sent == []
