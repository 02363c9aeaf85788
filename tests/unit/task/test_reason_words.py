"""Reasons of a record in words."""

import pytest

from fedjury.protocol.reasons import Reason
from fedjury.task.reason_words import reason_words

NAMES = ["2.weight", "0.bias", "0.weight"]  # not in order
# How many arguments the reasons have that have any.
WITH_ONE = {
    Reason.TENSOR_MISSING,
    Reason.TENSOR_UNKNOWN,
    Reason.TENSOR_TYPE,
    Reason.TENSOR_SHAPE,
    Reason.METADATA_MISSING,
    Reason.METADATA_OTHERS,
    Reason.WEIGHT_NOT_FINITE,
    Reason.WEIGHT_TOO_LARGE,
    Reason.SAME_TENSORS,
    Reason.OTHER_COUNTS,
}


@pytest.mark.parametrize(
    ("reason", "arguments", "words"),
    [
        (Reason.NONE, (), ""),
        (Reason.NO_SAFETENSORS, (), "the file is no safetensors file"),
        (Reason.TENSOR_MISSING, (0,), "tensor '0.bias' is missing"),
        (Reason.TENSOR_SHAPE, (1,), "tensor '0.weight' has another shape than the model's"),
        (Reason.WEIGHT_NOT_FINITE, (2,), "tensor '2.weight' holds NaN or infinity"),
        (
            Reason.TENSOR_UNKNOWN,
            (2,),
            "tensor 2 of the file (in order of name) is not the model's",
        ),
        (Reason.METADATA_MISSING, (0,), "its metadata lack 'client'"),
        (Reason.METADATA_OTHERS, (3,), "'task' in its metadata is not this update's"),
        (Reason.SAME_TENSORS, (7,), "update 7 of the round has the same tensors"),
        (
            Reason.OTHER_COUNTS,
            (3,),
            "update 3 of the round is the one of this client that counts",
        ),
    ],
)
def test_a_reason_names_what_it_is_about(
    reason: Reason, arguments: tuple[int, ...], words: str
) -> None:
    assert reason_words(reason, arguments, NAMES) == words


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.NONE])
def test_every_reason_has_a_sentence_of_its_own(reason: Reason) -> None:
    arguments = (0,) if reason in WITH_ONE else ()
    words = reason_words(reason, arguments, NAMES)
    assert not words.startswith("reason")
    others = {
        reason_words(other, (0,) if other in WITH_ONE else (), NAMES)
        for other in Reason
        if other is not reason
    }
    assert words not in others


@pytest.mark.parametrize("names", [None, NAMES])
def test_a_tensor_that_has_no_known_name_is_told_by_its_place(names: list[str] | None) -> None:
    words = reason_words(Reason.TENSOR_TYPE, (3,), names)
    assert words == "tensor 3 of the model (in order of name) is not float32"


@pytest.mark.parametrize(
    ("reason", "arguments", "words"),
    [
        (77, (), "reason 77"),
        (77, (1, 2), "reason 77 with 1, 2"),
        (Reason.NONE, (1,), "reason 0 with 1"),
        (Reason.TENSOR_SHAPE, (), "reason 5"),
        (Reason.TENSOR_SHAPE, (-1,), "reason 5 with -1"),
        (Reason.METADATA_MISSING, (4,), "its metadata lack key 4"),
    ],
)
def test_what_makes_no_sense_is_told_as_it_is(
    reason: int, arguments: tuple[int, ...], words: str
) -> None:
    assert reason_words(reason, arguments, NAMES) == words
