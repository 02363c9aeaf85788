"""Reading a round's updates from events, held against the contract's running hash."""

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.chain.contracts.types import RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import ChainUnavailable
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.on_chain import TaskOnChain


class RoundUpdates:
    """Reads the updates of one round after the other, each from where the last one began.

    Args:
        task: whose rounds they are.
    """

    def __init__(self, task: TaskOnChain) -> None:
        self._task = task
        self._from_block = task.from_block

    def read(self, state: RoundState, at: BlockStamp) -> list[UpdateSubmitted]:
        """The updates of a round in the contract's order.

        Args:
            state: the round, as the contract holds it at the block.
            at: the block.

        Raises:
            ChainUnavailable: no usable answer, or events that do not hash to what the contract
                holds.
        """
        events = self._task.read_events(
            at.number, [UpdateSubmitted], from_block=self._from_block, round=state.number
        )
        updates = [event for event in events if isinstance(event, UpdateSubmitted)]
        if updates_hash(state.number, updates) != state.updates_hash:
            self._from_block = self._task.from_block  # a reorganization may have moved them
            raise ChainUnavailable(
                f"the node's {len(updates)} events do not hash to what the contract holds of "
                f"round {state.number}: it has not caught up, or leaves some out"
            )
        self._from_block = updates[0].block_number  # this and later rounds lie after it
        return updates
