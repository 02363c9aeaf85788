"""A model's weights as named tensors, and the one canonical file they have.

The file is safetensors. It is written here rather than by the library because two jurors must
write the same bytes whatever version of the library each has: keys in order of name, data in the
same order, the header padded with spaces to a multiple of 8. It is read by the library.
Source of the format: https://github.com/huggingface/safetensors#format.
"""

import hashlib
import json
import struct
from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load as _load_safetensors

from fedjury.checks.json_values import without_repetition

Tensors = dict[str, torch.Tensor]
Shapes = dict[str, tuple[int, ...]]

_HEADER_LENGTH = struct.Struct("<Q")


def shapes_of(tensors: Mapping[str, torch.Tensor]) -> Shapes:
    """Name to shape."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def tensor_bytes(tensor: torch.Tensor) -> bytes:
    """The tensor's float32 values, row-major, little-endian."""
    return tensor.detach().to("cpu", torch.float32).contiguous().numpy().astype("<f4").tobytes()


def encode(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """The canonical safetensors file of float32 tensors."""
    header: dict[str, object] = {}
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    chunks, offset = [], 0
    for name in sorted(tensors):
        data = tensor_bytes(tensors[name])
        header[name] = {
            "dtype": "F32",
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, offset + len(data)],
        }
        offset += len(data)
        chunks.append(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return _HEADER_LENGTH.pack(len(text)) + text + b"".join(chunks)


def decode(data: bytes) -> tuple[Tensors, dict[str, str]]:
    """Tensors and metadata of a safetensors file.

    Raises:
        ValueError: the bytes are not safetensors, name a tensor twice, or hold a type that torch
            does not know.
    """
    try:
        tensors = _load_safetensors(data)
        return tensors, _metadata(data)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(f"not a safetensors file: {error}") from error


def _metadata(data: bytes) -> dict[str, str]:
    (length,) = _HEADER_LENGTH.unpack_from(data)
    text = data[_HEADER_LENGTH.size : _HEADER_LENGTH.size + length]
    header = json.loads(text, object_pairs_hook=without_repetition)
    return dict(header.get("__metadata__") or {})


def check_shapes(tensors: Tensors, shapes: Shapes) -> None:
    """Hold tensors against the model's names and shapes, float32 throughout.

    Raises:
        ValueError: says the first thing that differs.
    """
    if missing := sorted(shapes.keys() - tensors.keys()):
        raise ValueError(f"tensor {missing[0]!r} is missing")
    if extra := sorted(tensors.keys() - shapes.keys()):
        raise ValueError(f"tensor {extra[0]!r} is not the model's")
    for name, shape in shapes.items():
        if tensors[name].dtype != torch.float32:
            raise ValueError(f"tensor {name!r} is {tensors[name].dtype}, not float32")
        if tuple(tensors[name].shape) != shape:
            raise ValueError(f"tensor {name!r} has shape {tuple(tensors[name].shape)}, not {shape}")


def content_hash(tensors: Tensors) -> bytes:
    """sha256 of the tensors alone, so that a copy under another's name is recognized."""
    return hashlib.sha256(encode(tensors)).digest()
