"""Whether a chain stands still, by its own pace."""

import pytest

from fedjury.task.vitals.chain_watch import LEAST_SECONDS, PACE_SECONDS, ChainWatch
from tests.support.paced_chain import PacedChain
from tests.unit.runtime.http.test_limits import Clock


class Bench:
    """A chain, two clocks that agree, and a watch of it."""

    def __init__(self, times: list[int]) -> None:
        self.chain, self.clock = PacedChain(times), Clock()
        self.clock.now = self.offset = float(times[-1])
        self.watch = ChainWatch(self.chain.as_chain, lambda: self.offset, lambda: self.clock.now)
        self.see()

    def see(self) -> None:
        """Show the watch the newest block."""
        self.watch.see(self.chain.block())

    def wait(self, seconds: float) -> None:
        """Let both clocks go on."""
        self.clock.now += seconds
        self.offset += seconds


@pytest.mark.parametrize(("every", "bound"), [(12, 120), (2, 60), (30, 300)])
def test_the_bound_follows_from_the_pace(every: int, bound: int) -> None:
    assert Bench([1000 + every * block for block in range(20)]).watch.bound == bound


def test_a_chain_that_stands_still_is_trouble_until_it_goes_on() -> None:
    bench = Bench([1000 + 12 * block for block in range(20)])
    bench.wait(120)
    bench.see()
    assert bench.watch.trouble == ""
    bench.wait(1)
    bench.see()
    assert bench.watch.trouble == (
        "the chain stands still, or the node does: for 121 s there was no block after 19"
    )
    bench.chain.times.append(int(bench.offset))
    bench.see()
    assert bench.watch.trouble == ""


def test_a_node_that_is_behind_is_trouble_though_it_goes_on() -> None:
    bench = Bench([1000 + 12 * block for block in range(20)])
    bench.wait(12)
    bench.offset += 3600
    bench.chain.times.append(1000 + 12 * 20)
    bench.see()
    assert bench.watch.trouble == (
        "the node's newest block, 20, is 3600 s old by this machine's clock: the node is behind, "
        "or the clock is wrong"
    )


def test_a_clock_that_is_late_hides_no_standstill() -> None:
    bench = Bench([1000 + 12 * block for block in range(20)])
    bench.offset -= 3600
    bench.wait(121)
    bench.see()
    assert "the chain stands still" in bench.watch.trouble


@pytest.mark.parametrize(
    "times",
    [
        pytest.param([1000] * 20, id="several blocks a second"),
        pytest.param([1000 + 3**block for block in range(12)], id="ever more seldom"),
        pytest.param([1000 + block for block in range(5)], id="hardly any blocks"),
        pytest.param(
            [block * 3600 for block in range(30)] + [29 * 3600 + block for block in range(1, 17)],
            id="many blocks after a rest",
        ),
    ],
)
def test_a_chain_that_makes_blocks_for_transactions_never_stands_still(times: list[int]) -> None:
    bench = Bench(times)
    bench.wait(100 * LEAST_SECONDS)
    bench.see()
    assert bench.watch.bound is None
    assert bench.watch.trouble == ""


def test_the_pace_is_measured_seldom_and_only_with_news() -> None:
    bench = Bench([1000 + 12 * block for block in range(20)])
    bench.chain.asked = 0
    bench.wait(PACE_SECONDS)
    bench.see()
    assert bench.chain.asked == 1
    bench.chain.times.append(int(bench.offset))
    bench.see()
    assert bench.chain.asked > 10
