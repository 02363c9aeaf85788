"""Telling how fast a chain makes blocks, and when it cannot be told."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import pytest

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.pace import block_interval, confirmation_seconds
from tests.support.fake_node import FakeNode, Refusal, chain_on

STEADY = [12] * 20


def node_of(intervals: Sequence[int], finalized: int | None = None) -> FakeNode:
    """A node whose blocks lie so many seconds apart; None: it does not know tags."""
    times = list(accumulate(intervals, initial=1000))

    def block(identifier: str, _: bool) -> Any:
        if identifier == "finalized" and finalized is None:
            return Refusal("unknown block")
        named = {"latest": len(times) - 1, "finalized": finalized}
        number = named[identifier] if identifier in named else int(identifier, 16)
        assert number is not None
        return {"number": hex(number), "hash": "0x" + "11" * 32, "timestamp": hex(times[number])}

    return FakeNode(eth_getBlockByNumber=block)


def chain_of(intervals: Sequence[int], finalized: int | None = None) -> Chain:
    return chain_on(node_of(intervals, finalized))


@pytest.mark.parametrize(
    ("intervals", "interval"),
    [
        (STEADY, 12),
        ([12, 12, 24, 12, 36, 12, 12, 12] * 2, 12),  # slots were missed
        ([2] * 8, 2),
        ([1000] * 9 + STEADY, 12),  # only the newest count
        ([0] * 16, 0),  # several blocks a second
    ],
)
def test_the_interval_is_the_median_of_the_newest(
    intervals: Sequence[int], interval: float
) -> None:
    assert block_interval(chain_of(intervals)) == interval


@pytest.mark.parametrize(
    "intervals",
    [
        [],
        [12] * 7,  # too few
        [0, 600, 1, 3600, 0, 5, 90, 0, 1, 7200, 2, 60, 0, 900, 1, 30],  # for transactions only
    ],
)
def test_where_there_is_no_pace_nothing_is_told(intervals: Sequence[int]) -> None:
    chain = chain_of(intervals)
    assert block_interval(chain) is None
    assert confirmation_seconds(chain, 3) is None


def test_at_most_17_blocks_are_read() -> None:
    node = node_of(STEADY * 5)
    block_interval(chain_on(node))
    assert node.count("eth_getBlockByNumber") == 17


@pytest.mark.parametrize(
    ("confirmations", "finalized", "seconds"),
    [(0, None, 0), (3, None, 36), ("finalized", 8, 144), ("finalized", None, None)],
)
def test_the_time_that_confirmations_take(
    confirmations: int | BlockTag, finalized: int | None, seconds: float | None
) -> None:
    assert confirmation_seconds(chain_of(STEADY, finalized), confirmations) == seconds
