"""Where a task is: what a deployment file says, or options in its stead."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ConfigError
from fedjury.runtime.patience import Patience
from fedjury.store import ContentStore, open_store
from fedjury.task.deployment_file import Deployment, load_deployment
from fedjury.task.on_chain import TaskOnChain


@dataclass(frozen=True)
class TaskLocation:
    """Where a task is.

    Attributes:
        rpc: URL of the chain's RPC endpoint.
        store: location of the content store; None where nobody said it.
        task: the contract's address.
        from_block: first block to read events from.
        chain_id: that the endpoint has to serve; None where nobody said it.
        deployment: the deployment file's content; None where options stand in its stead.
    """

    rpc: str
    store: str | None
    task: str
    from_block: int
    chain_id: int | None
    deployment: Deployment | None

    def connect(self, patience: Patience | None = None) -> Chain:
        """Connect to the chain; arguments and errors as of `Chain.connect`."""
        return Chain.connect(self.rpc, self.chain_id, patience=patience)

    def open_store(self, patience: Patience | None = None) -> ContentStore:
        """Open the content store; arguments as of `fedjury.store.open_store`.

        Raises:
            ConfigError: nobody said where it is, or the location is unusable.
            StoreUnavailable: the directory cannot be created.
        """
        if self.store is None:
            raise ConfigError("--task needs --rpc and --store as well")
        return open_store(self.store, patience)

    def on_chain(self, patience: Patience | None = None) -> TaskOnChain:
        """The task as the chain tells of it; raises what `TaskOnChain.at` raises."""
        return TaskOnChain.at(self.connect(patience), self.task, self.from_block)


def find_location(
    deployment: Path,
    rpc: str | None,
    store: str | None = None,
    task: str | None = None,
    from_block: int | None = None,
) -> TaskLocation:
    """Put the deployment file and the options together.

    Raises:
        ConfigError: no usable deployment file, and not enough options to do without.
    """
    if task is not None:
        if rpc is None:
            raise ConfigError("--task needs --rpc as well")
        return TaskLocation(rpc, store, task, from_block or 0, None, None)
    known = load_deployment(deployment)
    return TaskLocation(
        rpc=rpc or known.rpc,
        store=store or known.store,
        task=known.task,
        from_block=known.block if from_block is None else from_block,
        chain_id=known.chain_id,
        deployment=known,
    )
