"""A content store that is a directory: one file each, named by its CID."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fedjury.errors import ContentMismatch, ContentNotFound, ContentTooLarge, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import root_node_of
from fedjury.runtime.files import write_whole


class DirectoryStore:
    """The embedded store: nothing to install or start. Any number of processes may share it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Create the directory if need be. Raises StoreUnavailable when that fails."""
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"cannot create the store {self.path}: {error}") from error

    @property
    def name(self) -> str:
        return f"directory {self.path}"

    def add(self, data: bytes) -> Digest:
        self.check()  # a directory that went away is not made again
        digest = Digest.of(data)
        try:
            write_whole(self._file(digest), data)
        except OSError as error:
            reason = error.strerror or error
            raise StoreUnavailable(f"cannot write to {self.name}: {reason}") from error
        return digest

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        """As ContentStore.fetch; a local disk answers at once, so `timeout` has no part in it."""
        data = self._read(digest, max_bytes)
        if len(data) > max_bytes:
            root = self._root(digest)
            self._require_whole(digest, Digest(hashlib.sha256(root).digest()))
            raise ContentTooLarge(f"{digest.cid} is larger than {max_bytes} bytes", root)
        self._require_whole(digest, Digest.of(data))
        return data

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        if not self._file(digest).is_file():
            self._read(digest, 0)  # says what is wrong
        return lambda: self.fetch(digest, max_bytes, timeout)

    def keep(self, digest: Digest, timeout: float) -> None:
        """As ContentStore.keep: the file is there. A directory keeps everything."""
        if not self._file(digest).is_file():
            self.check()
            raise ContentNotFound(f"{digest.cid} is not in {self.name}")

    def release(self, digest: Digest) -> None:
        """Nothing: others may share the directory, and need the file."""

    def has(self, digest: Digest) -> bool:
        """Whether there is a file of this name, whatever its bytes."""
        return self._file(digest).is_file()

    def read(self, digest: Digest) -> bytes | None:
        """The bytes of a file of this name, whatever they hash to; None where there are none."""
        try:
            return self._file(digest).read_bytes()
        except OSError:
            return None

    def root_of(self, digest: Digest) -> bytes | None:
        """The root block of a file of this name, which says how large it is; None where there is
        no such file, or its bytes are other ones."""
        try:
            root = self._root(digest)
        except StoreUnavailable:
            return None
        return root if hashlib.sha256(root).digest() == digest else None

    def path_of(self, digest: Digest) -> Path:
        """Where a file of this name is, or would be."""
        return self._file(digest)

    def digests(self) -> list[Digest]:
        """Of all files here. Raises StoreUnavailable where the directory cannot be read."""
        try:
            names = os.listdir(self.path)
        except OSError as error:
            raise StoreUnavailable(f"cannot read {self.name}: {error}") from error
        found = []
        for name in names:
            with suppress(ValueError):  # other files are none of ours
                found.append(Digest.from_cid(name))
        return found

    def forget(self, digest: Digest) -> None:
        """Remove a file, if it is there; for a directory that nobody else uses.

        Raises:
            StoreUnavailable: it cannot be removed.
        """
        try:
            self._file(digest).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"cannot remove {self._file(digest)}: {error}") from error

    def check(self) -> None:
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK) or not self.path.is_dir():
            raise StoreUnavailable(f"{self.name} is not a directory that can be read and written")

    def _file(self, digest: Digest) -> Path:
        return self.path / digest.cid

    def _require_whole(self, digest: Digest, found: Digest) -> None:
        if found != digest:
            raise ContentMismatch(f"{self._file(digest)} is damaged: its bytes have another CID")

    def _root(self, digest: Digest) -> bytes:
        """The root block of the bytes that a file really holds, however many there are."""
        try:
            with self._file(digest).open("rb") as file:
                return root_node_of(file)
        except OSError as error:
            raise StoreUnavailable(f"cannot read {self._file(digest)}: {error}") from error

    def _read(self, digest: Digest, max_bytes: int) -> bytes:
        try:
            with self._file(digest).open("rb") as file:
                return file.read(max_bytes + 1)
        except FileNotFoundError as error:
            self.check()  # a directory that went away says nothing about the file
            raise ContentNotFound(f"{digest.cid} is not in {self.name}") from error
        except OSError as error:
            raise StoreUnavailable(f"cannot read {self._file(digest)}: {error}") from error
