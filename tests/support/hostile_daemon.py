"""An IPFS daemon that misbehaves as a test wants it to."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from fedjury.protocol.digest import Digest
from tests.support.loopback import QuietHandler, read_chunks, serving

Handler = BaseHTTPRequestHandler
Behaviour = Callable[[Handler], None]


def answer(body: bytes, status: int = 200) -> Behaviour:
    """Answer with this body, whole."""

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def answer_json(document: object, status: int = 200) -> Behaviour:
    """Answer with this document as JSON."""
    return answer(json.dumps(document).encode(), status)


def refuse(message: str) -> Behaviour:
    """Refuse with a message, in the form that both real daemons have for errors."""
    return answer_json({"Message": message, "Code": 0, "Type": "error"}, 500)


def endless(handler: Handler) -> None:
    """Answer with a body that never ends."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def drip(handler: Handler) -> None:
    """Send a byte of the body now and then, which resets every timeout for a single read."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def drip_headers(handler: Handler) -> None:
    """Send a byte of the headers now and then."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def silence(handler: Handler) -> None:
    """Take the request and never say a word, until the other side has enough."""
    handler.connection.settimeout(60)
    with suppress(OSError):
        while handler.rfile.read(1):
            pass


def hang_up(handler: Handler) -> None:
    """Close the connection instead of an answer."""
    handler.close_connection = True
    handler.connection.close()


def half_a_body(handler: Handler) -> None:
    """Promise 100 bytes and send 50."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"x" * 50)


def not_http(handler: Handler) -> None:
    """Answer as another kind of server would."""
    handler.wfile.write(b"\x00\x01SSH-2.0-nonsense\r\n\r\n")


def elsewhere(handler: Handler) -> None:
    """Redirect to a port where nobody listens."""
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.1:9/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def limited(status: int, body: bytes = b"", retry_after: str | None = None) -> Behaviour:
    """Refuse as a proxy or a rate limit does."""

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        if retry_after is not None:
            handler.send_header("Retry-After", retry_after)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


works = answer_json({"Version": "0.0.1"})
missing = refuse("could not be found")


@dataclass
class Asked:
    """What a daemon was asked, and what it holds.

    Attributes:
        requests: commands, each with its CID, in order.
        held: files that it was given, by CID.
    """

    requests: list[tuple[str, str]] = field(default_factory=list)
    held: dict[str, bytes] = field(default_factory=dict)

    def count(self, command: str, cid: str | None = None) -> int:
        """How often a command came, for one CID or for any."""
        return sum(each[0] == command and cid in (None, each[1]) for each in self.requests)


@contextmanager
def daemon(
    *,
    cat: Behaviour = hang_up,
    add: Behaviour = hang_up,
    version: Behaviour = works,
    block: Behaviour = hang_up,
    others: Behaviour = hang_up,
) -> Iterator[str]:
    """API URL of a daemon that behaves in these ways; by default it is up and no more.

    Args:
        cat: how it answers downloads.
        add: how it answers uploads.
        version: how it answers the question for its version.
        block: how it answers the question for a block.
        others: how it answers whatever else it is asked.
    """
    behaviours = {"cat": cat, "add": add, "version": version, "block/get": block}

    def answer_to(command: str, _: str, handler: Handler) -> None:
        if command == "add":
            read_chunks(handler)
        behaviours.get(command, others)(handler)

    with _serve(answer_to) as url:
        yield url


@contextmanager
def well_daemon(
    troubled: Digest,
    *,
    cat: Behaviour,
    block: Behaviour = missing,
    others: Behaviour = missing,
    add: Behaviour | None = None,
    asked: Asked | None = None,
) -> Iterator[str]:
    """API URL of a daemon that is well: it serves what it is given.

    Args:
        troubled: there is something about this content.
        cat: how the daemon answers downloads of it.
        block: how it answers the question for its root block.
        others: how it answers downloads of all that it was not given.
        add: how it answers uploads; None takes them.
        asked: is told what the daemon is asked.
    """
    asked = asked or Asked()
    held = asked.held

    def answer_to(command: str, cid: str, handler: Handler) -> None:
        asked.requests.append((command, cid))
        if command == "add":
            data = _uploaded(read_chunks(handler))
            if add is not None:
                add(handler)
                return
            held[Digest.of(data).cid] = data
            answer_json({"Hash": Digest.of(data).cid})(handler)
        elif command == "cat" and cid in held:
            answer(held[cid])(handler)
        elif cid == troubled.cid:
            {"cat": cat, "block/get": block}[command](handler)
        else:
            others(handler)

    with _serve(answer_to) as url:
        yield url


@contextmanager
def serve_commands(
    behaviours: Mapping[str, Behaviour], asked: Asked | None = None
) -> Iterator[str]:
    """API URL of a daemon that knows these commands alone, and what it is asked."""
    asked = asked or Asked()

    def answer_to(command: str, cid: str, handler: Handler) -> None:
        asked.requests.append((command, cid))
        behaviours[command](handler)

    with _serve(answer_to) as url:
        yield url


@contextmanager
def _serve(answer_to: Callable[[str, str, Handler], None]) -> Iterator[str]:
    class _Handler(QuietHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            cid = parse_qs(url.query).get("arg", [""])[0]
            with suppress(OSError):
                answer_to(url.path.removeprefix("/api/v0/"), cid, self)
            self.close_connection = True

    with serving(_Handler) as place:
        yield f"http://{place}"


def _uploaded(form: bytes) -> bytes:
    """The one file in a form."""
    return form.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
