"""Reading logs from nodes whose limits differ, and so do their ways of saying so."""

from itertools import pairwise
from typing import Any

import pytest
import requests

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Care, read_logs
from fedjury.chain.rpc.range_size import RANGE_BLOCKS
from fedjury.errors import ChainUnavailable, NodeError
from fedjury.runtime.patience import Patience
from tests.support.fake_node import FakeNode, Refusal, chain_on
from tests.support.limited_node import (
    ADDRESS,
    TOPIC,
    Answer,
    LimitedNode,
    by_blocks,
    by_results,
    http_error,
    log,
    too_many,
)

SPREAD = dict.fromkeys(range(0, 6000, 7), 1)
CROWDED = {**dict.fromkeys(range(1_000, 1_010), 40), 5_500: 3}


def read(chain: Chain, to_block: int = 5_999, care: Care = Care.USUAL) -> list[tuple[int, int]]:
    found = read_logs(chain, ADDRESS, [[TOPIC]], 0, to_block, care)
    return [(each.block_number, each.log_index) for each in found]


def test_ranges_of_2000_blocks() -> None:
    node = LimitedNode(SPREAD)
    assert read(node.chain(), 4_500) == [place for place in node.whole if place[0] <= 4_500]
    assert node.asked == [(0, 1_999), (2_000, 3_999), (4_000, 4_500)]


REFUSALS: list[Exception] = [
    too_many(),
    Refusal("query returned more than 10000 results", -32005),
    Refusal("Log response size exceeded. You can make queries up to a 2K block range", -32602),
    Refusal("block range is too wide", -32000),
    Refusal("internal error", -32603),
    Refusal("la requête est trop grande", 7),
    Refusal("execution reverted: out of gas", 3),
    Refusal("", 0),
    http_error(400),
    http_error(413, b"<html>"),
    http_error(500),
    http_error(502),
    http_error(503),
    http_error(504),
    http_error(400, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no"}}'),
    http_error(500, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no"}}'),
    requests.ReadTimeout(),
    requests.ConnectionError(),
    requests.exceptions.ChunkedEncodingError(),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
@pytest.mark.parametrize("most", [1, 3, 500])
def test_whatever_a_node_says_to_too_many_blocks_it_is_asked_for_fewer(
    refusal: Exception, most: int
) -> None:
    node = LimitedNode(dict.fromkeys(range(0, 700, 7), 1), by_blocks(most, refusal))
    assert read(node.chain(), 699) == node.whole
    served = [(start, end) for start, end in node.asked if end - start < most]
    assert served[0][0] == 0
    assert served[-1][1] == 699
    assert all(a[1] + 1 == b[0] for a, b in pairwise(served))


@pytest.mark.parametrize("refusal", [too_many(), http_error(413), requests.ReadTimeout()], ids=repr)
def test_whatever_a_node_says_to_too_many_results_it_is_asked_for_fewer(
    refusal: Exception,
) -> None:
    node = LimitedNode(CROWDED, by_results(100, refusal))
    assert read(node.chain()) == node.whole


def test_null_and_garbage_in_place_of_logs_are_no_empty_range() -> None:
    def limit(blocks: int, _: Answer) -> Any:
        return {"logs": []} if blocks > 100 else None

    node = LimitedNode(SPREAD, limit)
    assert read(node.chain()) == node.whole
    with pytest.raises(ChainUnavailable, match="garbage for logs"):
        read(chain_on(FakeNode(eth_getLogs=None)))


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal("query returned more than 10000 results", -32005), "more than 10000"),
        (Refusal("history has been pruned for this block", 4444), "pruned"),
        (http_error(500), "HTTP 500"),
        (requests.ReadTimeout(), "in time"),
    ],
    ids=repr,
)
def test_what_is_refused_for_one_block_is_unavailable(refusal: Exception, words: str) -> None:
    node = LimitedNode({}, by_blocks(0, refusal))
    with pytest.raises(ChainUnavailable, match=words):
        read(node.chain())
    assert len(node.asked) == 11  # 2000 blocks halved to one


@pytest.mark.parametrize(
    "error", [http_error(502), requests.ConnectionError(), OSError()], ids=repr
)
def test_a_node_that_is_down_is_not_asked_for_less(error: Exception) -> None:
    node = LimitedNode({}, by_blocks(0, error))
    chain = node.chain()
    node.alive = False
    with pytest.raises(ChainUnavailable):
        read(chain)
    assert len(node.asked) == 1


def test_a_fixed_limit_costs_few_refused_requests() -> None:
    node = LimitedNode({}, by_blocks(700, too_many()))
    read(node.chain(), 100_000)
    served = len(node.asked) - node.refused
    assert served < 100_000 / 500 + 20
    assert node.refused < 12


def test_the_next_reading_begins_with_the_range_that_the_node_serves() -> None:
    node = LimitedNode({}, by_blocks(50, too_many()))
    chain = node.chain()
    read(chain, 1_999)
    asked, refused = len(node.asked), node.refused
    read(chain, 30)  # a single request, which says nothing of larger ones
    read(chain, 1_999)
    assert node.asked[asked] == (0, 30)
    assert node.refused - refused < 5
    assert len(node.asked) - asked <= asked


