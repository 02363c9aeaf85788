"""One client with relays, against a contract in memory; it can be killed and started again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import BatchSubmitted, UpdateSubmitted
from fedjury.chain.rpc.block import BlockTag
from fedjury.clients.client import Client
from fedjury.clients.journal import Journal
from fedjury.clients.relay_notes import HandedUpdate
from fedjury.clients.relays import Relay
from fedjury.errors import ContentNotFound
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.loop import Step
from tests.support.fake_federation import (
    CLIENTS,
    RELAYER,
    FakeFederation,
    FakeSender,
    as_sender,
    weights,
)
from tests.support.own_store import OwnStore
from tests.support.recorder import Recorder
from tests.support.reports import report_on

BATCHES_UNTIL = 1060
"""When the first round takes no batches any more; it opens at 1000 and closes at 1100."""


class RelayedClient:
    """A federation and one client of it.

    Args:
        directory: for store and journal.
        relays: that the client hands its updates to.
        account: the client's.
        confirmations: with which it reads the chain.
        hand_file: whether relays get the files.
    """

    def __init__(
        self,
        directory: Path,
        relays: Sequence[Relay],
        account: LocalAccount = CLIENTS[0],
        confirmations: int | BlockTag = 0,
        *,
        hand_file: bool = False,
    ) -> None:
        self.relays, self.account = relays, account
        self.confirmations, self.hand_file = confirmations, hand_file
        self.federation = FakeFederation(directory, clients=3)
        self.chain, self.contract = self.federation.chain, self.federation.contract
        self.contract.set_relayer_to(RELAYER.address, True)
        self.directory = directory / "journal"
        self.sender: FakeSender = self.federation.sender(account)
        self.trained: list[int] = []
        self.restart()

    def restart(self) -> None:
        """Kill the client and start it anew."""
        self.told = Recorder()
        self.journal = Journal(self.directory)
        self.client = Client(
            self.federation.task,
            self.account,
            as_sender(self.sender),
            self._train,
            self.journal,
            self.told,
            self.confirmations,
            relays=self.relays,
            hand_file=self.hand_file,
            now=lambda: self.chain.timestamp,
        )

    def with_own_store(self) -> OwnStore:
        """Start the client anew with a store of its own; the federation's is that of all others."""
        store = OwnStore(self.directory.with_name("own"), self.federation.store)
        self.federation.task = replace(self.federation.task, store=store)
        self.restart()
        return store

    def _train(self, round_number: int, current: Tensors) -> Tensors:
        self.trained.append(round_number)
        return weights(0, scale=float(len(self.trained)))  # never the same twice

    def cycle(self, times: int = 1) -> Step:
        """Some cycles; what the last one came to."""
        return [self.client.cycle() for _ in range(times)][-1]

    def settle(self) -> None:
        """Cycles until there is nothing to do."""
        while self.client.cycle() is Step.PROGRESS:
            pass

    def pass_time(self, until: int) -> None:
        """Let it be so late."""
        self.chain.timestamp = until

    def mine(self, blocks: int) -> None:
        """Make empty blocks."""
        self.chain.height += blocks

    def post(self, *entries: BatchEntry) -> BatchSubmitted:
        """Have the relayer post a batch."""
        return self.federation.relay(*entries)

    def note(self) -> HandedUpdate | None:
        """What the journal says was handed over in the current round."""
        return self.journal.handed.find(self.contract.number, self.contract.model)

    def is_published(self, digest: Digest) -> bool:
        """Whether the store has a file."""
        try:
            self.federation.store.fetch(digest, 4096, 0)
        except ContentNotFound:
            return False
        return True

    def alone(self) -> list[UpdateSubmitted]:
        """What the client submitted itself."""
        return [event for event in self.contract.events if isinstance(event, UpdateSubmitted)]

    def finalize(self, *codes: VerdictCode) -> None:
        """Have the jury end the round."""
        self.contract.finalize(report_on(self.contract), pack(codes), bytes(65))
