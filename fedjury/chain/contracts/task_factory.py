"""The TaskFactory contract: creates tasks."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from eth_utils.address import to_checksum_address

from fedjury.chain.abi.codec import abi_of, topic
from fedjury.chain.contracts.contract import Contract
from fedjury.chain.contracts.federated_task import roster_tuple
from fedjury.chain.contracts.hard_fork import require_hard_fork
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.errors import ChainUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import sorted_jurors
from fedjury.protocol.roster import Roster


@dataclass(frozen=True)
class TaskCreation:
    """What a task is created from; all of it and the coordinator decide its address.

    Attributes:
        config: the task's settings.
        roster: who may submit at first.
        roster_digest: of the roster's file; None for a roster of nobody.
        jurors: addresses, in any order.
        quorum: how many of them must sign.
        nonce: tells tasks apart that are otherwise the same.
        relayers: addresses that may submit batches from the first round on.
    """

    config: Config
    roster: Roster
    roster_digest: Digest | None
    jurors: Sequence[str]
    quorum: int
    nonce: int
    relayers: Sequence[str] = ()

    def arguments(self) -> tuple[object, ...]:
        """As the contract takes them."""
        return (
            astuple(self.config),
            roster_tuple(self.roster, self.roster_digest),
            sorted_jurors(self.jurors),
            self.quorum,
            [to_checksum_address(relayer) for relayer in self.relayers],
            self.nonce,
        )


class TaskFactory(Contract):
    """The factory; see FederatedTask for how views and state-changing functions behave."""

    abi_name = "TaskFactory"
    kind = "task factory"

    @classmethod
    def deploy(cls, sender: TransactionSender) -> "TaskFactory":
        """Create a factory, and with it the implementation that its tasks share.

        Raises:
            ChainTooOld: the chain does not know the instructions of the contracts.
            As TransactionSender.send.
        """
        artifact = abi_of(cls.abi_name).artifact
        require_hard_fork(sender.chain, artifact.evm_version)
        receipt = sender.send(ContractCall("create TaskFactory", None, artifact.bytecode))
        if receipt.contract_address is None:
            raise ChainUnavailable("the receipt of a contract's creation names no contract")
        return cls(sender.chain, receipt.contract_address)

    def prove_kind(self) -> None:
        """As `Contract.prove_kind`: a factory has an implementation."""
        Contract(self.chain, self.implementation()).require_code()

    # --- views ---

    def implementation(self, at: BlockStamp | None = None) -> str:
        """The contract that all tasks delegate to (EIP-1167)."""
        return str(self.read("implementation", at=at))

    def address_of(self, coordinator: str, creation: TaskCreation) -> str:
        """The address that a task has or would have (CREATE2, EIP-1014)."""
        found = self.read("addressOf", to_checksum_address(coordinator), *creation.arguments())
        return to_checksum_address(found)

    # --- state-changing ---

    def create_task(self, creation: TaskCreation) -> ContractCall:
        """As whoever will be its coordinator: create a task; `task_created` then finds its address
        in the receipt."""
        return self.prepare("createTask", *creation.arguments())

    def task_created(self, receipt: Receipt) -> str:
        """The address of the task that a mined createTask has created.

        Raises:
            ChainUnavailable: the receipt holds no TaskCreated of this factory.
        """
        wanted = topic(self.abi.events["TaskCreated"])
        for log in receipt.logs:
            if log.address == self.address and log.topics[:1] == (wanted,) and len(log.topics) > 1:
                return to_checksum_address(log.topics[1][12:])
        raise ChainUnavailable(
            f"the receipt of 0x{receipt.transaction_hash.hex()} holds no TaskCreated"
        )
