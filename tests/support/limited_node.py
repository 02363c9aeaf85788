"""A node that serves logs under limits of its own, as providers do, refusing or cutting short."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from fedjury.chain.rpc.connection import Chain
from fedjury.runtime.patience import Patience
from tests.support.fake_node import FakeNode, Refusal, chain_on

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TOPIC = "0x" + "22" * 32

Answer = list[dict[str, Any]]


def http_error(status: int, body: bytes = b"", **headers: str) -> requests.HTTPError:
    """What the HTTP library raises for an answer with a status from 400 on."""
    response = requests.Response()
    response.status_code = status
    response._content = body
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return requests.HTTPError(response=response)


def log(block: int, index: int = 0, **changes: Any) -> dict[str, Any]:
    """A log of the contract, as a node gives it."""
    return {
        "address": ADDRESS.lower(),
        "topics": [TOPIC],
        "data": "0x",
        "blockNumber": hex(block),
        "logIndex": hex(index),
        "transactionHash": "0x" + "11" * 32,
        **changes,
    }


@dataclass
class LimitedNode:
    """Serves logs, a number of them in each of some blocks.

    Attributes:
        logs: how many each block has; the others have none.
        limit: makes of a range (its blocks, and its logs) what is raised or answered instead;
            None serves them all.
        asked: the ranges asked for, first and last block, in order.
        refused: how many of those were refused.
        alive: whether the node answers anything else.
    """

    logs: dict[int, int]
    limit: Callable[[int, Answer], Answer | Exception | None] = lambda blocks, found: None
    asked: list[tuple[int, int]] = field(default_factory=list)
    refused: int = 0
    alive: bool = True

    def __post_init__(self) -> None:
        self.node = FakeNode(eth_getLogs=self._answer)

    def chain(self, patience: Patience | None = None) -> Chain:
        """A chain on this node."""
        chain = chain_on(self.node, patience)
        self.node.answers["eth_chainId"] = lambda: "0x539" if self.alive else http_error(502)
        return chain

    @property
    def whole(self) -> list[tuple[int, int]]:
        """Block and index of all logs."""
        return [(block, index) for block, count in self.logs.items() for index in range(count)]

    def _answer(self, query: dict[str, Any]) -> Answer | Exception:
        start, end = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        self.asked.append((start, end))
        found = [log(block, index) for block, index in self.whole if start <= block <= end]
        answer = self.limit(end - start + 1, found)
        if isinstance(answer, Exception):
            self.refused += 1
        return found if answer is None else answer


def by_blocks(most: int, refusal: Exception) -> Callable[[int, Answer], Exception | None]:
    """A limit of so many blocks a query."""
    return lambda blocks, _: refusal if blocks > most else None


def by_results(most: int, refusal: Exception) -> Callable[[int, Answer], Exception | None]:
    """A limit of so many logs an answer."""
    return lambda _, found: refusal if len(found) > most else None


def too_many() -> Refusal:
    """EIP-1474's refusal."""
    return Refusal("limit exceeded", -32005)
