"""Fetching a file from an IPFS daemon, and what it means where that fails.

Unavailable is what a daemon that is well does not have. So a download that fails is followed by
the request for the file's root block, which may prove something about the content, and then by the
experiments that show whether the daemon is well (`controls`). Only then is the content to blame;
else it is StoreUnavailable, which says nothing.
"""

import hashlib
import time
from dataclasses import dataclass

from fedjury.errors import (
    ContentError,
    ContentMismatch,
    ContentNotFound,
    ContentTooLarge,
    NotAFile,
    StoreUnavailable,
)
from fedjury.protocol.digest import Digest
from fedjury.protocol.oversize import proven_bytes
from fedjury.protocol.unixfs_root import MAX_ROOT_BYTES, NotOurFile, read_root
from fedjury.store.ipfs.answers import Body, BrokenOff, HttpRefusal, Refused, TimedOut, Unanswered
from fedjury.store.ipfs.api import Api
from fedjury.store.ipfs.controls import FRESH, Controls

_ATTEMPTS = 2  # at a download whose connection breaks
_KEPT_BACK = 0.5  # seconds of the limit for experiments
_EXTRA = 0.75  # seconds beyond the limit for them
_ROOT_SECONDS = 2.0
_SHORTEST = 0.05  # seconds; nothing is asked with less
# Seen with go-ipfs and Kubo: blocks of up to 1 MiB are made, of up to 2 MiB exchanged.
_LARGEST_BLOCK = 1 << 21


@dataclass(frozen=True, slots=True)
class _Times:
    """The times of one fetch, on the monotonic clock.

    Attributes:
        began: when the fetch began.
        content_until: when content has to be here.
        until: when the experiments have to be over.
        fresh_for: seconds for which an experiment counts that was made before; never longer than
            the limit of the fetch.
    """

    began: float
    content_until: float
    until: float
    fresh_for: float

    @classmethod
    def start(cls, timeout: float) -> "_Times":
        now = time.monotonic()
        return cls(
            content_until=now + timeout - min(_KEPT_BACK, timeout / 5),
            until=now + timeout + _EXTRA,
            fresh_for=min(FRESH, timeout),
            began=now,
        )

    @property
    def fresh_since(self) -> float:
        """From when on an experiment counts: since we began, or for a moment if that is longer."""
        return min(self.began, time.monotonic() - self.fresh_for)

    @property
    def content_seconds(self) -> float:
        return max(self.content_until - time.monotonic(), _SHORTEST)


class Fetching:
    """Fetches files from one daemon."""

    def __init__(self, api: Api, controls: Controls) -> None:
        self._api, self._controls = api, controls

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Body:
        """As `ContentStore.receive`."""
        times = _Times.start(timeout)
        try:
            body = self._download(digest, max_bytes, times)
        except (ContentMismatch, Unanswered) as trouble:
            raise self._meaning(digest, max_bytes, times, trouble) from trouble
        self._controls.served(digest, body.size)
        return body

    def root(self, cid: str, seconds: float) -> bytes | None:
        """The block of this CID as the daemon has it, not checked; None where it has none."""
        try:
            body = self._api.ask("block/get", {"arg": cid}, seconds, _LARGEST_BLOCK)
        except Unanswered:
            return None
        except HttpRefusal as refusal:
            if refusal.is_lasting:  # an endpoint may allow downloads and no more
                return None
            raise
        return None if body.is_cut else body.read()

    def _download(self, digest: Digest, max_bytes: int, times: _Times) -> Body:
        """The file, if its bytes are the right ones; a broken connection is tried once more."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                # One byte more tells a file that is too large from one that just fits.
                wanted = {"arg": digest.cid, "length": str(max_bytes + 1)}
                body = self._api.ask("cat", wanted, times.content_seconds, max_bytes)
            except BrokenOff:
                if attempt == _ATTEMPTS or times.content_until <= time.monotonic():
                    raise
                continue
            if body.is_cut:
                # anybody can send many bytes: only the root block proves how many there are
                raise Unanswered(f"more than {max_bytes} bytes arrive")
            if body.digest() == digest:
                return body
            raise ContentMismatch(f"the {self._api.name} sent other bytes than {digest.cid}")
        raise AssertionError("an attempt returns or raises")

    def _meaning(
        self,
        digest: Digest,
        max_bytes: int,
        times: _Times,
        trouble: ContentMismatch | Unanswered,
    ) -> ContentError | StoreUnavailable:
        """What it means that a download came to nothing. Raises StoreUnavailable or returns."""
        self._controls.doubt(digest)
        has_root = False
        if not isinstance(trouble, TimedOut) or trouble.is_said:
            has_root = self._has_root(digest, max_bytes, times)
            if isinstance(trouble, BrokenOff) and not has_root:
                return self._api.unavailable(f"twice broken off: {trouble}")
        if isinstance(trouble, Refused) and not has_root:
            self._controls.refuses_all_that_is_missing.require(times.fresh_since, times.until)
        self._controls.serves_what_it_holds.require(times.fresh_since, times.until)
        if isinstance(trouble, ContentMismatch):
            return trouble
        self._controls.require_room(times.fresh_since, times.until)
        return ContentNotFound(f"the {self._api.name} did not produce {digest.cid}: {trouble}")

    def _has_root(self, digest: Digest, max_bytes: int, times: _Times) -> bool:
        """Whether the daemon produces the root block, which is judged.

        Raises:
            ContentTooLarge, NotAFile: the block proves it.
        """
        block = self.root(digest.cid, min(_ROOT_SECONDS, times.content_seconds))
        if block is None or hashlib.sha256(block).digest() != digest:
            return False
        size = proven_bytes(digest, block)
        if size is not None and size > max_bytes:
            what = f"{size} bytes long, more than {max_bytes}"
            raise ContentTooLarge(f"{digest.cid} is {what}", block)
        try:
            if len(block) > MAX_ROOT_BYTES:
                raise NotOurFile(f"a block of {len(block)} bytes")
            read_root(block).require_ours()
        except NotOurFile as other:
            raise NotAFile(f"{digest.cid} is {other}") from other
        return True
