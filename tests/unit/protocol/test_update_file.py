"""Update files: which verdict each flaw earns, and which comes first."""

import pytest
import safetensors.torch
import torch

from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.tensors import Tensors, decode, encode, shapes_of
from fedjury.protocol.update_file import UpdateRejected, encode_update, read_update
from fedjury.protocol.update_tag import RESERVED_KEYS, UpdateTag, task_name
from fedjury.protocol.verdicts import VerdictCode

CLIENT = "0x" + "aB" * 20
TAG = UpdateTag(task_name(1337, "0x" + "Cd" * 20), 7, CLIENT)
GOOD: Tensors = {"w": torch.tensor([[1.0, -2.0], [3.0, 4.0]]), "b": torch.tensor([0.5])}
SHAPES = shapes_of(GOOD)
NAN, INF = float("nan"), float("inf")


def _read(data: bytes, max_magnitude: float = 1e3) -> Tensors:
    return read_update(data, TAG, SHAPES, max_magnitude)


def _verdict(data: bytes, max_magnitude: float = 1e3) -> VerdictCode:
    with pytest.raises(UpdateRejected) as caught:
        _read(data, max_magnitude)
    assert str(caught.value)
    return caught.value.code


def _with(**metadata: str) -> bytes:
    return encode(GOOD, {**TAG.metadata(), **metadata})


def test_a_well_formed_update_is_read() -> None:
    tensors = _read(encode_update(GOOD, TAG))
    assert encode(tensors) == encode(GOOD)


def test_the_tag_says_whose_it_is_in_lower_case() -> None:
    assert TAG.metadata() == {
        "format": "fedjury-update/2",
        "task": "eip155:1337:0x" + "cd" * 20,
        "round": "7",
        "client": "0x" + "ab" * 20,
    }


def test_addresses_may_be_written_in_any_case() -> None:
    assert _read(_with(client=CLIENT, task=TAG.task.replace("cd", "CD")))


@pytest.mark.parametrize(
    "more",
    [
        {"note": "trained on Tuesday"},
        {"framework": "pt", "torch_version": "2.13.0"},
        {"": "", "λ": "λ", "x" * 10_000: "y" * 10_000},
        {"Round": "8", "clients": "nobody", "format ": "pt"},
    ],
    ids=["for people", "another program's", "odd", "nearly ours"],
)
def test_other_keys_of_the_metadata_are_ignored(more: dict[str, str]) -> None:
    assert encode(_read(_with(**more))) == encode(GOOD)
    library = safetensors.torch.save(GOOD, {**TAG.metadata(), **more})
    assert encode(_read(library)) == encode(GOOD)


def test_a_key_that_is_no_string_or_stands_twice_is_malformed() -> None:
    data = _with(note="1")
    for flaw in (b'"note": 1 ', b'"note":[1]', b'"note":{} '):
        number = data.replace(b'"note":"1"', flaw)
        assert len(number) == len(data)
        assert _verdict(number) is VerdictCode.MALFORMED
    twice = _with(note="1", nota="2").replace(b'"nota"', b'"note"')
    assert _verdict(twice) is VerdictCode.MALFORMED


@pytest.mark.parametrize(
    "tensors",
    [
        {"w": GOOD["w"]},
        {**GOOD, "extra": torch.zeros(1)},
        {"w": GOOD["w"], "B": GOOD["b"]},
        {**GOOD, "b": torch.zeros(2)},
        {**GOOD, "b": torch.zeros(1, 1)},
        {**GOOD, "w": torch.zeros(4)},
        {**GOOD, "b": torch.tensor(0.5)},
        {},
    ],
)
def test_other_names_or_shapes_are_malformed(tensors: Tensors) -> None:
    assert _verdict(encode_update(tensors, TAG)) is VerdictCode.MALFORMED


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.bool]
)
def test_another_type_is_malformed(dtype: torch.dtype) -> None:
    data = safetensors.torch.save({**GOOD, "b": GOOD["b"].to(dtype)}, TAG.metadata())
    assert _verdict(data) is VerdictCode.MALFORMED


@pytest.mark.parametrize("data", [b"", b"\x80\x04K\x01.", b"\0" * 64, encode(GOOD, {"a": "b"})])
def test_no_safetensors_or_no_metadata_is_malformed(data: bytes) -> None:
    assert _verdict(data) is VerdictCode.MALFORMED


@pytest.mark.parametrize("missing", ["format", "task", "round", "client"])
def test_each_part_of_the_metadata_is_required(missing: str) -> None:
    metadata = {key: value for key, value in TAG.metadata().items() if key != missing}
    assert _verdict(encode(GOOD, metadata)) is VerdictCode.MALFORMED


