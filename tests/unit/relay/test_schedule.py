"""A relay's margin, held against the chain's pace."""

import pytest

from fedjury.relay.schedule import Schedule, choose_schedule, why_short


@pytest.mark.parametrize(
    ("batch_seconds", "transaction", "margin"),
    [
        (400, 0.0, 100),
        (400, 36.0, 100),
        (3600, 36.0, 120),
        (100, 36.0, 36),
        (100, 35.1, 36),
        (3600, 180.0, 180),
        (40, 36.0, 20),  # half of the time is left for taking in updates
    ],
)
def test_a_margin_that_nobody_says_lets_a_transaction_be_mined(
    batch_seconds: int, transaction: float, margin: int
) -> None:
    assert choose_schedule(batch_seconds, None, None, transaction) == Schedule(None, margin)


def test_a_margin_that_is_said_is_kept() -> None:
    assert choose_schedule(100, None, 10, 36.0).margin == 10


def test_a_margin_that_is_too_short_for_the_chain_is_told() -> None:
    assert why_short(Schedule(None, 36), 72, 36.0) == ""
    assert why_short(Schedule(None, 35), 72, 36.0) == (
        "--margin 35 is short: a batch may take 36 s to get into a block of this chain, and one "
        "that comes too late is not posted"
    )


def test_a_time_for_batches_that_is_too_short_for_the_chain_is_told() -> None:
    reason = why_short(choose_schedule(40, None, None, 36.0), 40, 36.0)
    assert "takes batches for 40 s" in reason
    assert "--batch-seconds of at least 72" in reason


def test_nothing_is_told_where_blocks_keep_no_pace() -> None:
    assert why_short(Schedule(None, 1), 2, 0.0) == ""
