"""What is wrong with a document, in one sentence."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError, model_validator

from fedjury.checks.validation import first_error


class Part(BaseModel):
    count: int


class Document(BaseModel):
    name: str
    parts: list[Part] = []

    @model_validator(mode="after")
    def _refuse_nobody(self) -> "Document":
        if self.name == "nobody":
            raise ValueError("nobody is no name")
        return self


def error_of(document: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Document.model_validate(document)
    return caught.value


def test_the_place_is_written_with_dots() -> None:
    error = error_of({"name": "x", "parts": [{"count": 1}, {"count": "many"}]})
    assert first_error(error).startswith("parts.1.count: Input should be a valid integer")


def test_the_first_of_several_is_named() -> None:
    assert first_error(error_of({"parts": 3})) == "name: Field required"


def test_an_error_of_the_whole_document_has_no_place_of_its_own() -> None:
    error = error_of({"name": "nobody"})
    assert first_error(error) == "Value error, nobody is no name"
    assert first_error(error, "the file") == "the file: Value error, nobody is no name"


def test_the_name_of_the_document_does_not_hide_the_place() -> None:
    assert first_error(error_of({}), "the file") == "name: Field required"
