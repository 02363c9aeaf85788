"""Fields of statements: bytes as hexadecimal text in JSON, and numbers as the contract has them."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


def _unhex(value: Any) -> Any:
    """The bytes of ``0x`` and lower-case digits; what is no text stays, for pydantic to refuse."""
    if not isinstance(value, str):
        return value
    if _HEX.fullmatch(value) is None:
        raise ValueError("0x and pairs of lower-case hexadecimal digits are wanted")
    return bytes.fromhex(value[2:])


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


_AsText = PlainSerializer(_hex, return_type=str, when_used="json")
MOST_BITMAP_BYTES = 15_000  # of the most updates that a round can hold, a bit each

Bytes32 = Annotated[
    bytes, BeforeValidator(_unhex), Field(strict=True, min_length=32, max_length=32), _AsText
]
SignatureBytes = Annotated[
    bytes, BeforeValidator(_unhex), Field(strict=True, min_length=65, max_length=65), _AsText
]
Bitmap = Annotated[
    bytes, BeforeValidator(_unhex), Field(strict=True, max_length=MOST_BITMAP_BYTES), _AsText
]
Verdicts = Annotated[
    bytes, BeforeValidator(_unhex), Field(strict=True, max_length=8 * MOST_BITMAP_BYTES), _AsText
]
Signatures = Annotated[
    bytes, BeforeValidator(_unhex), Field(strict=True, min_length=65, max_length=65 * 128), _AsText
]
Address = Annotated[str, Field(strict=True, pattern=r"^0x[0-9a-f]{40}$")]
Uint16 = Annotated[int, Field(strict=True, ge=0, lt=2**16)]
Uint32 = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
Uint64 = Annotated[int, Field(strict=True, ge=0, lt=2**64)]
RoundNumber = Annotated[int, Field(strict=True, ge=1, lt=2**32)]
