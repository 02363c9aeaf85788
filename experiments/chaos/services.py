"""Anvil and an IPFS daemon of the federation's own, which can be killed and brought back."""

import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from experiments.chaos import unbound
from fedjury.devnet import process
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.ipfs import choose_ipfs, ipfs_service
from fedjury.devnet.ports import free_port
from fedjury.devnet.process import ProcessRef
from fedjury.devnet.service import Service, launch, wait_healthy


class OwnService:
    """A service that runs while its `with` block does.

    Args:
        service: how to run it.

    Raises:
        DevnetError: on entering and on `start`: it does not start.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._process: ProcessRef | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 where it does not run."""
        return 0 if self._process is None else self._process.pid

    @property
    def url(self) -> str:
        """Where its API is."""
        return self.service.url

    def start(self) -> None:
        """Start it, unless it runs, and wait until it works."""
        if self._process is None:
            self._process = launch(self.service)
            wait_healthy(self.service, self._process)

    def kill(self) -> None:
        """End it as a crash would; its data stay."""
        if self._process is not None:
            process.kill(self._process)
            self._process = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def own_anvil(directory: Path, accounts: int, block_seconds: float) -> OwnService:
    """Anvil with so many funded accounts and a block every so many seconds."""
    options = ChainOptions(accounts=accounts, block_time=block_seconds)
    return OwnService(chain_service("anvil", free_port(), directory / "anvil.log", options))


def own_ipfs(directory: Path) -> OwnService:
    """The IPFS daemon that the devnet takes: Kubo where it is installed, else js-ipfs.

    It goes on where its files may not grow (`unbound`).
    """
    kind = choose_ipfs("auto", None)
    service = ipfs_service(kind, free_port(), directory / kind, directory / f"{kind}.log")
    command = (sys.executable, unbound.__file__, *service.command)
    env = {**service.env, "NODE_OPTIONS": unbound.SURVIVE}
    return OwnService(replace(service, command=command, env=env))
