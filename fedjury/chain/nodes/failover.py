"""A chain that is reached through several nodes."""

import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from web3 import Web3

from fedjury.chain.nodes.consistency import LacksBlock, Looked, numbered_block
from fedjury.chain.nodes.node import Node
from fedjury.chain.nodes.pool import NodePool
from fedjury.chain.nodes.shapes import OPTIONAL, is_nothing
from fedjury.chain.rpc.connection import REQUEST_TIMEOUT, Chain
from fedjury.chain.rpc.providers import EMBEDDED, open_provider, without_secrets
from fedjury.chain.rpc.range_size import RangeSize
from fedjury.chain.rpc.rate_limits import is_rate_limit
from fedjury.errors import (
    ChainUnavailable,
    ConfigError,
    FedjuryError,
    NodeError,
    TransactionReverted,
)
from fedjury.runtime.endpoint import parse_endpoint
from fedjury.runtime.events import Listener, ignore
from fedjury.runtime.patience import Patience

_AGREED_ANEW = frozenset({"eth_getBlockByNumber", "eth_getTransactionCount"})
"""What is asked of each node now and then while a transaction waits, for minutes: before that,
nodes are looked at where that is due, so that one that was left comes back."""

TIMEOUT_AMONG_SEVERAL = 10.0
"""Seconds for a request to one of several nodes. One that needs more than 5 for its newest block is
left anyhow; logs that take longer everywhere are asked for fewer blocks at a time."""


class FailoverChain(Chain):
    """One chain, through several nodes: each request goes to the first that works.

    What is read of one block is read from nodes that have that very block (`consistency`). Requests
    for a transaction or a receipt are answered by any node that knows it.

    Args:
        pool: the nodes, opened.
        web3: as of `Chain`, on the first node.
        patience: how long to wait where no node works.
    """

    def __init__(self, pool: NodePool, web3: Web3, patience: Patience | None = None) -> None:
        self.pool = pool
        self.web3 = web3
        self.url = self.endpoint = ", ".join(node.shown for node in pool.nodes)
        self.patience = patience or Patience()
        self.chain_id = pool.chain_id
        self._has_answered = True
        self._looked = Looked()
        self._answered = threading.local()  # by thread: `node` that answered it last

    @property
    def log_ranges(self) -> RangeSize:
        """As of `Chain`, of the node that is asked first."""
        return self.pool.usable()[0].log_ranges

    def ask(self, method: str, *params: object) -> Any:
        """As `Chain.ask`, of the first node that gives a usable answer."""
        if method == "eth_getBlockByNumber" and numbered_block(method, params) is None:
            self.pool.look()
        if method == "eth_getCode":
            self.pool.watch(str(params[0]))
        nothing: list[object] = []
        refusals: list[ChainUnavailable] = []
        without_logs: list[tuple[Node, NodeError]] = []
        for node in self.pool.usable():
            try:
                self._looked.require(node, method, params)
                result = node.ask(method, *params)
            except ChainUnavailable as error:
                refusals.append(self._failed(node, method, params, error))
                if method == "eth_getLogs" and isinstance(error, NodeError):
                    without_logs.append((node, error))
                continue
            if is_nothing(method, result):
                nothing.append(result)
                continue
            for other, refusal in without_logs:  # not even of one block, or it would be halved
                self.pool.leave(other, refusal)
            self._answered.node = node
            self._looked.note(node, method, params, result)
            return result
        if nothing:
            return nothing[0]
        raise _reason(refusals)

    def request_each(self, method: str, *params: object) -> list[Any]:
        """As `Chain.request_each`; a node that does not work is left."""
        return self.patiently(lambda: self._each(method, *params))

    def ask_everywhere(self, method: str, *params: object) -> list[Any]:
        """As `Chain.ask_everywhere`; a node that fails is not left for that."""
        found: list[Any] = []
        try:
            nodes = self.pool.usable()
        except ChainUnavailable as error:
            return [error]
        for node in nodes:
            try:
                found.append(node.ask(method, *params))
            except (ChainUnavailable, TransactionReverted) as error:
                found.append(error)
        return found

    def leave_endpoint(self, reason: str) -> bool:
        """As `Chain.leave_endpoint`."""
        last: Node | None = getattr(self._answered, "node", None)
        if last is None or all(node is last for node in self.pool.usable()):
            return False
        self.pool.leave(last, ChainUnavailable(reason))
        return True

    def _each(self, method: str, *params: object) -> list[Any]:
        found: list[Any] = []
        refusals: list[ChainUnavailable] = []
        reverted: list[TransactionReverted] = []
        if method in _AGREED_ANEW:
            self.pool.look()
        for node in self.pool.usable():
            try:
                found.append(node.ask(method, *params))
            except TransactionReverted as error:
                reverted.append(error)
            except ChainUnavailable as error:
                refusals.append(self._failed(node, method, params, error))
        if not found:
            raise reverted[0] if reverted else _reason(refusals)
        return [each for each in found if not is_nothing(method, each)] or found

    def _failed(
        self, node: Node, method: str, params: Sequence[object], error: ChainUnavailable
    ) -> ChainUnavailable:
        """The error, where another node may do better; the node is left if it does not work.

        Raises:
            ChainUnavailable: the error itself, where what was asked for is at fault: too many
                blocks at once.
        """
        if isinstance(error, LacksBlock) or method in OPTIONAL:
            return error
        if _is_wide(method, params) and _is_ranges_fault(node, error):
            raise error
        if error.retry_after is not None or not isinstance(error, NodeError):
            self.pool.leave(node, error)
        return error


