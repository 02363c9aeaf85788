"""What the audit's tests start from: a history that passes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.audited_story import Story
from tests.support.fake_federation import weights

Document = dict[str, Any]
GOOD, USELESS, BETTER = weights(0, 1), weights(), weights(0, 1, 2, scale=4)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """One round that an honest juror judged: accepted, not improved, accepted, a duplicate."""
    told = Story(tmp_path)
    told.judge(GOOD, USELESS, BETTER, USELESS)
    return told


def put(*path: str | int, value: object) -> Callable[[Document], None]:
    """What changes one place of a record."""

    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change
