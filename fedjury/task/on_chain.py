"""A task as the chain alone tells of it: its contract, its settings and its events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from fedjury.chain.contracts.events import ChainEvent, JuryAnnounced, RosterSet, RoundOpened
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Care
from fedjury.errors import ChainUnavailable, LogsMissing
from fedjury.protocol.update_tag import task_name
from fedjury.task.completeness import Counters, read_closely, require_closed, require_complete
from fedjury.task.history import RoundHistory, TaskHistory, assemble


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
        care: Care = Care.USUAL,
    ) -> list[ChainEvent]:
        """The task's events in chain order.

        Args:
            to_block: last block to read.
            kinds: only events of these classes; all if None.
            from_block: first block to read; the task's creation if None.
            round: only events of this round.
            client: only events of this client.
            care: how closely to read, where the node leaves some out.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if care is not Care.USUAL and self.chain.block().number < to_block:
            raise ChainUnavailable(f"{self.chain!r} has not caught up with block {to_block}")
        first = self.from_block if from_block is None else from_block
        return self.contract.read_events(
            first, to_block, kinds, round=round, client=client, care=care
        )

    def read_all_events(self, at: BlockStamp) -> list[ChainEvent]:
        """Every event of the task up to a block, in chain order.

        Raises:
            LogsMissing: the node leaves out events that the contract counts.
            ChainUnavailable: no usable answer.
        """
        # first of all: a node may soon have forgotten the state at this block
        counters = Counters.read(self.contract, at)
        return read_closely(
            self.chain,
            lambda care: self.read_events(at.number, care=care),
            lambda events, care: self._require_complete(events, counters, care),
        )

    def _require_complete(
        self, events: Sequence[ChainEvent], counters: Counters, care: Care
    ) -> None:
        try:
            require_complete(assemble(events), counters, care)
        except LogsMissing as error:
            first = any(isinstance(event, RoundOpened) and event.round == 1 for event in events)
            if first or not self.from_block:
                raise
            raise LogsMissing(
                f"{error}; events were read from block {self.from_block} on, which may be later "
                "than the task's creation: say an earlier --from-block"
            ) from error

    def read_history(self, at: BlockStamp) -> TaskHistory:
        """The task's whole story up to a block.

        Raises:
            LogsMissing: the node leaves out events that the contract counts.
            ChainUnavailable: no usable answer.
        """
        return assemble(self.read_all_events(at))

    def read_round(
        self, number: int, to_block: int, *, from_block: int | None = None
    ) -> RoundHistory:
        """One round that is over.

        Args:
            number: of the round.
            to_block: a block not before the round's end.
            from_block: a block not after the round's opening; the task's creation if None.

        Raises:
            LogsMissing: the node does not tell all of the round.
            ChainUnavailable: no usable answer.
        """

        def read(care: Care) -> RoundHistory:
            members = self.read_events(to_block, [RosterSet, JuryAnnounced], care=care)
            own = self.read_events(to_block, from_block=from_block, round=number, care=care)
            events = sorted([*members, *own], key=_position)
            record = assemble(events).rounds.get(number)
            if record is None:
                raise LogsMissing(
                    f"the node does not tell all of round {number}: it has no opening"
                )
            return record

        return read_closely(self.chain, read, require_closed)


def _position(event: ChainEvent) -> tuple[int, int]:
    return event.block_number, event.log_index
