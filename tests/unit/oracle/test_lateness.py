"""Whether a closed round's time for a report is running out."""

from pathlib import Path

import pytest

from fedjury.oracle.lateness import ReportLateness
from fedjury.task.vitals.sentry import Sight
from tests.support.fake_federation import JUROR, STRANGER, FakeFederation


class Bench:
    """A round that closed at once, and whoever looks at how late it is."""

    def __init__(self, federation: FakeFederation) -> None:
        self.federation, self.now = federation, 0.0
        self.lateness = ReportLateness(federation.task.config, lambda: self.now)

    def look(self, address: str = JUROR.address) -> str:
        """What is found for an account's owner."""
        task = self.federation.task
        stamp = task.chain.block()
        return self.lateness.look(Sight(stamp, task.contract.overview(address, at=stamp)))

    def half(self) -> int:
        """When half of the grace is over."""
        return 1000 + self.federation.task.config.grace_seconds // 2


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A federation in which nobody has submitted yet."""
    return Bench(FakeFederation(tmp_path))


def close(bench: Bench) -> None:
    """Have everybody submit, which closes the round."""
    bench.federation.submit_three()


def test_a_report_is_late_from_half_of_the_grace_on(bench: Bench) -> None:
    close(bench)
    bench.now = bench.half() - 1
    assert bench.look() == ""
    bench.now = bench.half()
    assert bench.look().startswith("round 1 closed at 1970-01-01")
    assert bench.look().endswith("on the coordinator may void it")


def test_the_newest_blocks_time_counts_where_it_is_later(bench: Bench) -> None:
    close(bench)
    bench.federation.chain.timestamp = bench.half()
    assert "has no report yet" in bench.look()


def test_it_is_over_with_the_round(bench: Bench) -> None:
    close(bench)
    bench.now = bench.half()
    assert bench.look()
    bench.federation.contract.void()
    bench.now = 1000
    assert bench.look() == ""


def test_a_round_that_lacks_updates_is_not_late(bench: Bench) -> None:
    bench.now = 10**9
    assert bench.look() == ""


def test_who_is_not_in_the_jury_is_not_late(bench: Bench) -> None:
    close(bench)
    bench.now = bench.half()
    assert bench.look(STRANGER.address) == ""


def test_what_is_left_of_the_grace_is_a_share_of_it(bench: Bench) -> None:
    def left() -> float | None:
        bench.look()
        return bench.lateness.left

    assert left() is None
    close(bench)
    bench.now = 1000
    assert left() == 1
    bench.now = bench.half()
    assert left() == pytest.approx(0.5)
    bench.now += bench.federation.task.config.grace_seconds
    assert left() == 0
    bench.federation.contract.void()
    assert left() is None
