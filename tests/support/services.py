"""Real services for tests: each starts healthy, can be killed, and comes back on its port."""

import json
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Literal, Self

from fedjury.devnet import ChainKind, process
from fedjury.devnet.anvil import state_file
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.ipfs import choose_ipfs, ipfs_service
from fedjury.devnet.layout import chain_database, chain_log
from fedjury.devnet.ports import free_port
from fedjury.devnet.process import ProcessRef
from fedjury.devnet.rpc import call
from fedjury.devnet.service import Service, launch, wait_healthy
from fedjury.errors import ChainUnavailable
from tests.support.waiting import until

_SAVE_SECONDS = 30.0


def seconds_ahead(url: str) -> float:
    """Seconds by which the clock of an Anvil is before the time of day; negative if it is behind.

    Of a Ganache, and wherever blocks come faster than one a second, it is the newest block that is
    compared: one of long ago says nothing.
    """
    now = time.time()
    return int(call(url, "eth_getBlockByNumber", "pending", False)["timestamp"], 16) - now


class RunningService:
    """A service that runs while its `with` block does, and can be killed and brought back.

    Attributes:
        service: how to run it.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._process: ProcessRef | None = None

    @property
    def url(self) -> str:
        """Where its API is."""
        return self.service.url

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None, f"{self.service.name} is not started"
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it works. Raises DevnetError and leaves nothing running."""
        self._process = launch(self.service)
        try:
            wait_healthy(self.service, self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it in an orderly way; does nothing when it does not run."""
        if self._process is not None:
            process.stop(self._process)
            self._process = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            process.kill(self._process)
            self._process = None

    def restart(self) -> None:
        """Stop, and start on the same port with the same data."""
        self.stop()
        self.start()

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


class _ChainService(RunningService):
    """A chain with funded, well-known accounts (fedjury.devnet.devnet_accounts)."""

    kind: ClassVar[ChainKind]

    def __init__(
        self,
        directory: Path,
        *,
        accounts: int = 20,
        chain_id: int = 1337,
        block_time: float | None = None,
        keep_chain: bool = False,
    ) -> None:
        """Choose what kind of chain it is to be.

        Args:
            directory: for its log and its chain.
            accounts: how many are funded.
            chain_id: EIP-155 id.
            block_time: seconds between blocks; None makes one for every transaction.
            keep_chain: whether the chain lies on disk and is still there after kill() and start().
        """
        directory.mkdir(parents=True, exist_ok=True)
        self._database = chain_database(directory, self.kind) if keep_chain else None
        options = ChainOptions(
            accounts=accounts,
            chain_id=chain_id,
            block_time=block_time,
            database=self._database,
            save_every=1,
        )
        log = chain_log(directory, self.kind)
        super().__init__(chain_service(self.kind, free_port(), log, options))


class Ganache(_ChainService):
    """Ganache, which has every block on disk at once."""

    kind = "ganache"


class Anvil(_ChainService):
    """Anvil, which has its blocks on disk a second later."""

    kind = "anvil"

    def kill(self) -> None:
        """End it as a crash would, after it saved the blocks that it has now."""
        try:
            if self._database is not None:
                with suppress(ChainUnavailable):  # one that does not answer saves nothing either
                    wait_until_saved(self.url, self._database)
        finally:
            super().kill()


def wait_until_saved(url: str, database: Path) -> None:
    """Return once Anvil's file has the newest block, whole."""
    height = int(call(url, "eth_blockNumber"), 16)
    until(lambda: _saved_height(database) >= height, _SAVE_SECONDS)


def _saved_height(database: Path) -> int:
    """The newest block in Anvil's file, -1 without one or while it is being written."""
    try:
        return int(json.loads(state_file(database).read_bytes())["best_block_number"])
    except (FileNotFoundError, ValueError):
        return -1


class Ipfs(RunningService):
    """An IPFS daemon; its repo is still there after kill() and start().

    Args:
        directory: for its log and its repo.
        kind: which daemon; "auto" takes Kubo where it is installed.
    """

    def __init__(
        self, directory: Path, *, kind: Literal["auto", "kubo", "jsipfs"] = "auto"
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        chosen = choose_ipfs(kind, None)
        super().__init__(
            ipfs_service(chosen, free_port(), directory / chosen, directory / f"{chosen}.log")
        )
