"""A small task on a real chain, whose rounds have verification slices of their own.

Its model, samples and updates are those of `tests.support.fake_federation`: every count can be told
by looking.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import Config, RoundState
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import EmbeddedProvider
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data.verification import VerificationSet
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.slices import Slices
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_signing import UpdateDomain
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
CLIENTS, RELAYERS = 3, 2
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
        accounts: with ether: coordinator, juror, clients, relayers.
        committed: the slices that the spec commits to.
        batch_seconds: of each round, in which the relayers may submit batches.
        changes: what else the spec says of them.
    """

    def __init__(
        self,
        directory: Path,
        chain: Chain,
        accounts: Sequence[LocalAccount],
        committed: Sequence[VerificationSet],
        *,
        batch_seconds: int = 0,
        **changes: Any,
    ) -> None:
        self.chain = chain
        coordinator, self.account, *others = accounts
        self.clients, self.relayers = others[:CLIENTS], others[CLIENTS : CLIENTS + RELAYERS]
        self.roster = Roster.of(client.address for client in self.clients)
        self.store = NotedStore(directory / "store")
        self.cache = DirectoryStore(directory / "cache")
        terms = slices_spec(committed, **changes)
        self.task = self._create(coordinator, spec(verification=terms).to_bytes(), batch_seconds)

    def _create(
        self, coordinator: LocalAccount, spec_file: bytes, batch_seconds: int
    ) -> OpenedTask:
        sender = self.sender(coordinator)
        config = Config(
            spec_digest=self.store.add(spec_file),
            genesis_digest=self.store.add(encode(weights())),
            round_seconds=3600,
            batch_seconds=batch_seconds,
            availability_seconds=60,
            grace_seconds=3600,
            notice_seconds=86_400,
            min_updates=1,
            max_updates=CLIENTS,
            rounds=len(ROUNDS),
        )
        digest, jurors = self.store.add(self.roster.to_bytes()), [self.account.address]
        relayers = [each.address for each in self.relayers] if batch_seconds else []
        creation = TaskCreation(config, self.roster, digest, jurors, 1, 0, relayers)
        factory = TaskFactory.deploy(sender)
        receipt = sender.send(factory.create_task(creation))
        address = factory.task_created(receipt)
        return open_task(self.chain, self.store, address, receipt.block_number, {MODEL})

    def juror(
        self, slices: Slices, listener: Listener, fetcher: type[UpdateFetcher] = UpdateFetcher
    ) -> Juror:
        """The task's juror, as after a restart; `fetcher` is how it gets files."""
        return Juror(
            self.task,
            self.account,
            self.sender(self.account),
            slices,
            fetcher(self.store, self.cache, self.task.spec.update.max_bytes),
            listener,
            idle_chain_seconds=_IDLE_CHAIN_SECONDS,
        )

    def submit(self, number: int) -> None:
        """All updates of a round, the files first."""
        for client, tensors in enumerate(ROUNDS[number - 1]):
            self.submit_alone(client, tensors)

    def submit_alone(self, client: int, tensors: Tensors) -> None:
        """An update of a client, by its index, for the round that is on, the file first."""
        account, digest = self.clients[client], self._publish(self.clients[client], tensors)
        proof, number = self.roster.proof(account.address), self._state.number
        call = self.task.contract.submit_update(number, digest, proof)
        self.sender(account).send(call)

    def signed(self, account: LocalAccount, tensors: Tensors) -> BatchEntry:
        """Somebody's signed update for the round that is on, whose file is in the store."""
        state, address = self._state, self.task.contract.address
        domain = UpdateDomain(self.chain.chain_id, address, state.number, state.model_digest)
        return domain.sign(account, self._publish(account, tensors))

    def relay(self, relayer: int, entries: Sequence[BatchEntry]) -> Digest:
        """Have a relayer, by its index, publish and submit a batch to the round that is on."""
        file = BatchFile.of(entries)
        digest = self.store.add(file.content)
        self.announce(relayer, len(file), digest)
        return digest

    def announce(self, relayer: int, count: int, digest: Digest) -> None:
        """Have a relayer, by its index, submit a batch, whatever the file is."""
        call = self.task.contract.submit_batch(self._state.number, count, digest)
        self.sender(self.relayers[relayer]).send(call)

    def close(self) -> None:
        """Let the embedded chain's time go to the deadline of the round that is on."""
        tester: Any = cast(EmbeddedProvider, self.chain.web3.provider).ethereum_tester
        tester.time_travel(self._state.deadline + 1)

    @property
    def _state(self) -> RoundState:
        return self.task.contract.current_round()

    def _publish(self, account: LocalAccount, tensors: Tensors) -> Digest:
        tag = self.task.tag(self._state.number, account.address)
        return self.store.add(encode_update(tensors, tag))

    def sender(self, account: LocalAccount) -> TransactionSender:
        """A sender that looks often."""
        return TransactionSender(self.chain, account, poll_interval=0.02)
