"""A relay inside a live federation's process, that its clients hand their updates to."""

import time

from eth_account.signers.local import LocalAccount

from fedjury.chain.transactions.sender import TransactionSender
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.loop import Step
from fedjury.task.opened import OpenedTask


class LiveRelay:
    """Takes signed updates in against receipts, and submits a round's as one batch.

    Args:
        task: opened.
        account: a relayer of the task.
        sender: sends the relay's transactions; its account pays.

    Attributes:
        name: where the relay is, for people.
    """

    name = "this process"

    def __init__(self, task: OpenedTask, account: LocalAccount, sender: TransactionSender) -> None:
        self._task, self._account, self._sender = task, account, sender
        self._round = 0
        self._entries: dict[str, BatchEntry] = {}

    def hand_over(self, domain: UpdateDomain, entry: BatchEntry) -> tuple[Receipt, bytes]:
        """Take in a client's signed update.

        Args:
            domain: in which it is signed.
            entry: the update.

        Returns:
            The receipt and the relay's signature under it.
        """
        if domain.round != self._round:
            self._round, self._entries = domain.round, {}
        self._entries[entry.client] = entry
        receipt = Receipt(
            domain.round, domain.parent_model, entry.client, entry.digest, int(time.time())
        )
        return receipt, receipt.sign(self._account, domain.chain_id, domain.task)

    def put_file(self, digest: Digest, data: bytes) -> None:
        """Put an update's file into the store."""
        self._task.store.add(data)

    def digest_of(self, number: int, client: str) -> Digest | None:
        """What a client handed in for a round; None for nothing.

        Args:
            number: of the round.
            client: address.
        """
        entry = self._entries.get(client) if number == self._round else None
        return None if entry is None else entry.digest

    def cycle(self) -> Step:
        """Submit what was taken in as one batch, unless that is done.

        Raises:
            TransientError: chain or store do not work now.
        """
        contract = self._task.contract
        state = contract.current_round()
        if state.number != self._round or state.batched:
            return Step.WAITING
        file = BatchFile.of(self._entries.values())
        digest = self._task.store.add(file.content)
        self._sender.send(contract.submit_batch(state.number, len(file), digest))
        return Step.PROGRESS
