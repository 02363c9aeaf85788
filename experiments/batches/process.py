"""What the processes of the measurement share."""

from experiments.batches.settings import ACCOUNTS, Room
from experiments.batches.steps import Stopwatch
from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.task.location import find_location
from fedjury.task.on_chain import TaskOnChain

FIRST_ROUND = 1


class Process:
    """One process.

    Args:
        role: its name.
        room: of the measurement.
    """

    def __init__(self, role: str, room: Room) -> None:
        self.role, self.room = role, room
        self.watch = Stopwatch(role, "start")
        self.settings = room.settings()
        self.accounts = devnet_accounts(ACCOUNTS)
        self.chain = Chain.connect(self.settings.chain)

    def on_chain(self) -> TaskOnChain:
        """The task, as the chain alone tells of it."""
        return find_location(self.room.deployment, None).on_chain()

    def batches(self) -> list[Digest]:
        """The digests of the batches' files."""
        events = self.on_chain().read_events(self.chain.block().number, [BatchSubmitted])
        return [each.digest for each in events if isinstance(each, BatchSubmitted)]

    def domain(self, task: TaskOnChain) -> UpdateDomain:
        """In which the round's updates are signed."""
        parent = task.contract.current_round().model_digest
        return UpdateDomain(self.chain.chain_id, task.contract.address, FIRST_ROUND, parent)
