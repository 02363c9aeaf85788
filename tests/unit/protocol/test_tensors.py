"""The one canonical file of a model's weights, and reading what an adversary made instead."""

import json
import struct
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import (
    LEAST,
    Tensors,
    check_shapes,
    content_hash,
    decode,
    encode,
    encoded_digest,
    encoded_size,
    settle_,
    shapes_of,
)
from tests.support.denormals import bits_of, flushing
from tests.support.fuzzing import FUZZ

TENSORS: Tensors = {
    "b.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "a.bias": torch.tensor([-LEAST, float("inf"), 1e-30]),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 4),
}
ENTRY = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


def _file(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def test_the_file_is_what_the_format_says() -> None:
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    padded = header + b" " * (-len(header) % 8)
    assert encode({"a": torch.tensor([1.0])}) == (
        struct.pack("<Q", len(padded)) + padded + b"\x00\x00\x80\x3f"
    )


@pytest.mark.parametrize("metadata", [None, {}, {"round": "1", "client": "λ"}])
def test_the_library_reads_the_same_tensors(metadata: dict[str, str] | None) -> None:
    data = encode(TENSORS, metadata)
    read = safetensors.torch.load(data)
    assert read.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert read[name].shape == tensor.shape
        assert read[name].dtype == tensor.dtype
        assert bits_of(read[name]) == bits_of(tensor)


@pytest.mark.parametrize("metadata", [{}, {"round": "1", "client": "λ"}])
def test_what_was_encoded_is_decoded(metadata: dict[str, str]) -> None:
    tensors, read = decode(encode(TENSORS, metadata))
    assert read == metadata
    assert shapes_of(tensors) == shapes_of(TENSORS)
    assert encode(tensors, read) == encode(TENSORS, metadata)


def test_what_the_library_writes_is_decoded() -> None:
    tensors, metadata = decode(safetensors.torch.save(TENSORS, {"k": "v"}))
    assert metadata == {"k": "v"}
    assert encode(tensors) == encode(TENSORS)


def test_the_order_of_the_dictionaries_does_not_matter() -> None:
    metadata = {"x": "1", "a": "2"}
    backwards = dict(reversed(TENSORS.items()))
    assert encode(backwards, dict(reversed(metadata.items()))) == encode(TENSORS, metadata)


def test_header_names_stand_in_order_and_the_header_fills_eight_bytes() -> None:
    data = encode(TENSORS, {"k": "v"})
    (length,) = struct.unpack_from("<Q", data)
    assert length % 8 == 0
    names = list(json.loads(data[8 : 8 + length]))
    assert names == ["__metadata__", "a.bias", "b.weight", "empty", "scalar"]


def test_layout_in_memory_does_not_matter() -> None:
    plain = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    views = [
        plain.t().contiguous().t(),
        plain.clone().requires_grad_(),
        torch.stack([plain, plain], dim=2)[:, :, 0],
    ]
    assert {encode({"w": view}) for view in views} == {encode({"w": plain})}


def test_no_tensors_are_a_file_too() -> None:
    assert decode(encode({})) == ({}, {})


def test_content_is_compared_without_metadata() -> None:
    read, _ = decode(encode(TENSORS, {"client": "b"}))
    assert content_hash(read) == content_hash(TENSORS)
    assert content_hash({**TENSORS, "scalar": torch.tensor(2.6)}) != content_hash(TENSORS)


_BOMBS = {
    "nothing": b"",
    "half a length": b"\1\0\0",
    "no header": struct.pack("<Q", 10),
    "length beyond the file": _file({}, length=3),
    "huge length": _file({}, length=2**63),
    "longest length": _file({}, length=2**64 - 1),
    "no JSON": _file(b"abcdefgh"),
    "no UTF-8": _file(b'{"\xff":1}'),
    "a list": _file([]),
    "entry is a number": _file({"a": 1}),
    "deep header": _file(b'{"a":' * 50_000),
    "deep list": _file(b"[" * 50_000),
    "deep unknown field": _file(
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":'
        + b"[" * 50_000
        + b"]" * 50_000
        + b"}}",
        bytes(4),
    ),
    "tensor named twice": _file(b'{"a":%b,"a":%b}' % ((json.dumps(ENTRY).encode(),) * 2), bytes(4)),
    "metadata key twice": _file(
        b'{"__metadata__":{"k":"1","k":"2"},"a":%b}' % json.dumps(ENTRY).encode(), bytes(4)
    ),
    "metadata twice": _file(
        b'{"__metadata__":{"k":"1"},"__metadata__":{"k":"2"},"a":%b}' % json.dumps(ENTRY).encode(),
        bytes(4),
    ),
    "overlapping": _file({"a": ENTRY, "b": ENTRY}, bytes(4)),
    "hole": _file({"a": {**ENTRY, "data_offsets": [4, 8]}}, bytes(8)),
    "backwards": _file({"a": {**ENTRY, "data_offsets": [4, 0]}}, bytes(4)),
    "offsets beyond the file": _file({"a": {**ENTRY, "data_offsets": [0, 2**62]}}, bytes(4)),
    "negative offset": _file({"a": {**ENTRY, "data_offsets": [-4, 0]}}, bytes(4)),
    "bytes left over": _file({"a": ENTRY}, bytes(8)),
    "bytes missing": _file({"a": ENTRY}, bytes(3)),
    "shape does not fit": _file({"a": {**ENTRY, "shape": [2]}}, bytes(4)),
    "shape overflows": _file({"a": {**ENTRY, "shape": [2**40, 2**40]}}, bytes(4)),
    "negative shape": _file({"a": {**ENTRY, "shape": [-1]}}, bytes(4)),
    "shape that torch cannot hold": _file(
        {"a": {"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]}}
    ),
    "unknown dtype": _file({"a": {**ENTRY, "dtype": "F31"}}, bytes(4)),
    "dtype of other case": _file({"a": {**ENTRY, "dtype": "f32"}}, bytes(4)),
    "dtype that torch lacks": _file({"a": {"dtype": "F4", "shape": [0], "data_offsets": [0, 0]}}),
    "no dtype": _file({"a": {"shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
    "metadata is a list": _file({"__metadata__": ["k"], "a": ENTRY}, bytes(4)),
    "metadata of numbers": _file({"__metadata__": {"k": 1}, "a": ENTRY}, bytes(4)),
    "metadata nested": _file({"__metadata__": {"k": {"l": "m"}}, "a": ENTRY}, bytes(4)),
    "metadata is nothing": _file({"__metadata__": None, "a": ENTRY}, bytes(4)),
    "an entry as a list": _file({"a": ["F32", [1], [0, 4]]}, bytes(4)),
    "an unknown field": _file({"a": {**ENTRY, "x": 1}}, bytes(4)),
    "a type as an object": _file({"a": {**ENTRY, "dtype": {"F32": None}}}, bytes(4)),
    "a type of newer libraries": _file(
        {"a": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}}, bytes(8)
    ),
    "a type that the model cannot have": _file(
        {"a": {"dtype": "U16", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "a negative zero": _file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[-0,4]}}', bytes(4)),
    "65 dimensions": _file({"a": {**ENTRY, "shape": [1] * 65}}, bytes(4)),
    "strides that overflow": _file(
        {"a": {"dtype": "F32", "shape": [0, 2**40, 2**40], "data_offsets": [0, 0]}}
    ),
    "a truth value of 2": _file(
        {"a": {"dtype": "BOOL", "shape": [4], "data_offsets": [0, 4]}}, b"\0\1\2\0"
    ),
    "a mark of the byte order": _file(
        b"\xef\xbb\xbf" + json.dumps({"a": ENTRY}).encode(), bytes(4)
    ),
    "UTF-16": _file(json.dumps({"a": ENTRY}).encode("utf-16"), bytes(4)),
    "half a surrogate in a name": _file({"\ud800": ENTRY}, bytes(4)),
    "half a surrogate": _file(
        b'{"__metadata__":{"k":"\\ud800"},"a":%b}' % json.dumps(ENTRY).encode(), bytes(4)
    ),
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_bomb_is_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="not a safetensors file"):
        decode(_BOMBS[name])


def test_64_dimensions_are_read() -> None:
    tensors, _ = decode(_file({"a": {**ENTRY, "shape": [1] * 64}}, struct.pack("<f", 2.5)))
    assert tensors["a"].shape == (1,) * 64
    assert tensors["a"].item() == 2.5


def test_a_header_may_hold_white_space_and_escapes_as_json_does() -> None:
    header = b'\n { "\\u0061" : {"dtype":"F32", "sh\\u0061pe":[1],\t"data_offsets":[0,4]} } \r\n'
    tensors, metadata = decode(_file(header, struct.pack("<f", 2.5)))
    assert tensors == {"a": torch.tensor([2.5])}
    assert metadata == {}


def test_a_long_name_out_of_a_file_is_cut_in_the_sentence() -> None:
    with pytest.raises(ValueError, match="is of no type") as caught:
        decode(_file({"a" * 10**6: {**ENTRY, "dtype": "C64"}}, bytes(4)))
    assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="not the model's") as caught:
        check_shapes({"a" * 10**6: torch.zeros(1)}, {})
    assert len(str(caught.value)) < 200


def test_every_truncation_is_a_value_error() -> None:
    data = encode(TENSORS, {"k": "v"})
    for length in range(len(data)):
        with pytest.raises(ValueError, match="not a safetensors file"):
            decode(data[:length])


@FUZZ
@given(st.binary(max_size=120))
def test_random_bytes_are_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a safetensors file"):
        decode(data)


@FUZZ
@given(st.data())
def test_damage_gives_a_value_error_or_tensors(data: st.DataObject) -> None:
    damaged = bytearray(encode(TENSORS, {"k": "v"}))
    places = st.integers(0, len(damaged) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(damaged))
    except ValueError:
        return


_NUMBERS = st.integers(-1, 9) | st.integers(2**31, 2**65)
_ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F16", "BF16", "I64", "BOOL", "F8_E4M3", "F4", "C64", ""]),
        "shape": st.lists(_NUMBERS, max_size=4),
        "data_offsets": st.lists(_NUMBERS, min_size=1, max_size=3),
    }
)


@FUZZ
@given(
    st.dictionaries(st.text(max_size=3), _ENTRIES | st.none(), max_size=3), st.binary(max_size=9)
)
def test_odd_headers_give_a_value_error_or_tensors(header: dict[str, Any], data: bytes) -> None:
    try:
        tensors, _ = decode(_file(header, data))
    except ValueError:
        return
    assert tensors.keys() == header.keys() - {"__metadata__"}


def test_nan_is_read_as_nan() -> None:
    tensors, _ = decode(_file({"a": ENTRY}, struct.pack("<f", float("nan"))))
    assert tensors["a"].isnan().all()


# The sign bit, the least and the largest denormal number, and the least weight.
SIGN, FIRST, LAST, NORMAL = -(2**31), 1, 0x007FFFFF, 0x00800000


def _of_bits(*bits: int) -> torch.Tensor:
    return torch.tensor(bits, dtype=torch.int32).view(torch.float32)


@pytest.mark.parametrize("on", [False, True])
def test_what_is_below_the_least_weight_is_read_as_zero_without_a_sign(on: bool) -> None:
    assert bits_of(torch.tensor(LEAST)) == [NORMAL]
    small = [0, SIGN, FIRST, SIGN + FIRST, 0x1234, LAST, SIGN + LAST]
    kept = [NORMAL, SIGN + NORMAL, 0x3F800000, 0x7F800000, SIGN + 0x7F800000, 0x7FC00000]
    data = encode({"a": _of_bits(*small, *kept), "b": _of_bits(LAST).reshape(())})
    before = bytes(bytearray(data))
    with flushing(on):
        tensors, _ = decode(data)
    assert bits_of(tensors["a"]) == [0] * len(small) + kept
    assert bits_of(tensors["b"]) == [0]
    assert data == before


def test_an_update_that_differs_in_nothing_else_is_a_copy() -> None:
    plain, other = _of_bits(0, NORMAL, 0), _of_bits(LAST, NORMAL, SIGN)
    read = [decode(encode({"w": weights}))[0] for weights in (plain, other)]
    assert content_hash(read[0]) == content_hash(read[1])
    assert encode({"w": plain}) != encode({"w": other})


def test_tensors_of_any_layout_are_settled_in_place() -> None:
    turned = _of_bits(FIRST, NORMAL, SIGN, LAST, NORMAL, NORMAL).reshape(2, 3).t()
    assert settle_(turned) is turned
    assert bits_of(turned.contiguous()) == [0, 0, NORMAL, NORMAL, 0, NORMAL]
    assert settle_(torch.zeros(0, 3)).shape == (0, 3)


def test_shapes_are_held_against_the_models() -> None:
    check_shapes(dict(TENSORS), shapes_of(TENSORS))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scalar": torch.zeros(1)}, r"'scalar' has shape \(1,\), not \(\)"),
        ({"scalar": torch.tensor(1, dtype=torch.int64)}, "torch.int64, not float32"),
        ({"more": torch.zeros(1)}, "'more' is not the model's"),
    ],
)
def test_the_first_difference_in_shape_is_named(change: Tensors, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_shapes({**TENSORS, **change}, shapes_of(TENSORS))


def test_a_missing_tensor_is_named() -> None:
    with pytest.raises(ValueError, match=r"'a\.bias' is missing"):
        check_shapes({}, shapes_of(TENSORS))


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        torch.tensor([1.5, torch.inf], dtype=torch.float16),
        torch.tensor([[1e300], [torch.nan]], dtype=torch.float64),
        torch.tensor([-(2**62), 3]),
        torch.tensor([-3], dtype=torch.int32),
        torch.tensor([-3], dtype=torch.int16),
        torch.tensor([-3], dtype=torch.int8),
        torch.tensor([200], dtype=torch.uint8),
        torch.tensor([True, False]),
        torch.tensor(2.5),
        torch.zeros(0, 3),
    ],
    ids=lambda tensor: f"{tensor.dtype} {tuple(tensor.shape)}",
)
def test_each_tensor_keeps_its_type(tensor: torch.Tensor) -> None:
    data = encode({"w": tensor})
    read, _ = decode(data)
    assert (read["w"].dtype, read["w"].shape) == (tensor.dtype, tensor.shape)
    assert torch.equal(read["w"].nan_to_num(), tensor.nan_to_num())
    assert len(data) == encoded_size({"w": tensor})


