"""The TaskFactory contract: creates tasks and lists them."""

from collections.abc import Sequence
from dataclasses import astuple

from eth_utils.address import to_checksum_address

from fedjury.chain.abi.codec import abi_of, topic
from fedjury.chain.contracts.contract import Contract
from fedjury.chain.contracts.federated_task import addresses
from fedjury.chain.contracts.hard_fork import require_hard_fork
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.errors import ChainUnavailable


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
        """As `Contract.prove_kind`: a factory counts tasks and has an implementation."""
        self.task_count()
        Contract(self.chain, self.implementation()).require_code()

    # --- views ---

    def task_count(self, at: BlockStamp | None = None) -> int:
        """How many tasks the factory has created."""
        return int(self.read("taskCount", at=at))

    def tasks(self, offset: int, limit: int, at: BlockStamp | None = None) -> list[str]:
        """Addresses of at most `limit` tasks in order of creation, from the one at `offset`."""
        return list(self.read("tasks", offset, limit, at=at))

    def implementation(self, at: BlockStamp | None = None) -> str:
        """The contract that all tasks delegate to (EIP-1167)."""
        return str(self.read("implementation", at=at))

    # --- state-changing ---

    def create_task(
        self,
        config: Config,
        coordinator: str,
        jurors: Sequence[str],
        quorum: int,
        clients: Sequence[str],
    ) -> ContractCall:
        """As anyone: create a task; `task_created` then finds its address in the receipt."""
        return self.prepare(
            "createTask",
            astuple(config),
            to_checksum_address(coordinator),
            addresses(jurors),
            quorum,
            addresses(clients),
        )

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
