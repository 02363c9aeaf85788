"""Rosters: who may submit, as a file of addresses and as the root of a Merkle tree.

The tree is OpenZeppelin's standard one: a leaf is keccak256(keccak256(abi.encode(address))), leaves
are sorted by hash, a node is the hash of its two children in ascending order.
Source: https://github.com/OpenZeppelin/merkle-tree; docs/protocol/contracts.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

ADDRESS_BYTES = 20
MAX_MEMBERS = 2**20 - 1
MAX_ROSTER_BYTES = ADDRESS_BYTES * MAX_MEMBERS
NO_ROOT = bytes(32)


@dataclass(frozen=True)
class Roster:
    """The members of a roster.

    Attributes:
        content: the roster's file: addresses of 20 bytes, strictly ascending. That of nobody is
            empty.
    """

    content: bytes = b""

    @classmethod
    def of(cls, members: Iterable[str]) -> "Roster":
        """The roster of these addresses, each of which counts once.

        Raises:
            ValueError: there are more than a roster may have.
        """
        content = b"".join(sorted({bytes.fromhex(member[2:]) for member in members}))
        return cls.from_bytes(content)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Roster":
        """Check a roster's file.

        Raises:
            ValueError: no multiple of 20 bytes, too many members, or not strictly ascending.
        """
        if len(content) % ADDRESS_BYTES:
            raise ValueError(f"{len(content)} bytes are no list of addresses of 20 bytes")
        if len(content) > MAX_ROSTER_BYTES:
            raise ValueError(f"a roster has at most {MAX_MEMBERS:,} members")
        found = _split(content)
        for place, (one, other) in enumerate(pairwise(found)):
            if one >= other:
                raise ValueError(f"addresses {place} and {place + 1} of the roster do not ascend")
        return cls(content)

    def to_bytes(self) -> bytes:
        """The roster's file."""
        return self.content

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.content) // ADDRESS_BYTES

    def __len__(self) -> int:
        return self.size

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and bytes.fromhex(address[2:]) in self._places

    @cached_property
    def members(self) -> list[str]:
        """Checksummed addresses (EIP-55), ascending."""
        return [to_checksum_address(address) for address in _split(self.content)]

    def place_of(self, address: str) -> int | None:
        """Which member an address is, from 0; None for a stranger."""
        return self._places.get(bytes.fromhex(address[2:]))

    @property
    def root(self) -> bytes:
        """The tree's 32-byte root; zero for nobody."""
        return self._tree[0] if self.content else NO_ROOT

    def proof(self, address: str) -> list[bytes]:
        """Hashes from a member's leaf to the root, as `submitUpdate` wants them.

        Raises:
            ValueError: the address is no member's.
        """
        if address not in self:
            raise ValueError(f"{address} is not in the roster")
        node, siblings = self._nodes[_leaf(bytes.fromhex(address[2:]))], []
        while node:
            siblings.append(self._tree[node + 1 if node % 2 else node - 1])
            node = (node - 1) // 2
        return siblings

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {address: place for place, address in enumerate(_split(self.content))}

    @cached_property
    def _tree(self) -> list[bytes]:
        """A complete binary tree: children of node i are 2i + 1 and 2i + 2, leaves in reverse."""
        leaves = sorted(map(_leaf, _split(self.content)), reverse=True)
        tree = [b""] * (len(leaves) - 1) + leaves
        for node in reversed(range(len(leaves) - 1)):
            one, other = tree[2 * node + 1], tree[2 * node + 2]
            tree[node] = keccak(min(one, other) + max(one, other))
        return tree

    @cached_property
    def _nodes(self) -> dict[bytes, int]:
        first = self.size - 1
        return {leaf: first + place for place, leaf in enumerate(self._tree[first:])}


def _split(content: bytes) -> list[bytes]:
    return [content[at : at + ADDRESS_BYTES] for at in range(0, len(content), ADDRESS_BYTES)]


def _leaf(address: bytes) -> bytes:
    return keccak(keccak(bytes(12) + address))
