"""The other jurors of a jury, as this one can ask them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from fedjury.errors import TransientError
from fedjury.oracle.exchange.events import PeerMisbehaved, PeerReached, PeerUnreachable
from fedjury.oracle.exchange.paths import kind_of
from fedjury.oracle.exchange.traffic import Count, uncounted
from fedjury.runtime.events import Listener
from fedjury.runtime.http.limits import RateLimit

_BLAMED_A_SECOND, _BLAMED_AT_ONCE = 0.1, 60  # times that one juror is told of


class PeerUnavailable(TransientError):
    """A juror does not answer, or not in a way that says anything."""


class PeerRefused(Exception):
    """A juror answers that it does not have what it is asked for, or does not give it."""


class PeerWrong(Exception):
    """A juror answers what no right program would; the message says what is wrong with it."""


class Peer(Protocol):
    """Another juror."""

    @property
    def address(self) -> str:
        """The juror's address, in lower case."""

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        """Ask for something.

        Args:
            target: path and query, see docs/protocol/exchange.md.
            max_bytes: that the answer may have.
            timeout: seconds for all of it.

        Raises:
            PeerUnavailable: no usable answer.
            PeerRefused: it does not have that.
            PeerWrong: the answer is larger than max_bytes.
        """


class Peers:
    """Finds the jurors that can be asked, and tells when that changes.

    Args:
        find: gives a juror by its address; None where nobody knows where it is.
        listener: is told what is wrong with whom.
        count: is told of every question: ``answered``, ``refused``, ``unavailable`` or ``wrong``.
    """

    def __init__(
        self,
        find: Callable[[str], Peer | None],
        listener: Listener,
        count: Count = uncounted,
    ) -> None:
        self._find, self._listener, self._count = find, listener, count
        self._lock = threading.Lock()
        self._down: dict[str, str] = {}
        self._told_down: set[str] = set()
        self._answers = Counter[str]()
        self._blamed = RateLimit(_BLAMED_A_SECOND, _BLAMED_AT_ONCE)
        self._flapped = RateLimit(_BLAMED_A_SECOND, _BLAMED_AT_ONCE)

    @classmethod
    def of(cls, peers: Mapping[str, Peer], listener: Listener) -> "Peers":
        """Jurors that are always found."""
        return cls(peers.get, listener)

    def find(self, juror: str) -> Peer | None:
        """A juror that can be asked; None where nobody knows where it is."""
        return self._find(juror)

    def ask(
        self,
        juror: str,
        target: str,
        max_bytes: int,
        timeout: float,
        *,
        is_blamed: bool = True,
    ) -> bytes:
        """Ask a juror; arguments and errors as of `Peer.get`.

        Args:
            juror, target, max_bytes, timeout: who is asked for what, as of `Peer.get`.
            is_blamed: whether a wrong answer is told of here; otherwise that is left to the caller.
        """
        peer, kind = self._find(juror), kind_of(target)
        if peer is None:
            self._failed(juror, "nobody knows where it is")
            raise PeerUnavailable(f"nobody knows where juror {juror} is")
        try:
            answer = peer.get(target, max_bytes, timeout)
        except PeerUnavailable as error:
            self._count(kind, "unavailable", 0)
            self._failed(juror, str(error))
            raise
        except PeerRefused:
            self._count(kind, "refused", 0)
            self._worked(juror)
            raise
        except PeerWrong as error:
            self._count(kind, "wrong", 0)
            if is_blamed:
                self.blame(juror, str(error))
            raise
        self._count(kind, "answered", len(answer))
        self._worked(juror)
        return answer

    def blame(self, juror: str, reason: str) -> None:
        """A juror serves what is not right. Told only so often, so that nobody fills a log."""
        with self._lock:
            if self._blamed.wait(juror):
                return
            self._blamed.take(juror)
        self._listener(PeerMisbehaved(juror=juror, reason=reason))

    def unreachable(self, jurors: Iterable[str]) -> dict[str, str]:
        """Of some jurors those that did not answer when they were asked last, and why."""
        with self._lock:
            return {juror: self._down[juror] for juror in jurors if juror in self._down}

    def answers(self, juror: str) -> int:
        """How often a juror has answered by now, refusals counted as well."""
        with self._lock:
            return self._answers[juror]

    def _failed(self, juror: str, reason: str) -> None:
        """A juror does not answer. Told only so often, as of one that answers every other time."""
        with self._lock:
            self._down[juror] = reason
            if juror in self._told_down or self._flapped.wait(juror):
                return
            self._flapped.take(juror)
            self._told_down.add(juror)
        self._listener(PeerUnreachable(juror=juror, reason=reason))

    def _worked(self, juror: str) -> None:
        with self._lock:
            self._answers[juror] += 1
            self._down.pop(juror, None)
            if juror not in self._told_down:
                return
            self._told_down.remove(juror)
        self._listener(PeerReached(juror=juror))
