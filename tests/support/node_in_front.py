"""A node in front of a node: passes requests on, but for methods that it answers itself."""

import json
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Proxy:
    """Where it listens, and what it was asked.

    Attributes:
        url: of its RPC endpoint.
        asked: the methods, in order.
    """

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def proxy(upstream: str, answers: Mapping[str, object]) -> Iterator[Proxy]:
    """A proxy before a node.

    Args:
        upstream: RPC URL of the node.
        answers: by method, the result that is given instead of the node's.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = json.loads(body)
            found.asked.append(request["method"])
            if request["method"] in answers:
                result = answers[request["method"]]
                reply = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result})
                self._send(reply.encode())
            else:
                self._send(ask(upstream, body))

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Proxy(f"http://127.0.0.1:{server.server_port}")
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()


def ask(url: str, body: bytes) -> bytes:
    """A node's answer to a request."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        answer: bytes = reply.read()
    return answer