def test_after_crowded_blocks_the_ranges_grow_again() -> None:
    node = LimitedNode(dict.fromkeys(range(3000, 3020), 100), by_results(100, too_many()))
    assert read(node.chain(), 100_000) == node.whole
    assert node.asked[-2][1] - node.asked[-2][0] + 1 == RANGE_BLOCKS
    assert len(node.asked) < 200


class Clock:
    """Seconds that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def patience(self, seconds: float) -> Patience:
        return Patience(seconds, lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


RATE_LIMITS: list[Exception] = [
    http_error(429),
    http_error(429, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"rate"}}'),
    http_error(503, Retry_After="1"),
    *(Refusal("slow down", code) for code in (429, -32007, -32016, -32029, -32090, -32097)),
]


@pytest.mark.parametrize("refusal", RATE_LIMITS, ids=repr)
def test_a_rate_limit_is_waited_out_and_not_taken_for_a_large_range(refusal: Exception) -> None:
    refusals = [refusal] * 2
    clock = Clock()
    node = LimitedNode(SPREAD, lambda *_: refusals.pop() if refusals else None)
    assert read(node.chain(clock.patience(60))) == node.whole
    assert node.asked[:3] == [(0, 1_999)] * 3
    assert clock.now == 3  # 1 s, then 2 s


@pytest.mark.parametrize("refusal", RATE_LIMITS, ids=repr)
def test_without_patience_a_rate_limit_says_how_long_to_wait(refusal: Exception) -> None:
    node = LimitedNode(SPREAD, lambda *_: refusal)
    with pytest.raises(ChainUnavailable) as caught:
        read(node.chain())
    assert caught.value.retry_after == 1.0
    assert len(node.asked) == 1


def test_a_limit_that_may_be_either_is_halved_first_and_waited_out_at_one_block() -> None:
    clock = Clock()
    node = LimitedNode({0: 1}, lambda *_: too_many() if clock.now < 5 else None)
    assert read(node.chain(clock.patience(60)), 1_999) == [(0, 0)]
    widths = [end - start + 1 for start, end in node.asked[:11]]
    assert widths == [2000, 1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]
    assert clock.now == 7


def test_a_rate_limit_beyond_the_patience_is_an_error() -> None:
    clock = Clock()
    node = LimitedNode({}, lambda *_: Refusal("slow down", -32029))
    with pytest.raises(NodeError, match="slow down"):
        read(node.chain(clock.patience(10)))
    assert clock.now <= 10


# --- nodes that cut short without a word ---


def first(most: int) -> Any:
    return lambda _, found: found[:most]


def last(most: int) -> Any:
    return lambda _, found: found[-most:]


def nothing_beyond(most: int) -> Any:
    return lambda _, found: found if len(found) <= most else []


@pytest.mark.parametrize("logs", [SPREAD, CROWDED, {0: 2, 5_999: 2}, {2_500: 40}])
@pytest.mark.parametrize("cap", [first, last])
@pytest.mark.parametrize("most", [40, 41, 100])
def test_halving_finds_what_a_node_cuts_off(logs: dict[int, int], cap: Any, most: int) -> None:
    node = LimitedNode(logs, cap(most))
    assert read(node.chain(), care=Care.HALVING) == node.whole


def test_halving_costs_little_where_nothing_is_cut_off() -> None:
    node = LimitedNode(SPREAD)
    assert read(node.chain(), care=Care.HALVING) == node.whole
    assert len(node.asked) == 3 * 3


@pytest.mark.parametrize("cap", [first, last, nothing_beyond])
def test_the_finest_reading_finds_what_a_node_leaves_out_of_larger_ranges(cap: Any) -> None:
    node = LimitedNode(CROWDED, cap(40))
    assert read(node.chain(), 4_999, care=Care.FINEST) == node.whole[:400]
    assert len(node.asked) == 5_000


def test_the_finest_reading_of_a_long_history_ends() -> None:
    node = LimitedNode({})
    read(node.chain(), 1_000_000, care=Care.FINEST)
    assert len(node.asked) <= 5_000


# --- logs in odd shapes ---


def test_a_log_that_a_reorganization_took_back_is_left_out() -> None:
    node = FakeNode(eth_getLogs=[log(1, removed=True), log(2, removed=False), log(3)])
    assert read(chain_on(node), 10) == [(2, 0), (3, 0)]


@pytest.mark.parametrize(
    "odd", [log(11), log(1, address="0x" + "99" * 20)], ids=["beyond the range", "of another"]
)
def test_a_log_that_was_not_asked_for_is_an_error(odd: dict[str, Any]) -> None:
    node = FakeNode(eth_getLogs=[odd])
    with pytest.raises(ChainUnavailable, match="not asked for"):
        read(chain_on(node), 10)
    assert node.count("eth_getLogs") == 1
