"""JSON that means one thing to every reader."""

from typing import Any

import pytest

from fedjury.checks.json_values import canonical_json, parse_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        (b'{"b": [1, 2.5], "a": {"b": "\xce\xbb"}}', {"b": [1, 2.5], "a": {"b": "λ"}}),
        ("1e308", 1e308),
        ("12345678901234567890123", 12345678901234567890123),
    ],
)
def test_json_is_parsed(text: bytes | str, value: object) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "[1,]", b"\xff\xfe\xfd", "nope"])
def test_what_is_no_json_is_a_value_error(text: bytes | str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the library's own sentences)
        parse_json(text)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "[-1e999]"])
def test_a_number_that_is_not_finite_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no finite number"):
        parse_json(text)


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 1}', '[{"a": 1, "b": 2, "a": 3}]', '{"x": {"a": 1, "\\u0061": 2}}']
)
def test_a_key_that_stands_twice_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="a key is given twice"):
        parse_json(text)


def test_nesting_without_end_is_a_recursion_error() -> None:
    with pytest.raises(RecursionError):
        parse_json("[" * 100_000)


def test_the_canonical_form_is_sorted_short_and_utf_8() -> None:
    value = {"b": [1, 2.5, None], "a": {"z": True, "λ": "ü"}}
    assert canonical_json(value) == '{"a":{"z":true,"λ":"ü"},"b":[1,2.5,null]}'.encode()


def test_what_is_parsed_has_one_canonical_form() -> None:
    texts = ['{"a":1,"b":"λ"}', '{ "b": "\\u03bb", "a": 1 }']
    assert len({canonical_json(parse_json(text)) for text in texts}) == 1


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": -float("inf")}])
def test_no_number_that_is_not_finite_is_written(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(value)


def test_a_value_that_holds_itself_is_not_written() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match="Circular"):
        canonical_json(value)
