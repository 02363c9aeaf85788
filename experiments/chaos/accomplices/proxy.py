"""An accomplice before a service of this machine: it passes on, or does what it is told."""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

from experiments.chaos.accomplices.messages import Answer, Fault, Request

_FORWARD_SECONDS = 120.0
_OWN_HEADERS = {"transfer-encoding", "content-length", "connection", "host", "date", "server"}


class Accomplice:
    """Listens on a free port of this machine in front of a service.

    Args:
        target: URL of the service.
        seed: of what its faults draw.
        witness: is told each request with its answer.

    Attributes:
        url: where it listens.
        target: URL of the service; may be changed while it runs.
        fault: what becomes of each request from now on; None passes all on.
        seen: number of requests, "passed" and "met" a fault.
    """

    def __init__(
        self,
        target: str,
        seed: int,
        witness: Callable[[Request, Answer | None], None] | None = None,
    ) -> None:
        self.target = target
        self.fault: Fault | None = None
        self.seen: Counter[str] = Counter()
        self._draw, self._lock = random.Random(seed), threading.Lock()
        self._witness = witness
        self._server = _Server(("127.0.0.1", 0), _handler(self.answer))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, request: Request) -> Answer | None:
        """What goes back to whoever asked."""
        with self._lock:
            fault, own = self.fault, random.Random(self._draw.random())
            self.seen["passed" if fault is None else "met"] += 1
        answer = fault(request, self.forward, own) if fault else self.forward(request)
        if self._witness is not None:
            self._witness(request, answer)
        return answer

    def forward(self, request: Request) -> Answer | None:
        """The service's answer; None where there is none."""
        parts = urlsplit(self.target)
        kept = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _OWN_HEADERS
        }
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=_FORWARD_SECONDS
        )
        try:
            connection.request(request.method, request.path, request.body, kept)
            response = connection.getresponse()
            body = response.read()
            headers = {
                name: value
                for name, value in response.getheaders()
                if name.lower() not in _OWN_HEADERS
            }
            return Answer(response.status, headers, body)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a request that is never answered must not keep anybody from ending
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up in the middle means to."""


def _handler(answer: Callable[[Request], Answer | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout: ClassVar[float] = 60.0
        disable_nagle_algorithm, wbufsize = True, -1  # else each answer waits for the other's ACK

        def do_POST(self) -> None:
            request = Request(self.path, dict(self.headers.items()), _body(self), self.command)
            with suppress(OSError):  # whoever asked may have given up
                _send(self, answer(request))

        do_GET = do_PUT = do_HEAD = do_POST

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = bytearray()
    while size := int(handler.rfile.readline().strip() or b"0", 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return bytes(body)


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
