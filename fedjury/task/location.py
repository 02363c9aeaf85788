"""Where a task is: what a deployment file says, or options in its stead."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedjury.chain.nodes.failover import connect_several
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ConfigError
from fedjury.runtime.events import Listener, ignore
from fedjury.runtime.patience import Patience
from fedjury.store import ContentStore, open_stores
from fedjury.task.deployment_file import Deployment, load_deployment
from fedjury.task.on_chain import TaskOnChain


@dataclass(frozen=True)
class TaskLocation:
    """Where a task is.

    Attributes:
        rpc: URL of the chain's RPC endpoint; the first where there are several.
        store: location of the content store, the first of several; None where nobody said it.
        task: the contract's address.
        from_block: first block to read events from.
        chain_id: that the endpoints have to serve; None where nobody said it.
        deployment: the deployment file's content; None where options stand in its stead.
        more_rpc: further RPC endpoints, the better first.
        more_stores: further content stores.
        listener: is told which of several endpoints or stores fail, come back, or differ.
    """

    rpc: str
    store: str | None
    task: str
    from_block: int
    chain_id: int | None
    deployment: Deployment | None
    more_rpc: tuple[str, ...] = ()
    more_stores: tuple[str, ...] = ()
    listener: Listener = ignore

    @property
    def endpoints(self) -> tuple[str, ...]:
        """All RPC endpoints."""
        return (self.rpc, *self.more_rpc)

    @property
    def stores(self) -> tuple[str, ...]:
        """All content stores; empty where nobody said one."""
        return () if self.store is None else (self.store, *self.more_stores)

    def connect(self, patience: Patience | None = None) -> Chain:
        """Connect to the chain; arguments and errors as of `connect_several`."""
        return connect_several(
            self.endpoints, self.chain_id, patience=patience, listener=self.listener
        )

    def open_store(self, patience: Patience | None = None) -> ContentStore:
        """Open the content store, or all as one; arguments as of `fedjury.store.open_stores`.

        Raises:
            ConfigError: nobody said where it is, or a location is unusable.
            StoreUnavailable: a directory cannot be created.
        """
        if not self.stores:
            raise ConfigError("--task needs --rpc and --store as well")
        return open_stores(self.stores, patience, self.listener)

    def on_chain(self, patience: Patience | None = None) -> TaskOnChain:
        """The task as the chain tells of it; raises what `TaskOnChain.at` raises."""
        return TaskOnChain.at(self.connect(patience), self.task, self.from_block)


def find_location(
    deployment: Path,
    rpc: Sequence[str] | None,
    store: Sequence[str] | None = None,
    task: str | None = None,
    from_block: int | None = None,
    listener: Listener = ignore,
) -> TaskLocation:
    """Put the deployment file and the options together.

    Args:
        deployment: the deployment file.
        rpc: RPC endpoints that stand in for the file's; None or empty for the file's.
        store: content stores, likewise.
        task: the contract's address, in place of a deployment file.
        from_block: first block to read events from; None is the file's, or 0.
        listener: as of `TaskLocation`.

    Raises:
        ConfigError: no usable deployment file, and not enough options to do without.
    """
    known = load_deployment(deployment) if task is None else None
    if known is None and not rpc:
        raise ConfigError("--task needs --rpc as well")
    endpoints = tuple(rpc or ([known.rpc] if known else ()))
    stores = tuple(store or ([known.store] if known else ()))
    return TaskLocation(
        rpc=endpoints[0],
        store=stores[0] if stores else None,
        task=known.task if known else str(task),
        from_block=(known.block if known else 0) if from_block is None else from_block,
        chain_id=known.chain_id if known else None,
        deployment=known,
        more_rpc=endpoints[1:],
        more_stores=stores[1:],
        listener=listener,
    )
