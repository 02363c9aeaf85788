"""Values of options that several commands share, and what their help says."""

import pytest

from fedjury.cli import options
from fedjury.cli.options import parse_confirmations
from fedjury.data import load_dataset, scheme
from fedjury.errors import ConfigError, DataError


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("12", 12), ("safe", "safe"), ("finalized", "finalized")]
)
def test_confirmations_are_a_count_or_a_tag(text: str, value: object) -> None:
    assert parse_confirmations(text) == value


@pytest.mark.parametrize("text", ["", "-1", "1.5", "latest", "Safe", "²"])
def test_other_confirmations_are_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--confirmations"):
        parse_confirmations(text)


def test_help_names_the_datasets_and_partitions_that_their_packages_name() -> None:
    """It has them a second time, since those packages load torch."""
    with pytest.raises(DataError) as unknown:
        load_dataset("nothing")
    assert str(unknown.value) == f"unknown dataset 'nothing': say {options.DATASETS}"
    assert options.SCHEMES == scheme.SCHEMES
