"""A server on loopback that answers as it is told, and keeps what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.loopback import QuietHandler, read_chunks, serving


@dataclass(frozen=True)
class Asked:
    """One request.

    Attributes:
        path: with the query.
        headers: by their names in lower case.
        body: as it was sent; empty where it came in chunks.
    """

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What the server answers.

    Attributes:
        status: of HTTP.
        body: of the answer.
        headers: beside the length.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class RecordingServer:
    """Where it listens, and what it was asked.

    Attributes:
        place: host and port.
        asked: all requests, in order.
    """

    place: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def recording_server(answer: Callable[[Asked], Reply]) -> Iterator[RecordingServer]:
    """Serve while the block runs.

    Args:
        answer: to each request.
    """

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding"):
                read_chunks(self)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Asked(self.path, headers, body)
            server_side.asked.append(request)
            reply = answer(request)
            with suppress(OSError):  # whoever asked may have given up
                self._send(reply)

        do_GET = do_POST

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

    server_side = RecordingServer("")
    with serving(Handler) as server_side.place:
        yield server_side
