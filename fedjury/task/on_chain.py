"""A task as the chain alone tells of it: its contract, its settings and its events."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fedjury.chain.contracts.events import ChainEvent
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainUnavailable
from fedjury.protocol.update_tag import task_name
from fedjury.task.history import RoundRecord, TaskHistory, assemble


@dataclass(frozen=True)
class TaskOnChain:
    """A task's contract and where its events begin. Needs neither store nor model.

    Attributes:
        contract: the task's contract.
        config: the contract's settings.
        from_block: the block that created the task, or an earlier one.
    """

    contract: FederatedTask
    config: Config
    from_block: int

    @classmethod
    def at(cls, chain: Chain, address: str, from_block: int) -> "TaskOnChain":
        """The task at an address.

        Raises:
            ChainUnavailable, NoContract: as `FederatedTask.at`.
        """
        contract = FederatedTask.at(chain, address)
        return TaskOnChain(contract, contract.config(), from_block)

    @property
    def chain(self) -> Chain:
        """The chain that the contract is on."""
        return self.contract.chain

    @cached_property
    def name(self) -> str:
        """``eip155:<chain id>:<address>``."""
        return task_name(self.chain.chain_id, self.contract.address)

    def read_events(
        self,
        to_block: int,
        kinds: Iterable[type[ChainEvent]] | None = None,
        *,
        from_block: int | None = None,
        round: int | None = None,
        client: str | None = None,
    ) -> list[ChainEvent]:
        """The task's events in chain order.

        Args:
            to_block: last block to read.
            kinds: only events of these classes; all if None.
            from_block: first block to read; the task's creation if None.
            round: only events of this round.
            client: only events of this client.

        Raises:
            ChainUnavailable: no usable answer.
        """
        first = self.from_block if from_block is None else from_block
        return self.contract.read_events(first, to_block, kinds, round=round, client=client)

    def read_history(self, to_block: int) -> TaskHistory:
        """The task's whole story up to a block.

        Raises:
            ChainUnavailable: no usable answer, or events that contradict each other (a node that
                has not caught up, or lies).
        """
        return assemble(self.read_events(to_block))

    def read_round(
        self, number: int, to_block: int, *, from_block: int | None = None
    ) -> RoundRecord:
        """One round that is over.

        Args:
            number: of the round.
            to_block: a block not before the round's end.
            from_block: a block not after the round's opening; the task's creation if None.

        Raises:
            ChainUnavailable: no usable answer, or none that tells of the whole round.
        """
        events = self.read_events(to_block, from_block=from_block, round=number)
        record = assemble(events).rounds.get(number)
        if record is None or record.state == "open":
            raise ChainUnavailable(f"the node does not tell all of round {number}")
        return record
