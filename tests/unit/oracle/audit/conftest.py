"""What the audit's tests start from: a history that passes."""

from pathlib import Path

import pytest

from tests.support.audited_story import Story
from tests.support.fake_federation import weights

GOOD, USELESS, BETTER = weights(0, 1), weights(), weights(0, 1, 2, scale=4)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """One round that an honest juror judged: accepted, not improved, accepted, a duplicate."""
    told = Story(tmp_path)
    told.judge(GOOD, USELESS, BETTER, USELESS)
    return told