def test_complex_numbers_have_no_file() -> None:
    with pytest.raises(ValueError, match="complex64"):
        encode({"w": torch.zeros(2, dtype=torch.complex64)})


@pytest.mark.parametrize("tensors", [TENSORS, {}, {"w": torch.randn(300_000)}])
def test_the_digest_of_a_file_is_known_without_the_file(tensors: Tensors) -> None:
    assert encoded_digest(tensors) == Digest.of(encode(tensors))


@pytest.mark.parametrize("size", [2**18 - 1, 2**18, 2**18 + 1, 2**19 + 3])
def test_every_part_of_a_large_tensor_is_settled(size: int) -> None:
    values = torch.ones(size)
    small = torch.tensor([0, 1000, size // 3, size - 1])
    values[small] = 1e-40
    settle_(values)
    assert values.nonzero().numel() == size - 4
    assert bits_of(values[small]) == bits_of(torch.zeros(4))


def test_a_view_of_a_tensor_is_settled_where_it_lies() -> None:
    values = torch.full((4, 6), 1e-40)
    settle_(values[:, ::2])
    assert bits_of(values[:, ::2].contiguous()) == bits_of(torch.zeros(4, 3))
    assert bits_of(values[:, 1::2].contiguous()) == bits_of(torch.full((4, 3), 1e-40))
