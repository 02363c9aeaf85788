"""What the audit's tests start from: a history that passes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.audited_story import Story, batched_story
from tests.support.fake_federation import account, weights

Document = dict[str, Any]
JURY = sorted((account(number) for number in (1, 2, 4, 5)), key=lambda each: int(each.address, 16))
GOOD, USELESS, BETTER = weights(0, 1), weights(), weights(0, 1, 2, scale=4)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """One round that an honest juror judged: accepted, not improved, accepted, a duplicate."""
    told = Story(tmp_path)
    told.judge(GOOD, USELESS, BETTER, USELESS)
    return told


@pytest.fixture
def four(tmp_path: Path) -> Story:
    """One round that a jury of four judged, of whom three must sign."""
    told = Story(tmp_path, jury=JURY, quorum=3)
    told.judge(GOOD, USELESS)
    return told


@pytest.fixture
def batched(tmp_path: Path) -> Story:
    """One round with batches in which all goes wrong that can, judged by an honest jury of one."""
    return batched_story(tmp_path)


def put(*path: str | int, value: object) -> Callable[[Document], None]:
    """What changes one place of a record."""

    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change
