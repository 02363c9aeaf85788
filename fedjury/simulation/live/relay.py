"""The relay of a live federation: all of `fedjury relay` but HTTP, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.transactions.sender import TransactionSender
from fedjury.clients.relay_endpoint import SECONDS, RelayNotNow, RelayRefused, RelayStatus
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.assembly import assemble
from fedjury.relay.files import HandedFiles
from fedjury.relay.intake import Intake
from fedjury.relay.queue import Queue
from fedjury.relay.records import SignedUpdate
from fedjury.relay.refusals import Refused
from fedjury.relay.schedule import choose_schedule
from fedjury.relay.shelf import Shelf
from fedjury.relay.window import Window
from fedjury.runtime.events import Listener
from fedjury.runtime.loop import Step
from fedjury.task.opened import OpenedTask
from fedjury.task.vitals.purse import BATCH_GAS, Purse


class LiveRelay:
    """Takes in clients' signed updates against receipts, and posts a round's as one batch.

    Args:
        task: opened.
        account: a relayer of the task.
        sender: sends the relay's transactions; its account pays.
        directory: for the relay's files.
        listener: is told what happens.

    Attributes:
        name: where the relay is, for people.
    """

    name = "this process"

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        sender: TransactionSender,
        directory: Path,
        listener: Listener,
    ) -> None:
        directory.mkdir(parents=True)
        self._status = RelayStatus(task.name, account.address)
        owner = {"account": account.address, "task": task.name}
        self._queue = Queue(directory / "queue.sqlite3", owner)
        most = task.spec.update.max_bytes
        self._files = HandedFiles(directory / "files", self._queue, most, most)
        window, chain_id = Window(), task.chain.chain_id
        self._relay = assemble(
            task,
            Shelf(task.store, listener),
            sender,
            self._queue,
            self._files,
            window,
            Purse(task.chain, account.address, BATCH_GAS),
            choose_schedule(task.config.batch_seconds, None, None),
            listener,
        )
        self._intake = Intake(account, chain_id, task.contract.address, window, self._queue)
        self._digests: dict[tuple[int, str], Digest] = {}

    def close(self) -> None:
        """Close the relay's files."""
        self._intake.close()
        self._queue.close()

    def cycle(self) -> Step:
        """Do the relay's one next thing: as soon as all of a round's roster handed in, that is to
        submit their batch.

        Raises:
            TransientError: chain or store do not work now.
        """
        return self._relay.cycle()

    def hand_over(
        self, domain: UpdateDomain, entry: BatchEntry, seconds: float = SECONDS
    ) -> tuple[Receipt, bytes]:
        """Take in a client's signed update.

        Args:
            domain: in which it is signed.
            entry: the update.
            seconds: that the client has for it; nothing here takes that long.

        Returns:
            The receipt and the relay's signature under it.

        Raises:
            RelayFailed: it is not taken in.
        """
        with _telling_client():
            signed = self._intake.take(SignedUpdate(domain.round, domain.parent_model, entry))
        self._digests[domain.round, entry.client] = entry.digest
        return signed.receipt, signed.signature

    def status(self, seconds: float = SECONDS) -> RelayStatus:
        """Whose relay this is, at once."""
        return self._status

    def put_file(self, digest: Digest, data: bytes) -> None:
        """Take in an update's file, to be put into the store once its batch is on chain.

        Raises:
            RelayFailed: it is not taken in.
        """
        with _telling_client():
            if self._files.has(digest):
                return
            with self._files.receive(digest, len(data)) as incoming:
                incoming.write(data)
                incoming.finish()

    def digest_of(self, number: int, client: str) -> Digest | None:
        """What a client handed in for a round; None for nothing.

        Args:
            number: of the round.
            client: address.
        """
        return self._digests.get((number, client))


@contextmanager
def _telling_client() -> Iterator[None]:
    """Tell a client of a refusal as it knows them."""
    try:
        yield
    except Refused as refused:
        kind = RelayNotNow if refused.later else RelayRefused
        raise kind(str(refused)) from refused
