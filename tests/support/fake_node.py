"""A node without sockets: answers by method name, and remembers what it was asked."""

from typing import Any

from web3 import Web3
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from fedjury.chain.rpc.connection import Chain
from fedjury.runtime.patience import Patience

CHAIN_ID = 1337


class Refusal(Exception):
    """A node's refusal: a JSON-RPC error instead of a result.

    Args:
        message: the error's message.
        code: the error's code.
        data: the error's data; None leaves it out.
    """

    def __init__(self, message: str, code: int = -32000, data: object = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message}
        if data is not None:
            self.error["data"] = data


class FakeNode(BaseProvider):
    """Answers each method in the way that it was told to.

    Args:
        answers: by method a value, an exception to raise, or a function of the parameters that
            gives either.

    Attributes:
        answers: the same; tests may change them.
        asked: methods and parameters of all requests, in order.
    """

    def __init__(self, **answers: Any) -> None:
        super().__init__()
        self.answers: dict[str, Any] = {"eth_chainId": hex(CHAIN_ID), **answers}
        self.asked: list[tuple[str, list[Any]]] = []

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        self.asked.append((method, list(params)))
        answer = self.answers[method]
        try:
            if callable(answer):
                answer = answer(*params)
            if isinstance(answer, Exception):
                raise answer
        except Refusal as refusal:
            return {"jsonrpc": "2.0", "id": 1, "error": refusal.error}  # type: ignore[typeddict-item]
        return {"jsonrpc": "2.0", "id": 1, "result": answer}

    def count(self, method: str) -> int:
        """How often a method was asked for."""
        return sum(asked == method for asked, _ in self.asked)


def chain_on(node: FakeNode, patience: Patience | None = None) -> Chain:
    """A chain on a fake node."""
    return Chain(Web3(node, middleware=[]), "http://node.example:8545/secret-key", patience)


def word(value: int | bytes | str) -> str:
    """One ABI word, as hex digits: a number, right-aligned bytes, or an address."""
    if isinstance(value, int):
        return f"{value:064x}"
    return (value.removeprefix("0x") if isinstance(value, str) else value.hex()).rjust(64, "0")
