"""A chain of the measurement's own, whose time can be moved on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiments.batches.settings import ACCOUNTS
from experiments.batches.steps import ProcessSteps, peak_of
from fedjury.chain.rpc.connection import Chain
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.ports import free_port
from fedjury.devnet.process import ProcessRef, stop
from fedjury.devnet.service import launch, wait_healthy


@dataclass(frozen=True)
class OwnChain:
    """Anvil, mining at once.

    Attributes:
        chain: connected.
        process: Anvil's.
    """

    chain: Chain
    process: ProcessRef

    def move_to(self, seconds: int) -> None:
        """Mine a block of this time (Unix seconds)."""
        self.chain.request("evm_setNextBlockTimestamp", seconds)
        self.chain.request("evm_mine")

    def steps(self) -> ProcessSteps:
        """What Anvil held; what it did belongs to the steps of those who asked for it."""
        return ProcessSteps("Anvil", [], peak_of(self.process.pid))


@contextmanager
def own_chain(log: Path) -> Iterator[OwnChain]:
    """Start Anvil, and stop it in the end.

    Args:
        log: file for what it says.

    Raises:
        DevnetError: it does not start.
    """
    service = chain_service("anvil", free_port(), log, ChainOptions(accounts=ACCOUNTS))
    process = launch(service)
    try:
        wait_healthy(service, process)
        yield OwnChain(Chain.connect(service.url), process)
    finally:
        stop(process)
