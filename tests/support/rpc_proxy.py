"""A proxy before a node, which answers in the node's place what a test wants it to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.recording_server import Reply, recording_server

JSON = "application/json"

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
        document = json.loads(ask(self.target, raw))
        if "result" in document:
            document["result"] = self.after(method, document["result"])
        return Reply(200, json.dumps(document).encode(), {"Content-Type": JSON})


def ask(url: str, body: bytes) -> bytes:
    """A node's answer to a request."""
    return requests.post(url, data=body, headers={"Content-Type": JSON}, timeout=30).content


@contextmanager
def rpc_proxy(target: str) -> Iterator[RpcProxy]:
    """A proxy that runs while the `with` block does."""
    proxy = RpcProxy(target)
    with recording_server(lambda asked: proxy.answer(asked.body)) as server:
        proxy.url = f"http://{server.place}"
        yield proxy
