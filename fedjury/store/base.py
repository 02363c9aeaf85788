"""What every content store offers."""

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
            timeout: seconds for the whole download. A store that falls silent is asked whether
                it lives at all, which may take 5 seconds more.

        Raises:
            ContentNotFound: the store works, but did not produce this file in time.
            ContentTooLarge: the file is larger than max_bytes.
            ContentMismatch: what arrived is not this file.
            StoreUnavailable: the store does not work.
        """

    def check(self) -> None:
        """Raise StoreUnavailable unless the store answers."""
