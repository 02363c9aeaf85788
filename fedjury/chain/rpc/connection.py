"""The connection to a chain: every request of this package goes through here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from web3 import Web3
from web3.types import RPCEndpoint

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.rpc.providers import open_provider, without_secrets
from fedjury.chain.rpc.range_size import RANGE_BLOCKS, RangeSize
from fedjury.chain.rpc.translation import OUTSIDE, translate
from fedjury.errors import (
    ChainUnavailable,
    NodeError,
    TransactionReverted,
    TransientError,
    WrongChain,
)
from fedjury.runtime.patience import Patience

REQUEST_TIMEOUT = 20.0
INTERNAL_ERROR = -32603  # JSON-RPC 2.0
INTERNAL_TRIES = 2
TIMED_OUT_TRIES = 1  # of a daemon, which tells of it then, instead of after 80 s
T = TypeVar("T")


class Chain:
    """One chain, through one RPC endpoint (`fedjury.chain.nodes` has one through several).

    Attributes:
        web3: for what this package does not wrap; wrap its calls in `translate_errors()`.
        chain_id: the chain's number (EIP-155), as the endpoint gave it when connecting.
        url: the endpoint; may hold an API key, so show `endpoint` instead.
        patience: how long to wait for an endpoint that refuses for a while.
    """

    def __init__(self, web3: Web3, url: str, patience: Patience | None = None) -> None:
        self.web3 = web3
        self.url = url
        self.patience = patience or Patience()
        self._log_ranges = RangeSize(RANGE_BLOCKS)
        self._has_answered = False
        self.endpoint = without_secrets(url)
        self.chain_id = json_rpc.quantity(self.request("eth_chainId"), "the chain id")

    @classmethod
    def connect(
        cls,
        url: str,
        expected_chain_id: int | None = None,
        *,
        timeout: float = REQUEST_TIMEOUT,
        patience: Patience | None = None,
        number: int = 1,
    ) -> "Chain":
        """Connect to an http(s) RPC endpoint, or with "embedded" to a new chain in this process.

        Args:
            timeout: seconds that one request may take.
            patience: with an endpoint that refuses for a while; none by default.
            number: of the endpoint among several, from 1, see `headers_for`.

        Raises:
            ConfigError: the URL is unusable, or the embedded chain is not installed.
            ChainUnavailable: the endpoint does not answer like a node.
            WrongChain: it serves another chain than expected.
        """
        # no middleware: its checks refuse proof-of-authority blocks and its conveniences guess
        chain = cls(Web3(open_provider(url, timeout, number), middleware=[]), url, patience)
        if expected_chain_id not in (None, chain.chain_id):
            raise WrongChain(
                f"{chain.endpoint} serves chain {chain.chain_id}, not {expected_chain_id}: "
                f"check the RPC URL"
            )
        return chain

    def __repr__(self) -> str:
        return f"Chain({self.endpoint!r}, chain_id={self.chain_id})"

    @property
    def log_ranges(self) -> RangeSize:
        """How many blocks' logs to ask the endpoint for at once, as far as is known."""
        return self._log_ranges

    @contextmanager
    def translate_errors(self, method: str = "") -> Iterator[None]:
        """Turn what web3 raises inside into ChainUnavailable or TransactionReverted."""
        try:
            yield
        except OUTSIDE as error:
            # "from None": the original may hold the whole URL, API key included
            raise translate(error, self.endpoint, method) from None

    def request(self, method: str, *params: object) -> Any:
        """Send a JSON-RPC request and return the `result` member as the node sent it.

        It is sent again, within this chain's patience, as `patiently` says.

        Raises:
            ChainUnavailable: no usable answer (NodeError: the node's own refusal).
            TransactionReverted: a contract refuses the call.
        """
        return self.patiently(lambda: self.ask(method, *params))

    def patiently(self, action: Callable[[], T]) -> T:
        """Do something that asks the endpoint, again and again within this chain's patience.

        That is done where the endpoint asks to be left alone, and where one that has answered
        before fails in a way that may be over in a moment: a broken connection, a busy proxy. What
        a node calls an internal error may be one, or about the request: it is tried twice more. A
        daemon asks one that does not answer in time once more, and then leaves it to its loop.
        """
        internal = iter(range(INTERNAL_TRIES))
        timed_out = iter(range(TIMED_OUT_TRIES))

        def passes(error: TransientError) -> bool:
            if isinstance(error, NodeError):
                return error.code == INTERNAL_ERROR and next(internal, None) is not None
            if isinstance(error, ChainUnavailable) and error.timed_out and self.patience.for_each:
                return next(timed_out, None) is not None
            return self._has_answered

        return self.patience.call(action, passes)

    def ask(self, method: str, *params: object) -> Any:
        """Send a JSON-RPC request once; otherwise as `request`."""
        with self.translate_errors(method):
            result = self.web3.manager.request_blocking(RPCEndpoint(method), list(params))
        self._has_answered = True
        return result

    def request_each(self, method: str, *params: object) -> list[Any]:
        """As `request`, of every endpoint that works, where one's word is not enough.

        Returns:
            The usable answers, at least one; null only where all answer so. One by which a
            contract refuses the call is raised where there is no other.
        """
        return [self.request(method, *params)]

    def ask_everywhere(self, method: str, *params: object) -> list[Any]:
        """Send a JSON-RPC request once to every endpoint that works.

        Returns:
            Of each the result, or the exception that `ask` would raise; at least one.
        """
        try:
            return [self.ask(method, *params)]
        except (ChainUnavailable, TransactionReverted) as error:
            return [error]

    def leave_endpoint(self, reason: str) -> bool:
        """Ask the endpoint that answered last no more for a while, where there is another.

        Args:
            reason: what is wrong with its answers, for people.

        Returns:
            Whether there is another one, so that asking again is of use.
        """
        return False

    def block(self, confirmations: int | BlockTag = 0) -> BlockStamp:
        """The newest block with so many blocks on top, or the one that the node tags.

        Raises:
            ChainUnavailable: no usable answer, or the node does not know the tag.
        """
        if isinstance(confirmations, str):
            return self._block_by(confirmations)
        if confirmations < 0:
            raise ValueError(f"confirmations cannot be negative: {confirmations}")
        latest = self._block_by("latest")
        if confirmations == 0:
            return latest
        return self.block_at(max(0, latest.number - confirmations))

    def block_at(self, number: int) -> BlockStamp:
        """The block of this number.

        Raises:
            ChainUnavailable: no usable answer, or the node has no such block.
        """
        return self._block_by(hex(number))

    def _block_by(self, identifier: str) -> BlockStamp:
        answer = self.request("eth_getBlockByNumber", identifier, False)
        if answer is None:
            raise ChainUnavailable(f"{self.endpoint} has no block {identifier}")
        block = json_rpc.mapping(answer, f"block {identifier}")
        return BlockStamp(
            number=json_rpc.quantity(block.get("number"), "a block's number"),
            hash=json_rpc.data(block.get("hash"), "a block's hash", 32),
            timestamp=json_rpc.quantity(block.get("timestamp"), "a block's time"),
        )
