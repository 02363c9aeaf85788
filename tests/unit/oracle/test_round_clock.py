"""The time that rounds go by."""

from fedjury.chain.rpc.block import BlockStamp
from fedjury.oracle.round_clock import RoundClock
from tests.support.fake_federation import FakeChain, as_chain

OLD = BlockStamp(1, b"\1" * 32, 900)  # deeper than the newest, which is of second 1000


def _now(confirmations: int, machine: float) -> float:
    return RoundClock(as_chain(FakeChain()), confirmations, lambda: machine).now(OLD)


def test_of_this_machines_clock_and_the_block_that_is_read_the_later_counts() -> None:
    assert _now(0, 899.5) == 900
    assert _now(0, 900.5) == 900.5


def test_with_confirmations_the_newest_blocks_time_counts() -> None:
    assert _now(3, 899.5) == 1000
    assert _now(3, 1000.5) == 1000.5
