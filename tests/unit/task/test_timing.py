"""Times that fit into each other, and those that do not."""

import pytest

from fedjury.chain.rpc.block import BlockTag
from fedjury.task.timing import Timing, choose_timing
from tests.support.example_deployment import deployment
from tests.unit.chain.rpc.test_pace import STEADY, chain_of


@pytest.mark.parametrize(
    ("timing", "grace_seconds"),
    [
        (Timing(), 60),
        (Timing(4, 60.0), 3600),
        (Timing("finalized", 1000.0), 3600),
    ],
)
def test_what_fits(timing: Timing, grace_seconds: int) -> None:
    assert timing.misfit(chain_of(STEADY, finalized=4), grace_seconds) == ""


@pytest.mark.parametrize(
    ("timing", "figures"),
    [
        (Timing(5, 60.0), ["(5)", "about 60 s", "only 60 s"]),
        (Timing("finalized", 60.0), ["(finalized)", "about 192 s", "only 60 s"]),
    ],
)
def test_confirmations_that_take_longer_than_files_may(timing: Timing, figures: list[str]) -> None:
    reason = timing.misfit(chain_of(STEADY, finalized=4), 3600)
    assert all(figure in reason for figure in figures)
    assert "--fetch-timeout" in reason
    assert "--confirmations" in reason


@pytest.mark.parametrize("confirmations", [0, 3, "finalized"])
def test_files_that_may_take_longer_than_the_jury_has(confirmations: int | BlockTag) -> None:
    reason = Timing(confirmations, 60.0).misfit(chain_of(STEADY), 59)
    assert "may take 60 s, but the round may be voided 59 s after" in reason


def test_a_chain_without_pace_is_given_the_benefit_of_the_doubt() -> None:
    assert Timing(500, 60.0).misfit(chain_of([]), 3600) == ""


def test_what_is_given_wins_over_the_deployment_and_that_over_the_defaults() -> None:
    known = deployment().model_copy(update={"confirmations": "safe", "fetch_timeout": 90.0})
    assert choose_timing(None) == Timing(0, 60.0)
    assert choose_timing(known) == Timing("safe", 90.0)
    assert choose_timing(known, 0, 30.0) == Timing(0, 30.0)
