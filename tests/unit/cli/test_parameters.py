"""Parameters as they are written on a command line."""

import pytest

from fedjury.cli.parameters import parse_parameters
from fedjury.errors import ConfigError


@pytest.mark.parametrize("words", [True, False])
def test_values_are_json(words: bool) -> None:
    given = ["trim=0.1", "deep=[1, {}]", 'text="a=b"', "on=true"]
    assert parse_parameters("--x", given, words=words) == {
        "trim": 0.1,
        "deep": [1, {}],
        "text": "a=b",
        "on": True,
    }
    assert parse_parameters("--x", [], words=words) == {}


def test_what_is_not_json_is_a_word_where_words_are_taken() -> None:
    given = ["position=top left", "broken=[1"]
    expected = {"position": "top left", "broken": "[1"}
    assert parse_parameters("--x", given, words=True) == expected
    with pytest.raises(ConfigError, match="--x position: the value is not JSON"):
        parse_parameters("--x", given, words=False)


@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize("given", [["trim"], ["=1"], ["trim="], [""], ["a=1", "b=1", "a=1"]])
def test_each_name_stands_once_and_has_a_value(given: list[str], words: bool) -> None:
    with pytest.raises(
        ConfigError, match=f"--x takes NAME=VALUE, each name once, not '{given[-1]}'"
    ):
        parse_parameters("--x", given, words=words)
