"""A small task on a real chain, whose rounds have verification slices of their own.

Its model, samples and updates are those of `tests.support.fake_federation`: every count can be told
by looking.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data.verification import VerificationSet
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.update_file import encode_update
from fedjury.runtime.events import Listener
from fedjury.store import DirectoryStore
from fedjury.task.opened import OpenedTask, open_task
from tests.support.fake_federation import MODEL, spec, weights
from tests.support.sliced import slices_spec

# Of each round two updates that are better and one that is not.
ROUNDS = [
    [weights(0, 1), weights(), weights(0, 1, scale=2)],
    [weights(0, 1, 2, scale=16), weights(0), weights(0, 1, 2, scale=32)],
]
CLIENTS = 3
_IDLE_CHAIN_SECONDS = 1.0


class NotedStore(DirectoryStore):
    """A directory that remembers what was added to it, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.added: list[bytes] = []

    def add(self, data: bytes) -> Digest:
        self.added.append(data)
        return super().add(data)


class PlayedTask:
    """A task of two rounds; on two new chains with the same accounts it has the same address.

    Args:
        directory: for the store.
        chain: where to create it.
        accounts: with ether: coordinator, juror, clients.
        committed: the slices that the spec commits to.
        changes: what else the spec says of them.
    """

    def __init__(
        self,
        directory: Path,
        chain: Chain,
        accounts: Sequence[LocalAccount],
        committed: Sequence[VerificationSet],
        **changes: Any,
    ) -> None:
        self.chain = chain
        coordinator, self.account, *others = accounts
        self.clients = others[:CLIENTS]
        self.roster = Roster.of(client.address for client in self.clients)
        self.store = NotedStore(directory / "store")
        self.cache = DirectoryStore(directory / "cache")
        terms = slices_spec(committed, **changes)
        self.task = self._create(coordinator, spec(verification=terms).to_bytes())

    def _create(self, coordinator: LocalAccount, spec_file: bytes) -> OpenedTask:
        sender = self.sender(coordinator)
        config = Config(
            spec_digest=self.store.add(spec_file),
            genesis_digest=self.store.add(encode(weights())),
            round_seconds=3600,
            batch_seconds=0,
            availability_seconds=60,
            grace_seconds=3600,
            notice_seconds=86_400,
            min_updates=1,
            max_updates=CLIENTS,
            rounds=len(ROUNDS),
        )
        digest, jurors = self.store.add(self.roster.to_bytes()), [self.account.address]
        creation = TaskCreation(config, self.roster, digest, jurors, quorum=1, nonce=0)
        factory = TaskFactory.deploy(sender)
        receipt = sender.send(factory.create_task(creation))
        address = factory.task_created(receipt)
        return open_task(self.chain, self.store, address, receipt.block_number, {MODEL})

    def juror(self, slices: Slices, listener: Listener) -> Juror:
        """The task's juror, as after a restart."""
        fetcher = UpdateFetcher(self.store, self.cache, self.task.spec.update.max_bytes)
        return Juror(
            self.task,
            self.account,
            self.sender(self.account),
            slices,
            fetcher,
            listener,
            idle_chain_seconds=_IDLE_CHAIN_SECONDS,
        )

    def submit(self, number: int) -> None:
        """All updates of a round, the files first."""
        updates: list[Tensors] = ROUNDS[number - 1]
        for client, tensors in zip(self.clients, updates, strict=True):
            digest = self.store.add(encode_update(tensors, self.task.tag(number, client.address)))
            proof = self.roster.proof(client.address)
            call = self.task.contract.submit_update(number, digest, proof)
            self.sender(client).send(call)

    def sender(self, account: LocalAccount) -> TransactionSender:
        """A sender that looks often."""
        return TransactionSender(self.chain, account, poll_interval=0.02)
