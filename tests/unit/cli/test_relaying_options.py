"""The options by which a client hands its updates to relays."""

import pytest

from fedjury.cli.relaying_options import RelayingOptions
from fedjury.errors import ConfigError


def test_relays_are_tried_as_they_were_given() -> None:
    found = RelayingOptions(["https://one.example/path", "http://127.0.0.1:8480"]).parse()
    assert [relay.name for relay in found] == ["https://one.example", "http://127.0.0.1:8480"]


def test_without_relays_there_are_none() -> None:
    assert RelayingOptions().parse() == []


@pytest.mark.parametrize("relay", [None, []])
def test_a_file_cannot_be_handed_to_nobody(relay: list[str] | None) -> None:
    with pytest.raises(ConfigError, match="--hand-file says nothing without --relay"):
        RelayingOptions(relay, hand_file=True).parse()


def test_a_url_without_a_scheme_is_told_with_what_is_meant() -> None:
    with pytest.raises(ConfigError, match=r"did you mean http://relay\.example:8480"):
        RelayingOptions(["relay.example:8480"]).parse()
