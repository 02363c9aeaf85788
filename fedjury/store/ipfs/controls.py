"""Is the daemon well? What it does not produce says something only if it is.

Three experiments: it has to serve content that it holds; what it refuses at once, it has to refuse
as it refuses content that nobody has; and it may not refuse to take a new file, as a daemon whose
disk is full does: that one cannot take from others what it is asked for either.
"""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store.ipfs.adding import upload
from fedjury.store.ipfs.answers import HttpRefusal, Refused, TimedOut, Unanswered
from fedjury.store.ipfs.api import Api

_PROBE = b"fedjury: does this daemon serve what it holds?\n"
_SMALL = 1 << 16  # bytes; what is larger is asked for again only where nothing smaller is known
_LARGEST = 1 << 20
_SHORTEST = 0.1  # seconds for an experiment, however late it is
_STRANGE_SECONDS = 1.0
_NEW_BYTES = 1 << 12  # a disk's block
_NEW_SECONDS = 1.0
FRESH = 1.0  # seconds for which an experiment speaks for requests that began after it


class NoTime(StoreUnavailable):
    """There was no time for an experiment, or it came to no end in its time: nothing is known."""


class Experiment:
    """Something that is tried by one thread for all that want to know, and remembered for a while.

    Args:
        attempt: does it, in at most so many seconds; raises StoreUnavailable where it fails, and
            NoTime where that cannot be said, which is not remembered.
    """

    def __init__(self, attempt: Callable[[float], None]) -> None:
        self._attempt = attempt
        self._turn = threading.Lock()
        self._succeeded_at = self._failed_at = float("-inf")
        self._failure = ""

    def succeeded(self) -> None:
        """It has been seen to succeed just now."""
        self._succeeded_at = max(self._succeeded_at, time.monotonic())

    def require(self, since: float, until: float) -> None:
        """Make sure that it succeeded since, or succeeds now.

        Args:
            since, until: of the monotonic clock.

        Raises:
            NoTime: there was no time to see.
            StoreUnavailable: it does not.
        """
        if self._succeeded_at >= since:
            return
        asked = time.monotonic()
        if not self._turn.acquire(timeout=max(until - asked, _SHORTEST)):
            raise NoTime("there was no time to see whether the IPFS daemon works")
        try:
            if self._failed_at >= asked > self._succeeded_at:  # while we waited for our turn
                raise StoreUnavailable(self._failure)
            if self._succeeded_at < since:
                self._make(max(until - time.monotonic(), _SHORTEST))
        finally:
            self._turn.release()

    def _make(self, seconds: float) -> None:
        try:
            self._attempt(seconds)
        except NoTime:
            raise
        except StoreUnavailable as error:
            self._failed_at, self._failure = time.monotonic(), str(error)
            raise
        self.succeeded()


class Controls:
    """The experiments on one daemon."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._held: tuple[Digest, int] | None = None
        self.serves_what_it_holds = Experiment(self._serve)
        self.refuses_all_that_is_missing = Experiment(self._refuse)
        self._takes_what_is_new = Experiment(self._take)

    def require_room(self, since: float, until: float) -> None:
        """Make sure that the daemon does not refuse a new file; no answer in time says nothing of
        that, so it is asked anew for the next download.

        Args:
            since, until: as of `Experiment.require`.

        Raises:
            StoreUnavailable: it refuses it, in whatever form.
        """
        with suppress(NoTime):
            self._takes_what_is_new.require(since, until)

    def holds(self, digest: Digest, size: int) -> None:
        """The daemon is known to hold this content, of so many bytes."""
        known = self._held
        if size <= _SMALL or (size <= _LARGEST and (known is None or size <= known[1])):
            self._held = digest, size

    def doubt(self, digest: Digest) -> None:
        """There is trouble with this content, so that it shows nothing of the daemon."""
        if self._held is not None and self._held[0] == digest:
            self._held = None

    def served(self, digest: Digest, size: int) -> None:
        """The daemon has just served this content."""
        self.holds(digest, size)
        self.serves_what_it_holds.succeeded()

    def _serve(self, seconds: float) -> None:
        """It serves what it is known to hold; where it does not any more, a probe instead."""
        end = time.monotonic() + seconds
        held = self._held
        if held is not None and self._serves(*held, seconds / 2):
            return
        left = max(end - time.monotonic(), _SHORTEST)
        probe = self._give_probe(left / 2), len(_PROBE)
        if not self._serves(*probe, left / 2):
            raise self._api.unavailable("it does not serve a file that it has just been given")
        self._held = probe

    def _give_probe(self, seconds: float) -> Digest:
        try:
            upload(self._api, _PROBE, seconds, pin=False)
        except Unanswered as error:
            raise self._api.unavailable(str(error)) from error
        return Digest.of(_PROBE)

    def _serves(self, digest: Digest, size: int, seconds: float) -> bool:
        wanted = {"arg": digest.cid, "length": str(size + 1)}
        try:
            body = self._api.ask("cat", wanted, seconds, size)
        except Unanswered:
            return False
        return body.digest() == digest

    def _take(self, seconds: float) -> None:
        """It takes random bytes, which it need not keep, or lets nobody here add anything.

        Raises:
            NoTime: it is slow, which says nothing of its room.
            StoreUnavailable: it answers otherwise, as one does whose disk is full.
        """
        data, end = secrets.token_bytes(_NEW_BYTES), time.monotonic() + min(seconds, _NEW_SECONDS)
        try:
            cid = upload(self._api, data, end - time.monotonic(), pin=False)
        except TimedOut as slow:
            raise NoTime(f"no room seen: {slow}") from slow
        except Unanswered as refused:
            raise self._api.unavailable(f"it takes no new file: {refused}") from refused
        except HttpRefusal as refusal:
            if refusal.is_lasting:
                return
            raise
        with suppress(Unanswered, StoreUnavailable):
            self._api.ask("block/rm", {"arg": cid}, max(end - time.monotonic(), _SHORTEST))

    def _refuse(self, seconds: float) -> None:
        unknown = Digest(secrets.token_bytes(Digest.SIZE))
        try:
            self._api.ask("cat", {"arg": unknown.cid}, min(_STRANGE_SECONDS, seconds))
        except Refused:
            return
        except TimedOut as error:
            if error.is_said:
                return
            raise self._api.unavailable("it does not say that something is missing") from error
        except Unanswered as error:
            raise self._api.unavailable(str(error)) from error
        raise self._api.unavailable("it claims to have what nobody has")
