"""A proxy before a node or an IPFS daemon that refuses, limits, delays and loses, by a seed."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.support.loopback import QuietHandler, read_chunks, serving

_PAGE = b"<html><title>One moment</title>We are checking your connection.</html>"
_LONGEST_DELAY = 0.5


@dataclass(frozen=True)
class Request:
    """What came to the proxy."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What goes back; None stands for a connection that is closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes
    promised: int | None = None
    """The length that the headers promise, where it is not the body's."""


Forward = Callable[[Request], Answer | None]
# Does something else than passing a request on and its answer back.
Fault = Callable[[Request, Forward, random.Random], Answer | None]


def refusal(status: int, headers: dict[str, str] | None = None, body: bytes = _PAGE) -> Fault:
    """Refuse without asking whoever is behind."""
    return lambda request, forward, draw: Answer(status, headers or {}, body)


def hang_up(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Close the connection; whoever is behind was not asked."""
    return None


def lose(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Pass the request on, and lose the answer."""
    forward(request)
    return None


def delay(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Take some time."""
    time.sleep(draw.uniform(0, _LONGEST_DELAY))
    return forward(request)


def break_off(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Send half of the answer."""
    answer = forward(request)
    if answer is None or not answer.body:
        return answer
    half = answer.body[: len(answer.body) // 2]
    return Answer(answer.status, answer.headers, half, promised=len(answer.body))


ANYWHERE: dict[str, Fault] = {
    "too many requests": refusal(429, {"Retry-After": "1"}, b"slow down"),
    "forbidden": refusal(403),
    "gone for now": refusal(404),
    "bad gateway": refusal(502),
    "overloaded": refusal(503, {"Retry-After": "0"}),
    "a proxy's page": refusal(200),
    "hangs up": hang_up,
    "loses the answer": lose,
    "delays": delay,
    "breaks off": break_off,
}
"""Faults that any HTTP service may have."""


def _rpc_error(request: Request, code: int, message: str, status: int = 200) -> Answer:
    document = {"jsonrpc": "2.0", "id": _id(request), "error": {"code": code, "message": message}}
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(document).encode())


def _id(request: Request) -> object:
    with suppress(ValueError, AttributeError):
        return json.loads(request.body).get("id")
    return None


def rpc_refusal(code: int, message: str, status: int = 200) -> Fault:
    """Refuse as a JSON-RPC server."""
    return lambda request, forward, draw: _rpc_error(request, code, message, status)


RPC: dict[str, Fault] = {
    **ANYWHERE,
    "limit exceeded": rpc_refusal(-32005, "daily request count exceeded"),
    "internal error": rpc_refusal(-32603, "Internal error"),
    "capacity": rpc_refusal(-32097, "compute units per second capacity exceeded", status=429),
}
"""Faults of a node's provider."""

IPFS: dict[str, Fault] = {
    **ANYWHERE,
    "refuses as the daemon does": refusal(
        500, {}, json.dumps({"Message": "no capacity", "Code": 0, "Type": "error"}).encode()
    ),
}
"""Faults of an IPFS daemon's provider."""


def limited_logs(most_blocks: int, most_logs: int) -> Fault:
    """Refuse eth_getLogs over too many blocks, in words of its own; leave out logs in silence."""

    def limit(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        question = _logs_question(request)
        if question is None:
            return forward(request)
        first, last = int(question["fromBlock"], 16), int(question["toBlock"], 16)
        if last - first >= most_blocks:
            return _rpc_error(request, -32000, f"no more than {most_blocks} at a time, please")
        return _without_some(forward(request), most_logs)

    return limit


def _logs_question(request: Request) -> Any:
    with suppress(ValueError, AttributeError, LookupError, TypeError):
        document = json.loads(request.body)
        if document["method"] == "eth_getLogs":
            return document["params"][0]
    return None


def _without_some(answer: Answer | None, most: int) -> Answer | None:
    if answer is None:
        return None
    document = json.loads(answer.body)
    if isinstance(document.get("result"), list):
        document["result"] = document["result"][:most]
    return Answer(answer.status, answer.headers, json.dumps(document).encode())


@dataclass
class Proxy:
    """A running proxy.

    Attributes:
        url: where it listens.
        faults: what it does, by name.
        share: of the requests that meet a fault.
        always: what every other request goes through.
        seen: how often each fault was met, and "passed" for what was passed on.
    """

    url: str
    faults: dict[str, Fault]
    share: float
    always: Fault | None
    draw: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def choose(self) -> tuple[Fault | None, random.Random]:
        """What becomes of the next request, and what it may draw from."""
        with self._lock:
            own = random.Random(self.draw.random())
            met = own.random() < self.share
            name = own.choice(sorted(self.faults)) if met else "passed"
            self.seen[name] += 1
        return (self.faults[name] if met else self.always), own


@contextmanager
def faulty_proxy(
    target: str,
    faults: dict[str, Fault],
    share: float,
    seed: int,
    always: Fault | None = None,
) -> Iterator[Proxy]:
    """Listen on a free port of this machine, before a service on this machine.

    Args:
        target: URL of the service.
        faults: what may happen to a request.
        share: of the requests to which something happens, from 0 to 1.
        seed: of what happens.
        always: what the other requests go through; None passes them on as they are.
    """
    parts = urlsplit(target)

    def forward(request: Request) -> Answer | None:
        return _forward(parts.hostname or "", parts.port or 80, request)

    proxy = Proxy("", faults, share, always, random.Random(seed))

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"
        timeout: ClassVar[float] = 60.0

        def do_POST(self) -> None:
            request = Request(self.path, dict(self.headers.items()), _body(self))
            fault, draw = proxy.choose()
            answer = fault(request, forward, draw) if fault else forward(request)
            with suppress(OSError):
                _send(self, answer)

    with serving(Handler) as place:
        proxy.url = f"http://{place}"
        yield proxy


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    return read_chunks(handler)


_OWN_HEADERS = {"transfer-encoding", "content-length", "connection", "host", "date", "server"}


def _forward(host: str, port: int, request: Request) -> Answer | None:
    kept = {
        name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS
    }
    connection = http.client.HTTPConnection(host, port, timeout=120)
    try:
        connection.request("POST", request.path, request.body, kept)
        response = connection.getresponse()
        body = response.read()
        headers = {
            name: value for name, value in response.getheaders() if name.lower() not in _OWN_HEADERS
        }
        return Answer(response.status, headers, body)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _send(handler: BaseHTTPRequestHandler, answer: Answer | None) -> None:
    handler.close_connection = answer is None or answer.promised is not None
    if answer is None:
        return
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    length = len(answer.body) if answer.promised is None else answer.promised
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(answer.body)