@pytest.mark.parametrize("value", ["", "pt", "fedjury-update/1", "FEDJURY-UPDATE/2"])
def test_another_format_is_malformed(value: str) -> None:
    assert _verdict(_with(format=value)) is VerdictCode.MALFORMED


@pytest.mark.parametrize(
    "metadata",
    [
        {"client": "0x" + "ac" * 20},
        {"client": "ab" * 20},
        {"round": "8"},
        {"round": "07"},
        {"round": " 7"},
        {"round": "7.0"},
        {"round": "٧"},
        {"task": "eip155:1:0x" + "cd" * 20},
        {"task": "eip155:1337:0x" + "ce" * 20},
        {"task": ""},
    ],
)
def test_another_client_round_or_task_is_not_the_senders(metadata: dict[str, str]) -> None:
    assert _verdict(_with(**metadata)) is VerdictCode.NOT_THE_SENDERS


@pytest.mark.parametrize("value", [NAN, INF, -INF, 1000.1, -1000.1])
def test_values_out_of_range_are_not_finite(value: float) -> None:
    tensors = {**GOOD, "b": torch.tensor([value])}
    assert _verdict(encode_update(tensors, TAG)) is VerdictCode.NOT_FINITE


def test_the_limit_itself_is_allowed() -> None:
    assert _read(encode_update({**GOOD, "b": torch.tensor([-1000.0])}, TAG))
    assert _verdict(encode_update(GOOD, TAG), max_magnitude=3.5) is VerdictCode.NOT_FINITE


def test_an_empty_tensor_has_no_magnitude() -> None:
    tensors = {"e": torch.zeros(0, 2)}
    assert read_update(encode_update(tensors, TAG), TAG, shapes_of(tensors), 1.0)


def test_malformed_comes_before_not_the_senders_before_not_finite() -> None:
    bad = {**GOOD, "b": torch.tensor([NAN])}
    stranger = {**TAG.metadata(), "client": "0x" + "00" * 20}
    more: Tensors = {**bad, "extra": torch.zeros(1)}
    assert _verdict(encode(more, stranger)) is VerdictCode.MALFORMED
    assert _verdict(encode(bad, stranger)) is VerdictCode.NOT_THE_SENDERS
    assert _verdict(encode(bad, TAG.metadata())) is VerdictCode.NOT_FINITE


def test_metadata_beside_the_tag_stand_in_the_file() -> None:
    _, metadata = decode(encode_update(GOOD, TAG, {"dp-epsilon": "1.5"}))
    assert metadata == {**TAG.metadata(), "dp-epsilon": "1.5"}


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_what_says_whose_update_it_is_cannot_be_overridden(key: str) -> None:
    with pytest.raises(ValueError, match=f"metadata '{key}' says whose update it is"):
        encode_update(GOOD, TAG, {key: "other"})


def test_the_reserved_keys_are_the_tags() -> None:
    assert TAG.metadata().keys() == RESERVED_KEYS


@pytest.mark.parametrize(
    ("data", "grounds"),
    [
        (b"", Grounds(Reason.NO_SAFETENSORS)),
        (encode_update({"w": GOOD["w"]}, TAG), Grounds(Reason.TENSOR_MISSING, (0,))),
        (encode_update({"b": GOOD["b"]}, TAG), Grounds(Reason.TENSOR_MISSING, (1,))),
        (
            encode_update({**GOOD, "c": torch.zeros(1)}, TAG),
            Grounds(Reason.TENSOR_UNKNOWN, (1,)),
        ),
        (encode_update({**GOOD, "w": GOOD["w"].int()}, TAG), Grounds(Reason.TENSOR_TYPE, (1,))),
        (
            encode_update({**GOOD, "b": torch.zeros(2)}, TAG),
            Grounds(Reason.TENSOR_SHAPE, (0,)),
        ),
        (encode(GOOD), Grounds(Reason.METADATA_MISSING, (0,))),
        (
            encode(GOOD, dict.fromkeys(("client", "format", "round"), "")),
            Grounds(Reason.METADATA_MISSING, (3,)),
        ),
        (_with(format="pt"), Grounds(Reason.METADATA_FORMAT)),
        (_with(round="8"), Grounds(Reason.METADATA_OTHERS, (2,))),
        (
            encode_update({**GOOD, "b": torch.tensor([NAN])}, TAG),
            Grounds(Reason.WEIGHT_NOT_FINITE, (0,)),
        ),
        (
            encode_update({**GOOD, "w": torch.full((2, 2), -1e4)}, TAG),
            Grounds(Reason.WEIGHT_TOO_LARGE, (1,)),
        ),
    ],
)
def test_each_flaw_has_its_grounds_in_numbers(data: bytes, grounds: Grounds) -> None:
    with pytest.raises(UpdateRejected) as caught:
        _read(data)
    assert caught.value.grounds == grounds
