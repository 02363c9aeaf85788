"""The batch file: signed updates of many clients, as a relayer posts them.

A magic of 8 bytes, the number of entries as an unsigned 32-bit number, big end first, and the
entries, strictly ascending by client, 117 bytes each: address, digest of the update's file,
signature (r, s, v; low s, v 27 or 28). Anything else is no batch file. Source:
docs/protocol/files.md.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from eth_utils.address import to_checksum_address

from fedjury.protocol.digest import Digest

MAGIC = b"fedjury\x02"
ADDRESS_BYTES = 20
SIGNATURE_BYTES = 65
ENTRY_BYTES = ADDRESS_BYTES + Digest.SIZE + SIGNATURE_BYTES
HEAD_BYTES = len(MAGIC) + 4

# Half of the order of secp256k1: of the two s that a signature may have, the low one counts
# (EIP-2).
HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_V = (27, 28)


@dataclass(frozen=True)
class BatchEntry:
    """One client's update in a batch.

    Attributes:
        client: the client's address (EIP-55).
        digest: of the update's file.
        signature: the client's, 65 bytes r‖s‖v, see `fedjury.protocol.update_signing`.
    """

    client: str
    digest: Digest
    signature: bytes

    def to_bytes(self) -> bytes:
        """The entry's 117 bytes.

        Raises:
            ValueError: the client is no address, or the signature is not 65 bytes long.
        """
        client = bytes.fromhex(self.client[2:])
        if len(client) != ADDRESS_BYTES:
            raise ValueError(f"{self.client} is no address of {ADDRESS_BYTES} bytes")
        if len(self.signature) != SIGNATURE_BYTES:
            raise ValueError(f"a signature of {len(self.signature)} bytes, not {SIGNATURE_BYTES}")
        return client + self.digest + self.signature


@dataclass(frozen=True)
class BatchFile:
    """A batch file that is well-formed.

    Attributes:
        content: its bytes.
    """

    content: bytes

    @classmethod
    def of(cls, entries: Iterable[BatchEntry]) -> "BatchFile":
        """The batch file of these entries, in any order.

        Raises:
            ValueError: there are none, a client has several, or a signature is not written as
                batches have it.
        """
        lines = sorted(entry.to_bytes() for entry in entries)
        return cls.from_bytes(MAGIC + len(lines).to_bytes(4, "big") + b"".join(lines))

    @classmethod
    def from_bytes(cls, content: bytes) -> "BatchFile":
        """Check a batch file. Whose the signatures are is not looked at.

        Raises:
            ValueError: says what is wrong with it.
        """
        if content[: len(MAGIC)] != MAGIC or len(content) < HEAD_BYTES:
            raise ValueError("it does not begin as batch files do")
        count = int.from_bytes(content[len(MAGIC) : HEAD_BYTES], "big")
        if count == 0:
            raise ValueError("it has no entries")
        if len(content) != batch_bytes(count):
            raise ValueError(
                f"it says {count:,} entries, which take {batch_bytes(count):,} bytes, and has "
                f"{len(content):,}"
            )
        _check_entries(content)
        return cls(content)

    def __len__(self) -> int:
        return (len(self.content) - HEAD_BYTES) // ENTRY_BYTES

    def __iter__(self) -> Iterator[BatchEntry]:
        return map(self.entry, range(len(self)))

    def entry(self, place: int) -> BatchEntry:
        """One entry.

        Args:
            place: from 0.
        """
        at = HEAD_BYTES + place * ENTRY_BYTES
        line = self.content[at : at + ENTRY_BYTES]
        digest_end = ADDRESS_BYTES + Digest.SIZE
        return BatchEntry(
            to_checksum_address(line[:ADDRESS_BYTES]),
            Digest(line[ADDRESS_BYTES:digest_end]),
            line[digest_end:],
        )

    def place_of(self, client: str) -> int | None:
        """Where a client's entry stands, from 0; None where the client has none."""
        wanted = bytes.fromhex(client[2:])
        place = bisect_left(self._clients, wanted)
        if place < len(self) and self._clients[place] == wanted:
            return place
        return None

    @cached_property
    def _clients(self) -> list[bytes]:
        content = self.content
        return [
            content[at : at + ADDRESS_BYTES] for at in range(HEAD_BYTES, len(content), ENTRY_BYTES)
        ]


def batch_bytes(count: int) -> int:
    """The size of a batch file with so many entries."""
    return HEAD_BYTES + count * ENTRY_BYTES


def is_plain_signature(signature: bytes) -> bool:
    """Whether a signature is written as batches have it: 65 bytes, low s, v 27 or 28."""
    if len(signature) != SIGNATURE_BYTES or signature[64] not in _V:
        return False
    return int.from_bytes(signature[32:64], "big") <= HIGHEST_S


def _check_entries(content: bytes) -> None:
    previous = b""
    for place, at in enumerate(range(HEAD_BYTES, len(content), ENTRY_BYTES)):
        client = content[at : at + ADDRESS_BYTES]
        if client <= previous:
            raise ValueError(f"entry {place} does not ascend")
        if not is_plain_signature(content[at + ENTRY_BYTES - SIGNATURE_BYTES : at + ENTRY_BYTES]):
            raise ValueError(f"the signature of entry {place} has a high s, or a v but 27 and 28")
        previous = client
