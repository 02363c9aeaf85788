"""Counting what is asked of a chain and of a store."""

from pathlib import Path
from typing import Any

from web3 import Web3
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from fedjury.chain.abi.codec import abi_of, selector
from fedjury.chain.rpc.connection import Chain
from fedjury.protocol.digest import Digest
from fedjury.store import DirectoryStore


class CountingProvider(BaseProvider):
    """Passes requests on.

    Attributes:
        asked: methods and parameters of all requests, in order.
    """

    def __init__(self, inner: BaseProvider) -> None:
        super().__init__()
        self._inner = inner
        self.asked: list[tuple[str, Any]] = []

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        self.asked.append((method, params))
        return self._inner.make_request(method, params)

    @property
    def methods(self) -> list[str]:
        """The methods that were asked for, in order."""
        return [method for method, _ in self.asked]

    def simulations(self, function: str) -> int:
        """How often a state-changing function was run without a transaction."""
        wanted = "0x" + selector(abi_of("FederatedTask").functions[function]).hex()
        return sum(
            method == "eth_call" and params[0]["data"].startswith(wanted)
            for method, params in self.asked
        )


def counted(chain: Chain) -> tuple[Chain, CountingProvider]:
    """The same chain through a provider that counts."""
    provider = CountingProvider(chain.web3.provider)
    return Chain(Web3(provider, middleware=[]), chain.url), provider


class CountingStore(DirectoryStore):
    """A directory that remembers what was put into it.

    Attributes:
        added: digests, in order.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.added: list[Digest] = []

    def add(self, data: bytes) -> Digest:
        self.added.append(super().add(data))
        return self.added[-1]
