"""Times that fit into each other, and those that do not."""

import pytest

from fedjury.chain.rpc.block import BlockTag
from fedjury.task.timing import (
    batch_misfit,
    choose_confirmations,
    lone_misfit,
    misfit,
    transaction_seconds,
)
from tests.support.example_deployment import deployment
from tests.unit.chain.rpc.test_pace import STEADY, chain_of


@pytest.mark.parametrize(("confirmations", "seconds"), [(0, 1), (4, 60), ("finalized", 1000)])
def test_what_fits(confirmations: int | BlockTag, seconds: int) -> None:
    assert misfit(chain_of(STEADY, finalized=4), confirmations, seconds) == ""


@pytest.mark.parametrize(
    ("confirmations", "figures"),
    [
        (5, ["(5)", "about 60 s", "only 60 s"]),
        ("finalized", ["(finalized)", "about 192 s", "only 60 s"]),
    ],
)
def test_confirmations_that_take_longer_than_files_may(
    confirmations: int | BlockTag, figures: list[str]
) -> None:
    reason = misfit(chain_of(STEADY, finalized=4), confirmations, 60)
    assert all(figure in reason for figure in figures)
    assert "--availability-seconds" in reason
    assert "--confirmations" in reason


def test_a_chain_without_pace_is_given_the_benefit_of_the_doubt() -> None:
    assert misfit(chain_of([]), 500, 60) == ""


@pytest.mark.parametrize(("confirmations", "seconds"), [(0, 36), (2, 60), ("finalized", 192 + 36)])
def test_lone_submitters_have_time_for_confirmations_and_three_blocks(
    confirmations: int | BlockTag, seconds: int
) -> None:
    chain = chain_of(STEADY, finalized=4)
    assert lone_misfit(chain, confirmations, seconds) == ""
    reason = lone_misfit(chain, confirmations, seconds - 1)
    assert f"a round has {seconds - 1} s left" in reason
    assert f"after about {seconds - 36} s, for confirmations ({confirmations})" in reason
    assert "its own transaction takes up to 36 s more" in reason
    assert all(option in reason for option in ("--batch-seconds", "--round-seconds"))


def test_a_chain_without_pace_leaves_lone_submitters_the_benefit_of_the_doubt() -> None:
    assert lone_misfit(chain_of([]), 500, 1) == ""


def test_a_transaction_may_take_three_blocks() -> None:
    assert transaction_seconds(chain_of(STEADY)) == 36
    assert transaction_seconds(chain_of([])) is None


def test_a_time_for_batches_has_room_for_six_blocks() -> None:
    assert batch_misfit(chain_of(STEADY), 72) == ""
    reason = batch_misfit(chain_of(STEADY), 71)
    assert "batches for 71 s" in reason
    assert "up to 36 s" in reason
    assert "--batch-seconds of at least 72" in reason


def test_a_chain_without_pace_leaves_batches_the_benefit_of_the_doubt() -> None:
    assert batch_misfit(chain_of([]), 1) == ""


def test_what_is_given_wins_over_the_deployment_and_that_over_the_defaults() -> None:
    known = deployment().model_copy(update={"confirmations": "safe"})
    assert choose_confirmations(None, None) == 0
    assert choose_confirmations(known, None) == "safe"
    assert choose_confirmations(known, 0) == 0
