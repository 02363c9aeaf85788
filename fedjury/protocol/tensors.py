"""A model's weights as named tensors, and the one canonical file they have.

The file is safetensors. It is written and read here rather than by the library because two jurors
must write the same bytes, and find the same of an adversary's, whatever version of the library each
has. Written are keys in order of name, data in the same order, the header padded with spaces to a
multiple of 8; for what is read see `fedjury.protocol.tensor_header`. Source of the format: https://github.com/huggingface/safetensors#format.

A processor may be told to treat numbers below `LEAST` as zero, so no result may depend on them:
what is read from a file or taken from a module has none, and no mixing makes any. They are zero,
and zero has no sign.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping

import torch

from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.tensor_header import LENGTH, TensorPlace, read_header, shown

Tensors = dict[str, torch.Tensor]
Shapes = dict[str, tuple[int, ...]]

LEAST = 2.0**-126
"""The smallest magnitude that a weight can have beside zero: the least normal float32."""

_EXPONENT = 0x7F800000  # the bits of a float32 that are all zero below `LEAST`
_AT_A_TIME = 1 << 18  # numbers: few enough for the cache, and beside a large tensor nothing
_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
_TORCH_TYPES = {name: dtype for dtype, name in _TYPES.items()}
_WHOLE = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def shapes_of(tensors: Mapping[str, torch.Tensor]) -> Shapes:
    """Name to shape."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def settle_(tensor: torch.Tensor) -> torch.Tensor:
    """Make +0, in place, of what is below `LEAST` in magnitude; returns the same tensor.

    It goes by the bits, since a comparison may already take such a number for zero.

    Args:
        tensor: float32.
    """
    bits = tensor.view(torch.int32)
    for some in torch.split(bits.view(-1), _AT_A_TIME) if bits.is_contiguous() else [bits]:
        some.masked_fill_(some.bitwise_and(_EXPONENT) == 0, 0)
    return tensor


def encode(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """The canonical safetensors file of tensors, each in its own type.

    Raises:
        ValueError: a type that the format does not know, such as complex numbers.
    """
    return b"".join(_pieces(tensors, metadata))


def _pieces(
    tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None
) -> Iterator[bytes | memoryview]:
    """The canonical file in pieces, one after the other: its head, and each tensor's values."""
    yield _header(tensors, metadata)
    for name in sorted(tensors):
        yield _raw(tensors[name])


def encoded_digest(tensors: Mapping[str, torch.Tensor]) -> Digest:
    """The digest of the file that `encode` gives, which is not made.

    Raises:
        ValueError: as `encode`.
    """
    return Digest.of_pieces(_pieces(tensors))


def encoded_size(
    tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None
) -> int:
    """How many bytes `encode` gives.

    Raises:
        ValueError: as `encode`.
    """
    return len(_header(tensors, metadata)) + sum(tensor.nbytes for tensor in tensors.values())


def _header(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None) -> bytes:
    """What stands before the data: the header's length, and the header."""
    header: dict[str, object] = {}
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    offset = 0
    for name in sorted(tensors):
        end = offset + tensors[name].nbytes
        header[name] = {
            "dtype": _type_name(tensors[name]),
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return LENGTH.pack(len(text)) + text


def _type_name(tensor: torch.Tensor) -> str:
    if tensor.dtype not in _TYPES:
        raise ValueError(f"the file format has no type for {tensor.dtype}")
    return _TYPES[tensor.dtype]


def _raw(tensor: torch.Tensor) -> memoryview:
    """The tensor's values, row-major, little-endian; no copy where they lie so already."""
    plain = tensor.detach().cpu().contiguous().reshape(-1)
    size = plain.element_size()
    whole = plain.view(_WHOLE[size]).numpy()
    return whole.astype(f"<i{size}", copy=False).data.cast("B")


def decode(data: bytes) -> tuple[Tensors, dict[str, str]]:
    """Tensors and metadata of a safetensors file; float32 below `LEAST` in magnitude is zero.

    The tensors are copies, so whoever decodes a large file lets go of its bytes at once.

    Raises:
        ValueError: the bytes are not a file as docs/protocol/files.md has it.
    """
    try:
        header = read_header(data)
        tensors = {name: _tensor(data, place) for name, place in header.places.items()}
    except ValueError as error:
        raise ValueError(f"not a safetensors file: {error}") from error
    for tensor in tensors.values():
        if tensor.dtype == torch.float32:
            settle_(tensor)
    return tensors, header.metadata


def _tensor(data: bytes, place: TensorPlace) -> torch.Tensor:
    """A tensor of its own with the values that lie in a file."""
    dtype = _TORCH_TYPES[place.type]
    if place.start == place.end:
        return torch.empty(place.shape, dtype=dtype)
    values = bytearray(memoryview(data)[place.start : place.end])
    if dtype is torch.bool and values.translate(None, b"\0\1"):
        raise ValueError("a truth value is neither 0 nor 1")
    whole = _WHOLE[dtype.itemsize]
    tensor = torch.frombuffer(values, dtype=whole)
    if sys.byteorder == "big":
        tensor.numpy().byteswap(inplace=True)
    return tensor.view(dtype).reshape(place.shape)


class NotTheModels(ValueError):
    """Tensors are not the model's; carries the grounds of the verdict that this earns."""

    def __init__(self, sentence: str, grounds: Grounds) -> None:
        super().__init__(sentence)
        self.grounds = grounds


def check_shapes(tensors: Tensors, shapes: Shapes) -> None:
    """Hold tensors against the model's names and shapes, float32 throughout.

    Raises:
        NotTheModels: says the first thing that differs.
    """
    names = sorted(shapes)
    for place, name in enumerate(names):
        if name not in tensors:
            grounds = Grounds(Reason.TENSOR_MISSING, (place,))
            raise NotTheModels(f"tensor {name!r} is missing", grounds)
    for place, name in enumerate(sorted(tensors)):
        if name not in shapes:
            grounds = Grounds(Reason.TENSOR_UNKNOWN, (place,))
            raise NotTheModels(f"tensor {shown(name)} is not the model's", grounds)
    for place, name in enumerate(names):
        _check_shape(place, name, tensors[name], shapes[name])


def _check_shape(place: int, name: str, tensor: torch.Tensor, shape: tuple[int, ...]) -> None:
    if tensor.dtype != torch.float32:
        grounds = Grounds(Reason.TENSOR_TYPE, (place,))
        raise NotTheModels(f"tensor {name!r} is {tensor.dtype}, not float32", grounds)
    if tuple(tensor.shape) != shape:
        grounds = Grounds(Reason.TENSOR_SHAPE, (place,))
        raise NotTheModels(f"tensor {name!r} has shape {tuple(tensor.shape)}, not {shape}", grounds)


def content_hash(tensors: Tensors) -> bytes:
    """sha256 of the tensors alone, so that a copy under another's name is recognized."""
    hasher = hashlib.sha256()
    for piece in _pieces(tensors):
        hasher.update(piece)
    return hasher.digest()
