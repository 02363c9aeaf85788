"""A relay in this process that keeps what clients hand it, or fails as a test wants it to."""

from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from fedjury.clients.relay_endpoint import RelayFailed, RelayStatus
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.store import ContentStore
from tests.support.fake_federation import CHAIN_ID, RELAYER, TASK_ADDRESS

RECEIVED_AT = 1005


@dataclass
class FakeRelay:
    """What a relay does, and what it was given.

    Attributes:
        name: where it is.
        signer: whose receipts it gives.
        digest: of another update, which its receipts are about; None for the right one.
        task: that it says it is of.
        status_failure: raised instead of saying whose it is.
        failure: raised instead of giving a receipt.
        file_failure: raised instead of taking a file.
        store: where it puts files; None to keep them to itself.
        handed: the updates that it was given, in order, whatever it answered.
        given: the files that it was given.
        seconds: that it had for each of the updates.
        asked: how often it was asked whose it is.
    """

    name: str = "http://relay"
    signer: LocalAccount = RELAYER
    digest: Digest | None = None
    task: str = f"eip155:{CHAIN_ID}:{TASK_ADDRESS}"
    status_failure: RelayFailed | None = None
    failure: RelayFailed | None = None
    file_failure: RelayFailed | None = None
    store: ContentStore | None = None
    handed: list[BatchEntry] = field(default_factory=list)
    given: list[bytes] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    asked: int = 0

    def hand_over(
        self, domain: UpdateDomain, entry: BatchEntry, seconds: float
    ) -> tuple[Receipt, bytes]:
        """As RelayEndpoint.hand_over."""
        self.handed.append(entry)
        self.seconds.append(seconds)
        if self.failure is not None:
            raise self.failure
        signed = Receipt(
            domain.round,
            domain.parent_model,
            entry.client,
            self.digest or entry.digest,
            RECEIVED_AT,
        )
        asked = Receipt(domain.round, domain.parent_model, entry.client, entry.digest, RECEIVED_AT)
        return asked, signed.sign(self.signer, domain.chain_id, domain.task)

    def status(self, seconds: float) -> RelayStatus:
        """As RelayEndpoint.status."""
        self.asked += 1
        if self.status_failure is not None:
            raise self.status_failure
        return RelayStatus(self.task, self.signer.address)

    def put_file(self, digest: Digest, data: bytes) -> None:
        """As RelayEndpoint.put_file."""
        self.given.append(data)
        if self.file_failure is not None:
            raise self.file_failure
        if self.store is not None:
            assert self.store.add(data) == digest
