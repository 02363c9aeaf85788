"""Real services for tests: each starts healthy, can be killed, and comes back on its port."""

from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from fedjury.devnet import (
    ChainOptions,
    ServiceHandle,
    choose_ipfs,
    ganache_service,
    ipfs_service,
)
from fedjury.devnet.ports import free_port


class _Service(ServiceHandle):
    """A service that runs while its `with` block does."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Ganache(_Service):
    """A chain with funded, well-known accounts (fedjury.devnet.devnet_accounts)."""

    def __init__(
        self,
        directory: Path,
        *,
        accounts: int = 20,
        chain_id: int = 1337,
        block_time: float | None = None,
        keep_chain: bool = False,
    ) -> None:
        """With keep_chain the chain lies on disk and is still there after kill() and start()."""
        directory.mkdir(parents=True, exist_ok=True)
        options = ChainOptions(
            accounts=accounts,
            chain_id=chain_id,
            block_time=block_time,
            database=directory / "chain" if keep_chain else None,
        )
        super().__init__(ganache_service(free_port(), directory / "ganache.log", options))


class Ipfs(_Service):
    """An IPFS daemon; its repo is still there after kill() and start()."""

    def __init__(
        self, directory: Path, *, kind: Literal["auto", "kubo", "jsipfs"] = "auto"
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        chosen = choose_ipfs(kind, None)
        super().__init__(
            ipfs_service(chosen, free_port(), directory / chosen, directory / f"{chosen}.log")
        )
