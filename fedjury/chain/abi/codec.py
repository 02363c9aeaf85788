"""Encoding calls and decoding results by a contract's ABI, on eth-abi's codec."""

from functools import cache, cached_property
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import abi_to_signature, get_abi_input_types, get_abi_output_types
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from fedjury.artifacts import load_artifact
from fedjury.errors import ChainUnavailable, UnexpectedAnswer


class Abi:
    """The ABI of one of this package's contracts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.artifact = load_artifact(name)

    @cached_property
    def functions(self) -> dict[str, Any]:
        """ABI entries of the functions, by name (no contract of this package overloads one)."""
        return self._entries("function")

    @cached_property
    def events(self) -> dict[str, Any]:
        """ABI entries of the events, by name."""
        return self._entries("event")

    @cached_property
    def errors(self) -> dict[str, Any]:
        """ABI entries of the custom errors, by name."""
        return self._entries("error")

    def _entries(self, kind: str) -> dict[str, Any]:
        return {entry["name"]: entry for entry in self.artifact.abi if entry["type"] == kind}

    def encode_call(self, function: str, arguments: tuple[object, ...]) -> bytes:
        """Call data: 4 bytes of selector, then the encoded arguments."""
        entry = self.functions[function]
        return selector(entry) + encode(get_abi_input_types(entry), arguments)

    def decode_result(self, function: str, result: bytes) -> tuple[Any, ...]:
        """Return values, by position.

        Raises:
            UnexpectedAnswer: this is not what the function returns.
        """
        types = get_abi_output_types(self.functions[function])
        try:
            return decode_strictly(types, result, f"{self.name}.{function}()")
        except ChainUnavailable as error:
            raise UnexpectedAnswer(str(error)) from None


@cache
def abi_of(name: str) -> Abi:
    """The ABI of a contract that this package ships."""
    return Abi(name)


def selector(entry: Any) -> bytes:
    """The first 4 bytes of the hash of a function's or an error's signature."""
    return keccak(text=abi_to_signature(entry))[:4]


def topic(entry: Any) -> bytes:
    """The hash of an event's signature: its log's first topic."""
    return keccak(text=abi_to_signature(entry))


def decode_strictly(types: list[str], raw: bytes, what: str) -> tuple[Any, ...]:
    """Decode ABI data, with addresses checksummed.

    Raises:
        ChainUnavailable: raw is not an encoding of these types.
    """
    try:
        values = decode(types, raw)
    except (DecodingError, OverflowError, ValueError):
        # ValueError covers strings that are not UTF-8
        raise ChainUnavailable.garbage(what, "0x" + raw.hex()) from None
    return tuple(map(_checksummed, types, values))


def _checksummed(kind: str, value: Any) -> Any:
    if kind == "address":
        return to_checksum_address(value)
    if kind == "address[]":
        return tuple(map(to_checksum_address, value))
    return value
