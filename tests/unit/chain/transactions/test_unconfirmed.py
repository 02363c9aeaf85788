"""Remembering an own transaction until the block that is read is as new as it."""

from typing import Any

import pytest

from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from tests.support.fake_node import FakeNode, chain_on

HASH = b"\5" * 32
BLOCK, ROUND = 16, 4


def stamp(number: int) -> BlockStamp:
    return BlockStamp(number, number.to_bytes(32, "big"), 1000)


def raw_receipt(block: int = BLOCK, status: int = 1) -> dict[str, Any]:
    return {
        "transactionHash": "0x" + HASH.hex(),
        "blockNumber": hex(block),
        "gasUsed": "0x1",
        "status": hex(status),
        "logs": [],
    }


class Bench:
    """A transaction that was mined, and the node that tells of it."""

    def __init__(self, confirmations: int | BlockTag) -> None:
        self.node = FakeNode(eth_getTransactionReceipt=raw_receipt())
        self.unconfirmed = Unconfirmed(chain_on(self.node), confirmations)
        self.unconfirmed.remember(ROUND, Receipt(HASH, BLOCK, 1, 1))

    def block(self, read: int, round_number: int = ROUND) -> int | None:
        return self.unconfirmed.block_of(round_number, stamp(read))

    def looks(self) -> int:
        return self.node.count("eth_getTransactionReceipt")


def test_it_is_known_as_long_as_the_block_that_is_read_is_older() -> None:
    bench = Bench(3)
    assert [bench.block(read) for read in (13, 14, 15, 16)] == [BLOCK] * 3 + [None]


def test_each_look_costs_one_request() -> None:
    bench = Bench(3)
    assert [bench.block(13), bench.block(13)] == [BLOCK] * 2
    assert bench.looks() == 2


@pytest.mark.parametrize("answer", [None, raw_receipt(status=0), {"blockNumber": None}])
def test_what_a_reorganization_undoes_is_forgotten_for_good(answer: object) -> None:
    bench = Bench("finalized")
    assert bench.block(2) == BLOCK
    bench.node.answers["eth_getTransactionReceipt"] = answer
    assert bench.block(2) is None
    bench.node.answers["eth_getTransactionReceipt"] = raw_receipt()
    assert bench.block(2) is None


def test_what_a_reorganization_moves_is_waited_for_where_it_is_now() -> None:
    bench = Bench(3)
    bench.node.answers["eth_getTransactionReceipt"] = raw_receipt(BLOCK + 5)
    assert [bench.block(13), bench.block(BLOCK), bench.block(BLOCK + 5)] == [21, 21, None]


def test_of_another_round_nothing_is_known() -> None:
    bench = Bench(3)
    assert bench.block(13, ROUND + 1) is None
    assert bench.looks() == 0


@pytest.mark.parametrize(
    ("confirmations", "words"),
    [
        (0, "the node to catch up"),
        (1, "1 confirmation"),
        (12, "12 confirmations"),
        ("safe", "its block to be safe"),
    ],
)
def test_what_it_waits_for(confirmations: int | BlockTag, words: str) -> None:
    assert Bench(confirmations).unconfirmed.words() == words
