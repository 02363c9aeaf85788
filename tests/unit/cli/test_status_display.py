"""What `fedjury status` says."""

from dataclasses import replace
from typing import Any

import pytest

from fedjury.chain.contracts.types import Config, Phase, RoundState
from fedjury.cli.displays.status import status_text
from fedjury.task.status import TaskStatus
from tests.support.fake_federation import NO_DIGEST, spec

STATUS = TaskStatus(
    task="eip155:1337:0xab",
    config=Config(NO_DIGEST, NO_DIGEST, 100, 100, 2, 3, 10),
    block=7,
    phase=Phase.OPEN,
    paused=False,
    coordinator="0x12",
    round=RoundState(4, 1, 1_700_000_000, 2, bytes(32), NO_DIGEST),
    jurors=5,
    quorum=3,
    clients=6,
    model_correct=3,
    spec=spec(0.25),
)


def lines(store: str | None = "dir:store", **changes: Any) -> dict[str, str]:
    """The lines by their first word."""
    text = status_text(replace(STATUS, **changes), store)
    words = [line.split(maxsplit=1) for line in text.splitlines()]
    return dict(words)


def test_a_task_in_words() -> None:
    found = lines()
    assert found["task"] == "eip155:1337:0xab “tiny”"
    assert found["round"] == "4 of 10, open"
    assert found["updates"].startswith("1 (2 to 3), deadline 2023-11-1")
    assert found["jury"] == "version 2: 3 of 5 must sign"
    assert found["clients"] == "6"
    assert found["rule"] == "paper, λ = 0.25"
    assert found["model"] == f"{NO_DIGEST.cid}: 3 of 6 verification samples right (50.0%)"


def test_a_task_without_end_a_paused_one_and_one_that_is_over() -> None:
    endless = Config(NO_DIGEST, NO_DIGEST, 100, 100, 2, 3, 0)
    assert lines(config=endless, paused=True)["round"] == "4 of ∞, open, paused"
    over = lines(phase=Phase.FINISHED)
    assert (over["round"], over["updates"]) == ("all 10 are over", "none are taken any more")


@pytest.mark.parametrize(
    ("store", "rule"),
    [
        (None, "stands in the spec: say --store to see it"),
        ("dir:store", "stands in the spec, which cannot be had now"),
    ],
)
def test_without_its_spec_it_says_how_to_see_it(store: str | None, rule: str) -> None:
    found = lines(store, spec=None)
    assert found["task"] == "eip155:1337:0xab"
    assert found["rule"] == rule
    assert found["model"] == f"{NO_DIGEST.cid}: 3 verification samples right"


def test_a_first_model_is_not_judged_yet() -> None:
    assert lines(model_correct=None)["model"] == f"{NO_DIGEST.cid}: not judged yet"
