"""A small federation in this process, on any chain and store: the very clients and jurors."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import RoundFinalized, UpdateSubmitted
from fedjury.chain.contracts.limits import GRACE_FACTOR, NOTICE_MIN
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.client import Client
from fedjury.clients.journal import Journal
from fedjury.clients.lone_trainer import ChosenAttack, make_trainer
from fedjury.clients.relays import Relay
from fedjury.clients.shard import ShardData
from fedjury.clients.training import Trainer
from fedjury.data import Dataset, load_dataset
from fedjury.data.split import partition, split_test
from fedjury.data.verification import VerificationSet, new_verification_set
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import plan_task
from fedjury.deploy.terms import public_terms
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.slices import Slices
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import least_quorum
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import CallableSpec, RuleSpec, TrainingSpec
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.events import Listener
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from fedjury.task.creation import Members, RoundLimits, create_task
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask, open_task
from fedjury.task.rosters import publish_roster
from tests.support.fetchers import Impatient
from tests.support.waiting import until

MODEL = CallableSpec(callable="fedjury.models:mlp", arguments={"hidden": 16})
TRAINING = TrainingSpec(epochs=4, batch_size=16)
# a first model that is better than always answering 0, which is what the poisoners teach
GENESIS_SEED = 25
_DATA_SEED = 1
_POLL_SECONDS = 0.02
_IDLE_CHAIN_SECONDS = 2.0


@cache
def digits() -> Dataset:
    """The digits, read once."""
    return load_dataset("digits")


@dataclass(frozen=True)
class Federation:
    """A task with everyone who takes part in it.

    Attributes:
        task: opened.
        coordinator: owns the task.
        jurors: the first jury.
        clients: by index.
        strangers: further accounts with ether.
        verification: the jury's samples.
        directory: holds the store, and what clients and jurors keep.
        data: what clients and jury have.
    """

    task: OpenedTask
    coordinator: LocalAccount
    jurors: Sequence[LocalAccount]
    clients: Sequence[LocalAccount]
    strangers: Sequence[LocalAccount]
    verification: VerificationSet
    directory: Path
    data: Dataset = field(default_factory=digits)

    @property
    def chain(self) -> Chain:
        """The chain that the task is on."""
        return self.task.chain

    def sender(self, account: LocalAccount) -> TransactionSender:
        """A sender that looks often."""
        return TransactionSender(self.chain, account, poll_interval=_POLL_SECONDS)

    def coordinate(self, call: ContractCall) -> Receipt:
        """Have the coordinator do something."""
        return self.sender(self.coordinator).send(call)

    def submit(self, client: LocalAccount, digest: Digest) -> Receipt:
        """Have a client of the first roster submit a digest to the round that is on."""
        contract = self.task.contract
        proof = Roster.of(each.address for each in self.clients).proof(client.address)
        call = contract.submit_update(contract.current_round().number, digest, proof)
        return self.sender(client).send(call)

    def signed(self, client: LocalAccount, data: bytes) -> BatchEntry:
        """Publish a client's file, and sign it as an update of the round that is on."""
        state = self.task.contract.current_round()
        contract = self.task.contract
        domain = UpdateDomain(
            self.chain.chain_id, contract.address, state.number, state.model_digest
        )
        return domain.sign(client, self.task.store.add(data))

    def relay(self, relayer: LocalAccount, entries: Sequence[BatchEntry]) -> Receipt:
        """Have a relayer publish and submit a batch to the round that is on."""
        file, contract = BatchFile.of(entries), self.task.contract
        digest = self.task.store.add(file.content)
        call = contract.submit_batch(contract.current_round().number, len(file), digest)
        return self.sender(relayer).send(call)

    def set_roster(self, members: Sequence[LocalAccount]) -> None:
        """Have the coordinator set who may submit from the next round on."""
        roster = Roster.of(member.address for member in members)
        digest = publish_roster(self.task.store, roster)
        self.coordinate(self.task.contract.set_roster(roster, digest))

    def client(
        self,
        index: int,
        listener: Listener,
        *,
        poison: bool = False,
        trainer: Trainer | None = None,
        confirmations: int | BlockTag = 0,
        relays: Sequence[Relay] = (),
        hand_file: bool = False,
    ) -> Client:
        """The program of a client, as after a restart.

        Args:
            index: of the client, from 0.
            listener: is told what happens.
            poison: whether an adversary controls the client.
            trainer: gives what the client submits instead.
            confirmations: with which it reads the chain.
            relays: that it hands its updates to.
            hand_file: whether they get the files.
        """
        account, work = self.clients[index], self.directory / f"client-{index}"
        attack = ChosenAttack(find_attack("static-label"), None) if poison else None
        shards = partition(self.data.train, len(self.clients), _DATA_SEED)
        shard = ShardData(shards[index], self.data.classes)
        return Client(
            self.task,
            account,
            self.sender(account),
            trainer or make_trainer(self.task, shard, index, attack, work, listener),
            Journal(work),
            listener,
            confirmations,
            relays=relays,
            hand_file=hand_file,
        )

    def juror(
        self,
        listener: Listener,
        account: LocalAccount | None = None,
        fetcher: UpdateFetcher | None = None,
        confirmations: int | BlockTag = 0,
        next_jury: bytes | None = None,
    ) -> Juror:
        """The program of a juror.

        Args:
            listener: is told what happens.
            account: the juror's; None is the first juror's.
            fetcher: gets update files; None is one with a cache of the juror's own.
            confirmations: with which it reads the chain.
            next_jury: hash of the jury that the juror wants next; None for the sitting one's.
        """
        account = account or self.jurors[0]
        return Juror(
            self.task,
            account,
            self.sender(account),
            Slices.of(self.task.spec, [self.verification]),
            fetcher or self.fetcher(account.address),
            listener,
            next_jury=next_jury,
            confirmations=confirmations,
            idle_chain_seconds=_IDLE_CHAIN_SECONDS,
        )

    def fetcher(
        self,
        name: str,
        limit: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> UpdateFetcher:
        """A way to the files, with a cache of this name.

        Args:
            name: of the cache.
            limit: seconds for a round's files, if the task's are not fewer.
            clock, sleep: as of UpdateFetcher.
        """
        cached = DirectoryStore(self.directory / f"cache-{name}")
        max_bytes = self.task.spec.update.max_bytes
        return Impatient(self.task.store, cached, max_bytes, most=limit, clock=clock, sleep=sleep)

    def record(self, number: int) -> RoundHistory:
        """A round as the chain tells it."""
        return self.task.read_history(self.chain.block()).rounds[number]

    def updates(self, number: int) -> list[UpdateSubmitted]:
        """A round's updates that clients submitted themselves, in order."""
        return self.record(number).alone

    def labels(self, number: int) -> dict[str, str]:
        """The names of the verdicts on a round's lone updates, by the clients' addresses."""
        record = self.record(number)
        codes = record.verdicts()
        return {update.client: codes[update.index].label for update in record.alone}

    def finalized(self) -> list[RoundFinalized]:
        """The reports of all finalized rounds."""
        events = self.task.read_events(self.chain.block().number, [RoundFinalized])
        return [event for event in events if isinstance(event, RoundFinalized)]


def create_federation(
    directory: Path,
    chain: Chain,
    accounts: Sequence[LocalAccount],
    *,
    clients: int = 3,
    jurors: int = 1,
    quorum: int | None = None,
    round_seconds: int = 3600,
    availability_seconds: int = 60,
    grace_seconds: int = 3600,
    min_updates: int | None = None,
    rounds: int = 0,
    batch_seconds: int = 0,
    relayers: int = 0,
    rule: RuleSpec = RuleSpec(),  # noqa: B008 (frozen)
    draft: SpecDraft | None = None,
    data: Dataset | None = None,
    allowed_models: Collection[str] = (),
) -> Federation:
    """Create a task, with a directory as its store.

    Args:
        directory: for all files.
        chain: where to create it.
        accounts: with ether; coordinator, jurors and clients are taken from them in this order.
        clients, jurors: how many.
        quorum: how many jurors must sign; None takes the fewest that may.
        round_seconds, availability_seconds, grace_seconds: timing of the rounds; the second one is
            a quarter of the third where that is less.
        min_updates: how many updates a round must have; None waits for all clients.
        rounds: after so many the task is finished; 0 for never.
        batch_seconds: of each round, in which batches are taken.
        relayers: how many of the strangers may submit batches, the first ones.
        rule: the verification rule.
        draft: of the spec, instead of one with that rule.
        data: what clients and jury have; None for the digits.
        allowed_models: model callables beyond the built-in ones.

    Raises:
        FedjuryError: as `plan_task`.
    """
    data = data or digits()
    coordinator, *others = accounts
    jury, others = others[:jurors], others[jurors:]
    federated, strangers = others[:clients], others[clients:]
    store = DirectoryStore(directory / "store")
    verification = new_verification_set(split_test(data.test, _DATA_SEED)[0])
    plan = plan_task(draft or _draft(rule), public_terms(verification), data, verification)
    created = create_task(
        TransactionSender(chain, coordinator, poll_interval=_POLL_SECONDS),
        store,
        plan.files,
        RoundLimits(
            round_seconds=round_seconds,
            availability_seconds=min(availability_seconds, grace_seconds // GRACE_FACTOR),
            grace_seconds=grace_seconds,
            notice_seconds=NOTICE_MIN,
            min_updates=min_updates or clients,
            max_updates=clients,
            rounds=rounds,
            batch_seconds=batch_seconds,
        ),
        Members(
            [juror.address for juror in jury],
            quorum or least_quorum(jurors),
            Roster.of(client.address for client in federated),
            [relayer.address for relayer in strangers[:relayers]],
        ),
    )
    return Federation(
        task=open_task(chain, store, created.address, created.receipt.block_number, allowed_models),
        coordinator=coordinator,
        jurors=jury,
        clients=federated,
        strangers=strangers,
        verification=verification,
        directory=directory,
        data=data,
    )


def _draft(rule: RuleSpec) -> SpecDraft:
    return SpecDraft(
        name="end to end",
        model=MODEL,
        lam=0.5,
        rule=rule,
        training=TRAINING.model_dump(),
        genesis_seed=GENESIS_SEED,
    )


@contextmanager
def rolled_back(federation: Federation) -> Iterator[None]:
    """Afterwards chain and store are as they were before."""
    store, kept = federation.directory / "store", federation.directory / "kept"
    snapshot = federation.chain.request("evm_snapshot")
    shutil.copytree(store, kept)
    try:
        yield
    finally:
        federation.chain.request("evm_revert", snapshot)
        shutil.rmtree(store)
        kept.rename(store)


def cycle_until(cycle: Callable[[], Step], wanted: Step = Step.PROGRESS) -> None:
    """Repeat a client's or juror's cycle until it comes to this."""
    until(lambda: cycle() is wanted)


def judge_round(federation: Federation, juror: Juror) -> None:
    """Repeat a juror's cycle until the current round is finalized."""
    number = federation.task.contract.current_round().number

    def done() -> bool:
        juror.cycle()
        return federation.record(number).finalized is not None

    until(done)
