"""Files that are not everywhere yet, though all daemons share one IPFS daemon."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from experiments.chaos.accomplices.messages import Answer, Fault, Forward, Request
from fedjury.protocol.digest import Digest

_ADD, _TYPE = "/api/v0/add", "content-type"
_STRANGE = Digest.of(b"a file that nobody has").cid
_LOOK_SECONDS = 0.1


class Private:
    """CIDs of files that only those may see who were chosen; the clients' daemons fill it."""

    def __init__(self) -> None:
        self._cids: set[str] = set()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many files there are."""
        return len(self._cids)

    def mark(self) -> Fault:
        """Of whoever publishes: its files are private from before they are there."""

        def marked(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
            if (file := uploaded(request)) is not None:
                with self._lock:
                    self._cids.add(Digest.of(file).cid)
            return forward(request)

        return marked

    def hide(self) -> Fault:
        """Of whoever may not see them: asked for such a file, the daemon is asked for another.

        What somebody puts there itself, it sees from then on.
        """
        own: set[str] = set()

        def hidden(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
            if (file := uploaded(request)) is not None:
                own.add(Digest.of(file).cid)
                return forward(request)
            cid = parse_qs(urlsplit(request.path).query).get("arg", [""])[0]
            with self._lock:
                met = cid in self._cids - own
            if not met:
                return forward(request)
            path = request.path.replace(cid, _STRANGE)
            return forward(Request(path, request.headers, request.body, request.method))

        return hidden


def held_back(until: Callable[[], bool], most_seconds: float) -> Fault:
    """Files go into the store only once this is so, or after so many seconds."""

    def late(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        if uploaded(request) is not None:
            end = time.monotonic() + most_seconds
            while not until() and time.monotonic() < end:
                time.sleep(_LOOK_SECONDS)
        return forward(request)

    return late


def uploaded(request: Request) -> bytes | None:
    """The file that a request puts into the store; None for another request."""
    if not request.path.startswith(_ADD):
        return None
    kind = next((text for name, text in request.headers.items() if name.lower() == _TYPE), "")
    with suppress(LookupError):
        boundary = kind.split("boundary=")[1].strip('"').encode()
        return request.body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--" + boundary, 1)[0]
    return None
