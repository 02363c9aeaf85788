"""A place on loopback that passes on what jurors ask each other over HTTP, and counts it."""

import re
import selectors
import socket
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

_KIND = re.compile(rb"GET /(?:rounds/[^/ ]+/[^/ ]+/)?([a-z]+)")
_PIECE = 1 << 16


@dataclass
class Asked:
    """Requests of one kind.

    Attributes:
        requests: how many.
        sent: their bytes, with line, headers and signatures.
        received: bytes of the answers, with their headers.
    """

    requests: int = 0
    sent: int = 0
    received: int = 0


@dataclass
class Counts:
    """What jurors asked each other for. Safe to use from threads.

    Attributes:
        kinds: by kind of path: ``announcements``, ``feed``, ``holding``, ``findings``, ``reports``,
            ``files``, ``slices``, ``healthz``.
    """

    kinds: defaultdict[str, Asked] = field(default_factory=lambda: defaultdict(Asked))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, sent: bytes, size: int, received: int) -> None:
        """Note a request.

        Args:
            sent: its beginning, from which its kind is read.
            size: all of its bytes.
            received: bytes of the answer.
        """
        found = _KIND.match(sent)
        with self.lock:
            asked = self.kinds[found[1].decode() if found else "other"]
            asked.requests += 1
            asked.sent += size
            asked.received += received

    def copy(self) -> dict[str, Asked]:
        """As it is now, by kind in order."""
        with self.lock:
            return {kind: Asked(**vars(self.kinds[kind])) for kind in sorted(self.kinds)}


class Wire:
    """Passes on each connection to a juror's server, while its `with` block runs.

    A juror sends each request by a connection of its own, so connections are requests.

    Args:
        counts: are told of each.

    Attributes:
        port: of the server; 0 before it is known, until which nobody is served.
        url: where this listens.
    """

    def __init__(self, counts: Counts) -> None:
        self._counts, self.port = counts, 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> "Wire":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                asking, _ = self._listening.accept()
                threading.Thread(target=self._pass_on, args=(asking,), daemon=True).start()

    def _pass_on(self, asking: socket.socket) -> None:
        with asking, suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.port)) as answering:
                first, sent, received = _both_ways(asking, answering)
            if sent:
                self._counts.count(first, sent, received)


def _both_ways(asking: socket.socket, answering: socket.socket) -> tuple[bytes, int, int]:
    """The first bytes that were asked by, how many, and how many were answered."""
    first, sent, received = b"", 0, 0
    with selectors.DefaultSelector() as selector, suppress(OSError):
        selector.register(asking, selectors.EVENT_READ, answering)
        selector.register(answering, selectors.EVENT_READ, asking)
        while True:
            for ready, _ in selector.select():
                source = ready.fileobj
                assert isinstance(source, socket.socket)
                piece = source.recv(_PIECE)
                if not piece:
                    return first, sent, received
                ready.data.sendall(piece)
                if source is asking:
                    first, sent = first or piece, sent + len(piece)
                else:
                    received += len(piece)
    return first, sent, received
