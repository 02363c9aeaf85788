"""The digest of a file: what stands on chain for content, and how people write it."""

from collections.abc import Iterable
from typing import IO, Self

from fedjury.protocol import unixfs

_MULTIHASH_PREFIX = b"\x12\x20"  # sha2-256, 32 bytes
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CID_LENGTH = 46


class Digest(bytes):
    """32 bytes: the sha2-256 digest inside a file's CIDv0; on chain a ``bytes32``.

    As text it is the CIDv0, base58btc(0x12 0x20 digest), see https://github.com/multiformats/cid.

    Raises:
        ValueError: not 32 bytes; ABI encoding would silently pad a shorter value.
    """

    SIZE = 32

    def __new__(cls, value: bytes) -> Self:
        if len(value) != cls.SIZE:
            raise ValueError(f"a digest is {cls.SIZE} bytes long, this one {len(value)}")
        return super().__new__(cls, value)

    @classmethod
    def of(cls, data: bytes | bytearray) -> Self:
        """The digest of the CIDv0 that `ipfs add` gives this file by default."""
        return cls(unixfs.root_hash(data))

    @classmethod
    def of_file(cls, file: IO[bytes]) -> Self:
        """The same of a file that is open for reading, which need not lie in memory.

        Raises:
            OSError: it cannot be read.
        """
        return cls(unixfs.root_hash_of(file))

    @classmethod
    def of_pieces(cls, pieces: Iterable[bytes | memoryview]) -> Self:
        """The same of content in pieces, one after the other, which need not be joined."""
        return cls(unixfs.root_hash_of_pieces(pieces))

    @classmethod
    def from_cid(cls, cid: str) -> Self:
        """The digest in a CIDv0.

        Raises:
            ValueError: anything else, CIDv1 included.
        """
        if len(cid) != _CID_LENGTH or not cid.startswith("Qm"):
            raise ValueError(f"not a CIDv0 ('Qm' and 44 more characters): {cid[:80]!r}")
        number = 0
        for character in cid:
            index = _ALPHABET.find(character)
            if index < 0:
                raise ValueError(f"not a CIDv0: {character!r} is not base58, in {cid!r}")
            number = number * len(_ALPHABET) + index
        # 46 base58 characters starting with "Qm" always fit the 34 bytes of a multihash.
        multihash = number.to_bytes(len(_MULTIHASH_PREFIX) + cls.SIZE, "big")
        if not multihash.startswith(_MULTIHASH_PREFIX):
            raise ValueError(f"not a CIDv0: not a sha2-256 multihash of 32 bytes: {cid!r}")
        return cls(multihash[len(_MULTIHASH_PREFIX) :])

    @property
    def cid(self) -> str:
        """The CIDv0, ``Qm`` and 44 more characters."""
        number = int.from_bytes(_MULTIHASH_PREFIX + self, "big")
        text = ""
        while number:
            number, index = divmod(number, len(_ALPHABET))
            text = _ALPHABET[index] + text
        return text

    def __str__(self) -> str:
        return self.cid

    def __repr__(self) -> str:
        return f"Digest({self.hex()})"
