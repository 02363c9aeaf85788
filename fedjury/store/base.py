"""What every content store offers."""

from collections.abc import Callable
from typing import Protocol

from fedjury.protocol.digest import Digest


class ContentStore(Protocol):
    """Files by the digest of their CIDv0. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """Where the store is, in words for people."""

    def add(self, data: bytes) -> Digest:
        """Store and pin a file.

        Raises:
            StoreUnavailable: it is not stored, or nobody can say whether it is.
            ContentMismatch: the store calls it by another CID than we do.
        """

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        """The file of this digest; what is returned always hashes to it.

        Args:
            digest: 32 bytes.
            max_bytes: the largest file wanted; a larger one is cut off while downloading.
            timeout: seconds for the whole download, and up to a second more to see whether a
                store that does not produce the file is well.

        Raises:
            ContentNotFound: a store that is well does not have this file, or not all of it.
            NotAFile: what has this digest is no file, and never will be.
            ContentTooLarge: the file is larger than max_bytes, which its root block proves, that
                comes with the error; any other excess is as if nothing had arrived.
            ContentMismatch: what arrived is not this file, from a store that is well.
            StoreUnavailable: the store does not work or refuses, which says nothing of the file.
        """

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        """As `fetch`, but the file need not lie in memory until the function is called.

        Whoever fetches many files side by side calls only a few of these functions at a time.
        They are called once, and raise what `fetch` raises.
        """

    def keep(self, digest: Digest, timeout: float) -> None:
        """Have the store keep a file, whoever else removes it elsewhere; twice is as good as once.

        Raises:
            ContentNotFound: the store does not have it.
            StoreUnavailable: it is not kept, or nobody can say whether it is.
        """

    def release(self, digest: Digest) -> None:
        """Have the store keep a file no longer, if it does.

        Raises:
            StoreUnavailable: it may still be kept.
        """

    def check(self) -> None:
        """Raise StoreUnavailable unless the store answers."""
