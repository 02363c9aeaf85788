"""A chain that makes blocks only for transactions, and one that is merely quiet."""

from fedjury.chain.rpc.block import BlockStamp
from fedjury.oracle.idle_chain import IdleChain


class Watched:
    """A chain that is looked at, and a clock."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.chain = IdleChain(60, lambda: self.now)

    def see(self, number: int, after: float) -> bool:
        """Look at a block some seconds later; whether the chain is idle then."""
        self.now += after
        self.chain.see(BlockStamp(number, number.to_bytes(32, "big"), 0))
        return self.chain.is_idle


def test_the_same_block_for_a_minute_is_an_idle_chain() -> None:
    watched = Watched()
    found = [watched.see(5, after) for after in (0, 30, 29.5, 0.5, 30)]
    assert found == [False, False, False, True, True]
    assert watched.chain.seconds == 90


def test_every_new_block_starts_the_minute_anew() -> None:
    watched = Watched()
    assert not any(watched.see(number, 59) for number in range(10))
    assert watched.see(9, 60)
    assert not watched.see(10, 0)


def test_a_chain_that_was_reorganized_is_not_idle() -> None:
    watched = Watched()
    watched.see(5, 0)
    assert not watched.see(4, 61)


def test_the_chains_own_time_does_not_matter() -> None:
    # a development chain's blocks may lie hours back when it is first looked at
    assert not Watched().see(5, 0)
