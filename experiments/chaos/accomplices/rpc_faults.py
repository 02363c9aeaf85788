"""Faults of a node, or of the provider that runs it."""

import json
import random
import threading
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from experiments.chaos.accomplices.faults import ANYWHERE
from experiments.chaos.accomplices.messages import Answer, Fault, Forward, Request

_OF_BLOCKS = ("eth_getBlockByNumber", "eth_getBlockByHash")
SENDING = ("eth_sendRawTransaction",)


def rpc_refusal(code: int, message: str, status: int = 200) -> Fault:
    """Refuse as a JSON-RPC server."""
    return lambda request, forward, draw: _rpc_error(request, code, message, status)


RPC: dict[str, Fault] = {
    **ANYWHERE,
    "limit exceeded": rpc_refusal(-32005, "daily request count exceeded"),
    "internal error": rpc_refusal(-32603, "Internal error"),
    "capacity": rpc_refusal(-32097, "compute units per second capacity exceeded", status=429),
}
"""Faults that any request to a provider may meet."""

FEES: dict[str, Fault] = {
    "nonce too low": rpc_refusal(-32000, "nonce too low"),
    "fee too low": rpc_refusal(-32000, "max fee per gas less than block base fee"),
    "underpriced": rpc_refusal(-32000, "replacement transaction underpriced"),
}
"""What a node says of transactions that it does not take, be it true or not."""


def of_methods(methods: Collection[str], fault: Fault) -> Fault:
    """Do so to requests of these methods alone."""

    def chosen(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        asked = _document(request.body)
        met = isinstance(asked, dict) and asked.get("method") in methods
        return fault(request, forward, draw) if met else forward(request)

    return chosen


class StandStill:
    """A node that goes on answering, and always what it answered first.

    Requests that it never met before are passed on, but for those that name the newest block: a
    node that stands still knows no newer one.
    """

    def __init__(self) -> None:
        self._known: dict[str, Answer | None] = {}
        self._lock = threading.Lock()

    def __call__(self, request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        asked = _document(request.body)
        if not isinstance(asked, dict) or asked.get("method") in SENDING:
            return forward(request)
        question = json.dumps([asked.get("method"), asked.get("params")])
        with self._lock:
            if question not in self._known:
                self._known[question] = forward(request)
            return _renumbered(self._known[question], asked.get("id"))


def other_blocks(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """A node on a branch of its own: its blocks have other hashes."""
    answer, asked = forward(request), _document(request.body)
    if answer is None or not isinstance(asked, dict) or asked.get("method") not in _OF_BLOCKS:
        return answer
    document = _document(answer.body)
    block = document.get("result") if isinstance(document, dict) else None
    if isinstance(block, dict) and isinstance(block.get("hash"), str):
        block["hash"] = "0x" + block["hash"][2:][::-1]
    return Answer(answer.status, answer.headers, json.dumps(document).encode())


def limited_logs(most_blocks: int, most_logs: int) -> Fault:
    """Refuse eth_getLogs over too many blocks, in words of its own; leave out logs in silence."""

    def limit(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        question = _logs_question(request)
        if question is None:
            return forward(request)
        first, last = int(question["fromBlock"], 16), int(question["toBlock"], 16)
        if last - first >= most_blocks:
            return _rpc_error(request, -32000, f"no more than {most_blocks} at a time, please", 200)
        return _without_some(forward(request), most_logs)

    return limit


def _renumbered(answer: Answer | None, number: object) -> Answer | None:
    """An answer that was kept, as the answer to a request of this id."""
    document = _document(answer.body) if answer else None
    if answer is None or not isinstance(document, dict):
        return answer
    body = json.dumps({**document, "id": number}).encode()
    return Answer(answer.status, answer.headers, body)


def _rpc_error(request: Request, code: int, message: str, status: int) -> Answer:
    asked = _document(request.body)
    number = asked.get("id") if isinstance(asked, dict) else None
    document = {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(document).encode())


def _document(body: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(body)
    return None


def _logs_question(request: Request) -> Any:
    with suppress(LookupError, TypeError):
        document = _document(request.body)
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
