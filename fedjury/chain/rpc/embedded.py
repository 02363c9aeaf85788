"""A chain inside this process (eth-tester on py-evm), for a first run without any node."""

import ast
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from eth.estimators.gas import binary_gas_search
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_tester import PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from web3 import Web3
from web3.middleware.base import MiddlewareOnion
from web3.providers.eth_tester import EthereumTesterProvider
from web3.types import RPCEndpoint, RPCResponse

from fedjury.chain.abi.reverts import REVERT_CODE
from fedjury.chain.rpc.embedded_index import BlockIndex
from fedjury.chain.rpc.embedded_vm import EmbeddedVM
from fedjury.errors import ConfigError

SERVER_ERROR = -32000
BLOCK_SECONDS = 1.0

# Importing py-evm raises the limit to 100,000. With that a deeply nested answer of a hostile node
# would overflow the stack and kill the process, where it is to be a RecursionError. py-evm itself
# needs 12,288.
_RECURSION_LIMIT = 20_000
sys.setrecursionlimit(min(sys.getrecursionlimit(), _RECURSION_LIMIT))


class EmbeddedProvider(EthereumTesterProvider):
    """web3's eth-tester provider, made to behave as a node does.

    It mines what arrives at once, and a block by itself when it is asked something and has made
    none for a second: without that an idle chain's time stands still and no round ever closes.
    Its clock can be set forward by ``evm_increaseTime``, as a development node's can. Failures
    become JSON-RPC errors, and it may be shared between threads. Logs and receipts come from an
    index, in the form of the Ethereum JSON-RPC specification.
    """

    def __init__(self) -> None:
        super().__init__(PyEVMBackend(vm_configuration=((0, EmbeddedVM),)))
        self._one_at_a_time = threading.Lock()
        self._newest_block_at = time.monotonic()
        tester: Any = self.ethereum_tester
        tester.backend.chain.gas_estimator = _estimate_gas
        self._blocks = BlockIndex(tester.backend.chain)
        self._somebody = tester.get_accounts()[0]
        self._own: dict[str, Callable[..., Any]] = {
            "eth_getLogs": self._logs,
            "eth_getTransactionReceipt": self._receipt,
            "evm_increaseTime": self._increase_time,
        }

    def request_func(
        self, w3: Web3, middleware_onion: MiddlewareOnion
    ) -> Callable[..., RPCResponse]:
        """How web3 sends requests: past its translations to eth-tester where this class answers."""
        otherwise = super().request_func(w3, middleware_onion)

        def request(method: RPCEndpoint, params: Any) -> RPCResponse:
            if method in self._own:
                return self.make_request(method, params)
            if method == "eth_call" and "from" not in params[0]:
                # web3 would look up the accounts, which takes longer than a call
                params = [{"from": self._somebody, **params[0]}, *params[1:]]
            return otherwise(method, params)

        return request

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request; what eth-tester raises becomes a JSON-RPC error."""
        with self._one_at_a_time:
            try:
                self._keep_time()
                if method in self._own:
                    return {"jsonrpc": "2.0", "id": 0, "result": self._own[method](*params)}
                return super().make_request(method, params)
            except TransactionFailed as error:
                raw = _revert_data(error)
                return _failure(REVERT_CODE, "execution reverted", "0x" + raw.hex())
            # eth-tester and py-evm raise many unrelated kinds; to callers all are a node's refusal
            except Exception as error:
                return _failure(SERVER_ERROR, f"{type(error).__name__}: {error}", None)

    def _logs(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        first, last = (
            self._number_of(query.get(key, "latest")) for key in ("fromBlock", "toBlock")
        )
        return self._index.logs(first, last, query)

    def _receipt(self, transaction_hash: str) -> dict[str, Any] | None:
        return self._index.receipt(transaction_hash)

    def _increase_time(self, seconds: int) -> int:
        """Set the time of the next block so many seconds forward; by how much it was set."""
        tester: Any = self.ethereum_tester
        tester.time_travel(tester.get_block_by_number("pending")["timestamp"] + seconds)
        return seconds

    def _number_of(self, block: str) -> int:
        if block.startswith("0x"):
            return int(block, 16)
        tester: Any = self.ethereum_tester
        return int(tester.get_block_by_number(block)["number"])

    @property
    def _index(self) -> BlockIndex:
        """The index of the chain that there is now: eth-tester makes a new one at a full reset."""
        tester: Any = self.ethereum_tester
        if self._blocks.chain is not tester.backend.chain:
            self._blocks = BlockIndex(tester.backend.chain)
        return self._blocks

    def _keep_time(self) -> None:
        now = time.monotonic()
        if now - self._newest_block_at >= BLOCK_SECONDS:
            self._newest_block_at = now
            tester: Any = self.ethereum_tester
            tester.mine_block()


def funded_accounts(web3: Web3) -> list[LocalAccount]:
    """The embedded chain's accounts, each with a million ether and a publicly known key.

    Raises:
        ConfigError: web3 is not connected to an embedded chain.
    """
    if not isinstance(web3.provider, EmbeddedProvider):
        raise ConfigError("only the embedded chain has accounts with known keys")
    tester: Any = web3.provider.ethereum_tester
    return [Account.from_key(key) for key in tester.backend.account_keys]


def _estimate_gas(state: Any, transaction: Any) -> int:
    """What one run with a block's gas uses; py-evm's own search runs it ten times.

    Calls keep 1/64 of the gas back (EIP-150), so a sender adds a margin, as it does anyway.
    """
    whole = transaction.copy(gas=state.gas_limit)
    snapshot = state.snapshot()
    try:
        computation = state.apply_transaction(whole)
        if not computation.is_error:
            return int(whole.intrinsic_gas + computation.get_gas_used())
    finally:
        state.revert(snapshot)
    return int(binary_gas_search(state, transaction))  # which raises, as nodes do


def _failure(code: int, message: str, data: str | None) -> RPCResponse:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": 0, "error": error}  # type: ignore[typeddict-item]


def _revert_data(error: BaseException | None) -> bytes:
    # web3 puts words around the data and eth-tester's repr() of it; the data itself is further in
    while error is not None:
        for argument in error.args:
            found = _as_bytes(argument)
            if found is not None:
                return found
        error = error.__cause__ or error.__context__
    return b""


def _as_bytes(argument: object) -> bytes | None:
    if isinstance(argument, bytes):
        return argument
    if isinstance(argument, Exception):
        return _revert_data(argument)
    if isinstance(argument, str) and argument.startswith(("b'", 'b"')):
        value = ast.literal_eval(argument)
        return value if isinstance(value, bytes) else None
    return None