def connect_several(
    urls: Sequence[str],
    expected_chain_id: int | None,
    *,
    patience: Patience | None = None,
    listener: Listener = ignore,
    timeout: float = REQUEST_TIMEOUT,
) -> Chain:
    """Connect to a chain through one endpoint or several.

    Args:
        urls: of http(s) RPC endpoints, the best first; or "embedded" alone.
        expected_chain_id: None takes what they serve.
        patience: with endpoints that refuse for a while; none by default.
        listener: is told which nodes are left, come back, and differ.
        timeout: seconds that one request may take; at most `TIMEOUT_AMONG_SEVERAL` where there
            are several endpoints.

    Raises:
        ConfigError: a URL is unusable or given twice, or the endpoints serve different chains.
        ChainUnavailable: none answers like a node.
        WrongChain: one that answers serves another chain than expected.
    """
    if len(urls) == 1:
        return Chain.connect(urls[0], expected_chain_id, timeout=timeout, patience=patience)
    timeout = min(timeout, TIMEOUT_AMONG_SEVERAL)
    nodes = [
        Node(shown, partial(_connect, url, number, expected_chain_id, timeout), time.monotonic)
        for number, (url, shown) in enumerate(zip(urls, names_of(urls), strict=True), 1)
    ]
    pool = NodePool(nodes, expected_chain_id, listener)
    pool.open()
    first = Web3(open_provider(urls[0], timeout), middleware=[])
    return FailoverChain(pool, first, patience)


def names_of(urls: Sequence[str]) -> list[str]:
    """Several endpoints as people may see them, those that look the same with their number.

    Raises:
        ConfigError: a URL is unusable, given twice, or none of a node that others can be beside.
    """
    if EMBEDDED in urls:
        raise ConfigError("the embedded chain stands alone: give no other RPC URL beside it")
    shown = [without_secrets(url) for url in urls]
    meant = [_meant(url) for url in urls]
    for index, each in enumerate(shown):
        if meant[index] in meant[:index]:
            raise ConfigError(
                f"the RPC endpoint {each} is given twice: each is asked and counts once"
            )
    return [
        f"{each} (no. {number})" if shown.count(each) > 1 else each
        for number, each in enumerate(shown, 1)
    ]


def _meant(url: str) -> str:
    """A URL as it is the same for all spellings of one endpoint."""
    endpoint = parse_endpoint(url, "the RPC URL")
    path = endpoint.path.rstrip("/")
    port = endpoint.port or {"http": 80, "https": 443}[endpoint.scheme]
    return f"{endpoint.scheme}://{endpoint.host.lower()}:{port}{path}?{endpoint.query}"


def _connect(url: str, number: int, expected_chain_id: int | None, timeout: float) -> Chain:
    return Chain.connect(url, expected_chain_id, timeout=timeout, number=number)


def _is_wide(method: str, params: Sequence[object]) -> bool:
    """Whether logs of more than one block are asked for."""
    if method != "eth_getLogs" or not isinstance(params[0], dict):
        return False
    return params[0].get("fromBlock") != params[0].get("toBlock")


def _is_ranges_fault(node: Node, error: ChainUnavailable) -> bool:
    """Whether a node may serve fewer blocks at a time, as `fedjury.chain.rpc.logs` tries next."""
    if isinstance(error, NodeError):
        return not is_rate_limit(error)
    return _works(node)


def _works(node: Node) -> bool:
    """Whether a node answers at all."""
    try:
        node.chain_id()
    except FedjuryError:
        return False
    return True


def _reason(refusals: Sequence[ChainUnavailable]) -> ChainUnavailable:
    """Why no node gives a usable answer; a refusal in a node's own words says most."""
    if len(refusals) == 1:
        return refusals[0]
    for each in refusals:
        if isinstance(each, NodeError):
            return each
    error = ChainUnavailable("; ".join(map(str, refusals)))
    waits = [each.retry_after for each in refusals if each.retry_after is not None]
    error.retry_after = min(waits) if len(waits) == len(refusals) else None
    error.timed_out = bool(refusals) and all(each.timed_out for each in refusals)
    return error
