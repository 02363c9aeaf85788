"""A proxy before a node, on loopback, that limits what it lets through, as providers do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """What the proxy says: a status, headers, a body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Rule = Callable[[str, list[Any]], Reply | None]


@dataclass
class RpcProxy:
    """Passes requests on to a node, but for what its rules answer themselves.

    Attributes:
        target: URL of the node.
        url: of the proxy.
        before: by method and parameters may give a reply in place of the node's.
        after: by method and the node's result may give another result.
        asked: the methods, in order.
    """

    target: str
    url: str = ""
    before: Rule = lambda method, params: None
    after: Callable[[str, Any], Any] = lambda method, result: result
    asked: list[str] = field(default_factory=list)

    def answer(self, raw: bytes) -> Reply:
        """The reply to a request's body."""
        request = json.loads(raw)
        method = request["method"]
        self.asked.append(method)
        if (reply := self.before(method, request["params"])) is not None:
            return reply
        answer = requests.post(self.target, data=raw, headers={"Content-Type": JSON}, timeout=30)
        document = answer.json()
        if "result" in document:
            document["result"] = self.after(method, document["result"])
        return Reply(answer.status_code, json.dumps(document).encode())


@contextmanager
def rpc_proxy(target: str) -> Iterator[RpcProxy]:
    """A proxy that runs while the `with` block does."""
    proxy = RpcProxy(target)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply = proxy.answer(self.rfile.read(int(self.headers["Content-Length"])))
            with suppress(OSError):  # whoever asked may have given up
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Type": JSON, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
