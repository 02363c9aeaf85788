"""Values of options that several commands share."""

import pytest

from fedjury.cli.options import parse_confirmations
from fedjury.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("12", 12), ("safe", "safe"), ("finalized", "finalized")]
)
def test_confirmations_are_a_count_or_a_tag(text: str, value: object) -> None:
    assert parse_confirmations(text) == value


@pytest.mark.parametrize("text", ["", "-1", "1.5", "latest", "Safe", "²"])
def test_other_confirmations_are_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--confirmations"):
        parse_confirmations(text)
