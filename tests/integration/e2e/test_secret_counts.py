"""What a jury publishes says nothing of its samples but codes and models.

The same task is played twice, on two chains of which each is the other's double, by jurors whose
secret slices hold different samples. Counts differ; all that anybody else can see does not.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.events import RoundJudged, UpdateJudged
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.update_file import encode_update
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from fedjury.task.opened import OpenedTask, open_task
from tests.support.fake_federation import CLASSES, MODEL, spec, weights
from tests.support.recorder import Recorder
from tests.support.sliced import make_slices, slices_spec

# Of each round two updates that are better and one that is not.
ROUNDS = [
    [weights(0, 1), weights(), weights(0, 1, scale=2)],
    [weights(0, 1, 2, scale=16), weights(0), weights(0, 1, 2, scale=32)],
]
CLIENTS = 3


class NotedStore(DirectoryStore):
    """A directory that remembers what was added to it, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.added: list[bytes] = []

    def add(self, data: bytes) -> Digest:
        self.added.append(data)
        return super().add(data)


@dataclass
class Published:
    """What a juror let others see, and what it told its own log.

    Attributes:
        files: that it added to the store, in order.
        calls: to whom each of its transactions went, and the calldata.
        told: its log.
    """

    files: list[bytes] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    told: Recorder = field(default_factory=Recorder)

    @property
    def counts(self) -> list[int]:
        """Every count in the log."""
        updates = [event.correct for event in self.told.of(UpdateJudged)]
        return updates + [event.model_correct for event in self.told.of(RoundJudged)]


def _samples(slices: list[VerificationSet], each: int) -> list[VerificationSet]:
    """Slices with so many samples of each class, under other salts."""
    labels = torch.arange(CLASSES).repeat(each)
    samples = Samples(torch.eye(CLASSES).repeat(each, 1), labels)
    return [VerificationSet(samples, bytes([99 - number]) * 32) for number in range(len(slices))]


class Play:
    """One task on a chain of its own, whose addresses are the same each time.

    Args:
        directory: for the store.
        committed: the slices that the spec commits to.
        disclosed: whether it has them disclosed.
    """

    def __init__(self, directory: Path, committed: list[VerificationSet], disclosed: bool) -> None:
        self.chain = Chain.connect("embedded")
        coordinator, self.account, *others = funded_accounts(self.chain.web3)
        self.clients = others[:CLIENTS]
        self.store = NotedStore(directory / "store")
        self.cache = DirectoryStore(directory / "cache")
        terms = slices_spec(committed, disclosed=disclosed, depth=0)
        self.task = self._create(coordinator, spec(verification=terms).to_bytes())

    def _create(self, coordinator: LocalAccount, spec_file: bytes) -> OpenedTask:
        sender = self._sender(coordinator)
        roster = Roster.of(client.address for client in self.clients)
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
        roster_digest = self.store.add(roster.to_bytes())
        jurors = [self.account.address]
        creation = TaskCreation(config, roster, roster_digest, jurors, quorum=1, nonce=0)
        factory = TaskFactory.deploy(sender)
        receipt = sender.send(factory.create_task(creation))
        address = factory.task_created(receipt)
        return open_task(self.chain, self.store, address, receipt.block_number, {MODEL})

    def run(self, held: list[VerificationSet]) -> Published:
        """Both rounds, judged by a juror that holds these slices, whatever the spec says."""
        published = Published()
        slices = Slices(
            self.task.spec,
            {number: lambda each=each: each for number, each in enumerate(held, 1)},  # type: ignore[misc]
        )
        fetcher = UpdateFetcher(self.store, self.cache, self.task.spec.update.max_bytes)
        sender = self._sender(self.account)
        juror = Juror(self.task, self.account, sender, slices, fetcher, published.told)
        for number, updates in enumerate(ROUNDS, start=1):
            self._submit(number, updates)
            self.store.added.clear()
            assert juror.cycle() is Step.PROGRESS
            published.files += self.store.added
        self.store.added.clear()
        while juror.cycle() is not Step.FINISHED:
            pass
        published.files += self.store.added
        published.calls = self._calls()
        return published

    def _submit(self, number: int, updates: list[Tensors]) -> None:
        roster = Roster.of(client.address for client in self.clients)
        for client, tensors in zip(self.clients, updates, strict=True):
            digest = self.store.add(encode_update(tensors, self.task.tag(number, client.address)))
            proof = roster.proof(client.address)
            call = self.task.contract.submit_update(number, digest, proof)
            self._sender(client).send(call)

    def _calls(self) -> list[tuple[str, str]]:
        """The juror's transactions, as the chain has them."""
        numbers = range(self.task.from_block, self.chain.block().number + 1)
        return [
            (each["to"], each["data"])
            for number in numbers
            for each in self.chain.request("eth_getBlockByNumber", hex(number), True)[
                "transactions"
            ]
            if each["from"].lower() == self.account.address.lower()
        ]

    def _sender(self, account: LocalAccount) -> TransactionSender:
        return TransactionSender(self.chain, account, poll_interval=0.02)


@pytest.mark.parametrize("count", [1, len(ROUNDS)], ids=["one slice", "a slice each round"])
def test_runs_whose_secret_counts_differ_publish_the_same_bytes(count: int, tmp_path: Path) -> None:
    committed = make_slices(count)
    held = [committed, _samples(committed, 5), _samples(committed, 7)]
    one, two, three = (
        Play(tmp_path / str(place), committed, disclosed=False).run(slices)
        for place, slices in enumerate(held)
    )
    assert one.counts != two.counts != three.counts
    assert sum(one.counts) < sum(two.counts) < sum(three.counts)
    assert one.files == two.files == three.files
    assert one.calls == two.calls == three.calls
    assert len(one.calls) == len(ROUNDS)
    assert len(one.files) == 2 * len(ROUNDS)  # a model and a record each


def test_where_slices_are_disclosed_what_is_published_tells_counts(tmp_path: Path) -> None:
    """Otherwise the test above would find nothing if counts got out."""
    committed = make_slices(len(ROUNDS))
    one, two = (
        Play(tmp_path / str(place), committed, disclosed=True).run(slices)
        for place, slices in enumerate([committed, _samples(committed, 5)])
    )
    assert one.files != two.files
    assert one.calls != two.calls
    assert len(one.calls) == 2 * len(ROUNDS)  # reports, and disclosures
