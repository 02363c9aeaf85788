"""Reading a round's submissions from events, held against the contract's running hash."""

from fedjury.chain.contracts.events import BatchSubmitted, Submitted, UpdateSubmitted
from fedjury.chain.contracts.types import RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.logs import Care
from fedjury.task.completeness import read_closely, require_submissions
from fedjury.task.on_chain import TaskOnChain


class RoundSubmissions:
    """Reads the lone updates and batches of one round after the other, each from where the last
    one began.

    Args:
        task: whose rounds they are.
    """

    def __init__(self, task: TaskOnChain) -> None:
        self._task = task
        self._from_block = task.from_block

    def read(self, state: RoundState, opening: bytes, at: BlockStamp) -> list[Submitted]:
        """The submissions of a round in the contract's order.

        Args:
            state: the round, as the contract holds it at the block.
            opening: the hash that it began with, see `opening_hash`.
            at: the block.

        Raises:
            LogsMissing: the node's events do not hash to what the contract holds.
            ChainUnavailable: no usable answer.
        """

        def read(care: Care) -> list[Submitted]:
            events = self._task.read_events(
                at.number,
                [UpdateSubmitted, BatchSubmitted],
                # a reorganization may have moved them
                from_block=self._task.from_block if care is Care.HALVING else self._from_block,
                round=state.number,
                care=care,
            )
            return [each for each in events if isinstance(each, UpdateSubmitted | BatchSubmitted)]

        def accept(found: list[Submitted], _: Care) -> None:
            require_submissions(state.number, opening, found, state.updates_hash)

        submissions = read_closely(self._task.chain, read, accept)
        if submissions:
            self._from_block = submissions[0].block_number  # this and later rounds lie after it
        return submissions
