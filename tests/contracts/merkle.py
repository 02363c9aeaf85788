"""OpenZeppelin's standard Merkle tree over addresses: nothing here asks the contract."""

from eth_abi import encode
from eth_utils import keccak

NOBODY = (bytes(32), 0, bytes(32))


def leaf_of(member):
    """A member's leaf, hashed twice."""
    return keccak(keccak(encode(["address"], [str(member)])))


def parent_of(one, other):
    """The inner node over two nodes, in whatever order."""
    return keccak(min(one, other) + max(one, other))


class Roster:
    """A roster of members, with the proof of each."""

    def __init__(self, members):
        self.members = list(members)
        self._leaves = sorted(map(leaf_of, self.members))
        # A complete binary tree in an array, as @openzeppelin/merkle-tree has it: the children of
        # node i are nodes 2i + 1 and 2i + 2, the leaves stand last and in reverse.
        size = len(self._leaves)
        self._tree = [b""] * (size - 1) + self._leaves[::-1]
        for node in reversed(range(size - 1)):
            self._tree[node] = parent_of(self._tree[2 * node + 1], self._tree[2 * node + 2])
        self._place = {leaf: node for node, leaf in enumerate(self._tree) if node >= size - 1}

    @property
    def root(self):
        return self._tree[0] if self.members else bytes(32)

    def as_tuple(self):
        """The contract's struct; the digest only has to be told apart from others."""
        if not self.members:
            return NOBODY
        return (self.root, len(self.members), keccak(b"file of " + self.root))

    def proof(self, member):
        """Sibling hashes from a member's leaf to the root; none for whoever is not in it."""
        node, siblings = self._place.get(leaf_of(member), 0), []
        while node > 0:
            siblings.append(self._tree[node + 1 if node % 2 else node - 1])
            node = (node - 1) // 2
        return siblings


class Crowd:
    """A roster of so many members of whom none submits itself: batches alone fill its rounds."""

    def __init__(self, size):
        self.members, self.size = [], size
        self.root = keccak(text=f"root over {size}")

    def as_tuple(self):
        """The contract's struct."""
        return (self.root, self.size, keccak(b"file of " + self.root))


def rooted_at_depth(member, depth):
    """A root over a member and so many levels of others, and the member's proof."""
    proof = [keccak(text=f"sibling {level}") for level in range(depth)]
    root = leaf_of(member)
    for sibling in proof:
        root = parent_of(root, sibling)
    return root, proof
