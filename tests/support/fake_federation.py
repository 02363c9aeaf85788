"""A federation in memory: a contract that keeps the protocol's books, without a chain.

Three classes, one-hot inputs, a linear model: weights get a class right when the largest entry of
its column lies on the diagonal, so every count can be told by looking.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

import torch
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    JuryAnnounced,
    RelayerSet,
    RosterSet,
    RoundFinalized,
    RoundOpened,
    RoundVoided,
    SliceDisclosed,
    Submitted,
    UpdateSubmitted,
)
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import (
    ClientState,
    Config,
    JuryState,
    NextJury,
    Overview,
    Phase,
    RosterState,
    RoundState,
)
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Care
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import Dataset, Samples
from fedjury.data.verification import VerificationSet
from fedjury.errors import TransactionReverted
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import jury_hash, sorted_jurors
from fedjury.protocol.report import Report
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.updates_hash import opening_hash, updates_hash
from fedjury.task.opened import OpenedTask
from tests.support.flaky_store import FlakyStore

CHAIN_ID = 1337
ENTRIES_LIMIT = 120_000
NO_DIGEST = Digest(bytes(32))
TASK_ADDRESS = "0x" + "Ab" * 20
MODEL = "tests.support.plugins:linear"
CLASSES = 3
EACH = 2  # verification samples of each class


def account(number: int) -> LocalAccount:
    """The account whose key is this number."""
    found: LocalAccount = Account.from_key(number.to_bytes(32, "big"))
    return found


JUROR, OTHER_JUROR, STRANGER = account(1), account(2), account(3)
RELAYER, OTHER_RELAYER = account(4), account(5)
CLIENTS = [account(number) for number in range(10, 16)]


def weights(*right: int, scale: float = 1.0) -> Tensors:
    """Weights that classify exactly these classes right."""
    matrix = torch.zeros(CLASSES, CLASSES)
    for label in range(CLASSES):
        matrix[label if label in right else (label + 1) % CLASSES, label] = scale
    return {"weight": matrix}


def verification() -> VerificationSet:
    """Two samples of each class, and a salt that is always the same."""
    labels = torch.arange(CLASSES).repeat(EACH)
    return VerificationSet(Samples(torch.eye(CLASSES).repeat(EACH, 1), labels), bytes(range(32)))


def dataset() -> Dataset:
    """These samples as both parts of a dataset."""
    return Dataset("tiny", verification().samples, verification().samples)


def spec(lam: float = 0.5, **changes: Any) -> TaskSpec:
    """The spec of a task on these samples; `changes` are its other fields."""
    chosen = verification()
    document: dict[str, Any] = {
        "name": "tiny",
        "model": {"callable": MODEL},
        "federated": {"names": ["weight"]},
        "genesis_bytes": 4096,
        "labels": {"classes": CLASSES},
        "lambda": lam,
        "update": {"max_bytes": 4096},
        "verification": {"slices": [{"samples": len(chosen), "commitment": chosen.commitment()}]},
    }
    return TaskSpec.model_validate({**document, **changes})


class FakeChain:
    """A clock and a block number, which tests move.

    Attributes:
        height: number of the newest block.
        timestamp: its time.
        finalized: how many blocks the finalized one lies below it.
        mined: by hash the transactions that are mined, and in which block.
        times: of blocks with events, by their number.
    """

    chain_id = CHAIN_ID

    def __init__(self) -> None:
        self.height, self.timestamp, self.finalized = 1, 1000, 64
        self.mined: dict[bytes, int] = {}
        self.times: dict[int, int] = {}

    def block(self, confirmations: int | str = 0) -> BlockStamp:
        """The block with so many blocks on top, at the newest one's time."""
        depth = self.finalized if isinstance(confirmations, str) else confirmations
        number = max(0, self.height - depth)
        return BlockStamp(number, number.to_bytes(32, "big"), self.timestamp)

    def leave_endpoint(self, reason: str) -> bool:
        """As `Chain.leave_endpoint`: there is no other."""
        return False

    def block_at(self, number: int) -> BlockStamp:
        """A block by its number, at its own time if it has events."""
        time = self.times.get(number, self.timestamp)
        return BlockStamp(number, number.to_bytes(32, "big"), time)

    def request_each(self, method: str, *parameters: Any) -> list[Any]:
        """As Chain.request_each, of the one node that there is."""
        return [self.request(method, *parameters)]

    def request(self, method: str, *parameters: Any) -> object:
        """The receipt of a transaction; or what development nodes do to their clocks."""
        match method:
            case "eth_getTransactionReceipt":
                return self._receipt(*parameters)
            case "evm_increaseTime":
                self.timestamp += parameters[0]
            case "evm_mine":
                self.height += 1
            case _:
                raise AssertionError(method)
        return None

    def _receipt(self, transaction: str) -> object:
        block = self.mined.get(bytes.fromhex(transaction[2:]))
        return block and {
            "transactionHash": transaction,
            "blockNumber": hex(block),
            "gasUsed": "0x5208",
            "status": "0x1",
            "logs": [],
        }


@dataclass
class FakeContract:
    """Keeps a task's books and tells its events, but for those that it withholds.

    What it says of rosters and juries it takes from its events, so that a test that rewrites these
    changes it.

    Attributes:
        chain: the clock that it looks at.
        address: of the contract.
        settings: the task's.
        events: all there ever were, in order.
        roster_version, jury_version: of the current round.
        proved: by address the version of the roster that it has proved to be in.
        last_rounds: by address the round that each client submitted in last.
        number: of the current round.
        deadline: of the current round.
        model: digest of the current round's model.
        finished: whether the last round is over.
        withheld: events that the node does not tell.
        told_from: how closely one has to read to be told even those; never, by default.
    """

    chain: FakeChain
    address: str
    settings: Config
    events: list[ChainEvent] = field(default_factory=list)
    roster_version: int = 0
    jury_version: int = 0
    proved: dict[str, int] = field(default_factory=dict)
    last_rounds: dict[str, int] = field(default_factory=dict)
    number: int = 0
    deadline: int = 0
    model: Digest = NO_DIGEST
    finished: bool = False
    withheld: list[ChainEvent] = field(default_factory=list)
    told_from: Care | None = None

    def next_log(self) -> dict[str, Any]:
        """Where the next event stands: in a new block."""
        self.chain.height += 1
        self.chain.times[self.chain.height] = self.chain.timestamp
        index = len(self.events)
        return {
            "block_number": self.chain.height,
            "log_index": index,
            "transaction_hash": index.to_bytes(32, "big"),
        }

    # --- what changes it ---

    def set_roster_of(self, roster: Roster, digest: Digest) -> RosterSet:
        """Set the roster of the next round, whose file has this digest."""
        event = RosterSet(
            version=self.roster_version + 1,
            root=roster.root,
            size=roster.size,
            digest=digest,
            **self.next_log(),
        )
        self.events.append(event)
        return event

    def announce(
        self, jurors: Sequence[LocalAccount], quorum: int, notice: int | None = None
    ) -> JuryAnnounced:
        """Announce a jury that enters after so many seconds, by default the task's notice."""
        addresses = sorted_jurors(juror.address for juror in jurors)
        seconds = self.settings.notice_seconds if notice is None else notice
        event = JuryAnnounced(
            version=self.jury_version + 1,
            jury=jury_hash(addresses, quorum),
            enters_from=self.chain.timestamp + seconds,
            jurors=tuple(addresses),
            quorum=quorum,
            **self.next_log(),
        )
        self.events.append(event)
        return event

    def seat(self, jurors: Sequence[LocalAccount], quorum: int) -> None:
        """Have another jury judge from the first round on."""
        addresses = sorted_jurors(juror.address for juror in jurors)
        place = self.events.index(self._jury_event(1))
        hash = jury_hash(addresses, quorum)
        self.events[place] = replace(
            self._jury_event(1), jury=hash, jurors=tuple(addresses), quorum=quorum
        )

    def open_round(self, model: Digest, wanted: bytes = b"") -> None:
        """Open the next round from a model, with the roster and the jury that are due.

        Args:
            model: digest.
            wanted: hash of the jury that the one before wants next.
        """
        self.number += 1
        self.model, self.deadline = model, self.chain.timestamp + self.settings.round_seconds
        if self._has(RosterSet, self.roster_version + 1):
            self.roster_version += 1
        if self._has(JuryAnnounced, self.jury_version + 1):
            announced = self._jury_event(self.jury_version + 1)
            if wanted == announced.jury or self.chain.timestamp >= announced.enters_from:
                self.jury_version += 1
        opened = RoundOpened(
            round=self.number,
            roster_version=self.roster_version,
            jury_version=self.jury_version,
            deadline=self.deadline,
            model_digest=model,
            **self.next_log(),
        )
        self.events.append(opened)

    def set_relayer_to(self, relayer: str, allowed: bool) -> None:
        """Say whether an account may submit batches."""
        self.events.append(RelayerSet(relayer=relayer, allowed=allowed, **self.next_log()))

    def batch(self, relayer: str, count: int, digest: Digest) -> BatchSubmitted:
        """Take a batch, whoever sends it and whenever."""
        event = BatchSubmitted(
            round=self.number,
            relayer=relayer,
            index=self.size(),
            count=count,
            digest=digest,
            **self.next_log(),
        )
        self.events.append(event)
        return event

    def submit(self, client: str, digest: Digest) -> None:
        """Take an update, whoever sends it; a round in which all have submitted closes."""
        index = self.size()
        self.events.append(
            UpdateSubmitted(
                round=self.number, client=client, index=index, digest=digest, **self.next_log()
            )
        )
        self.last_rounds[client] = self.number
        self.proved[client] = self.roster_version
        if len(self.submitted()) == self._roster_event(self.roster_version).size:
            self.deadline = self.chain.timestamp

    def finalize(self, report: Report, verdicts: bytes, signatures: bytes) -> None:
        """Take the jury's report as it is, and open the next round."""
        self.events.append(
            RoundFinalized(
                **{each.name: getattr(report, each.name) for each in fields(report)},
                verdicts=verdicts,
                signatures=signatures,
                **self.next_log(),
            )
        )
        self.open_round(report.model_digest, report.next_jury)

    def void(self) -> None:
        """Give up the current round, and open the next from the same model."""
        running = self.current_round().updates_hash
        self.events.append(RoundVoided(round=self.number, updates_hash=running, **self.next_log()))
        self.open_round(self.model)

    def disclose(self, number: int, digest: Digest, discloser: str) -> None:
        """Somebody tells where a verification slice is."""
        event = SliceDisclosed(slice=number, discloser=discloser, digest=digest, **self.next_log())
        self.events.append(event)

    def close(self) -> None:
        """Let the current round's window be over."""
        self.deadline = self.chain.timestamp

    # --- what it keeps ---

    def submitted(self) -> list[UpdateSubmitted]:
        """The current round's updates that clients submitted themselves."""
        return [each for each in self.submissions() if isinstance(each, UpdateSubmitted)]

    def submissions(self) -> list[Submitted]:
        """The current round's lone updates and batches."""
        return [
            event
            for event in self.events
            if isinstance(event, UpdateSubmitted | BatchSubmitted) and event.round == self.number
        ]

    def size(self) -> int:
        """How many updates the current round holds, those in batches as announced."""
        return sum(each.count for each in self.submissions())

    def _has(self, kind: type[RosterSet | JuryAnnounced], version: int) -> bool:
        return any(isinstance(event, kind) and event.version == version for event in self.events)

    def _roster_event(self, version: int) -> RosterSet:
        found = [each for each in self.events if isinstance(each, RosterSet)]
        return [event for event in found if event.version == version][-1]

    def _jury_event(self, version: int) -> JuryAnnounced:
        found = [each for each in self.events if isinstance(each, JuryAnnounced)]
        return [event for event in found if event.version == version][-1]

    def _as_of(self, block: int) -> "FakeContract":
        """The contract as an earlier block has it."""
        events = [event for event in self.events if event.block_number <= block]
        opened = [event for event in events if isinstance(event, RoundOpened)][-1]
        updates = [event for event in events if isinstance(event, UpdateSubmitted)]
        size = self._roster_event(opened.roster_version).size
        full = sum(each.round == opened.round for each in updates) == size
        rosters = {
            event.round: event.roster_version for event in events if isinstance(event, RoundOpened)
        }
        return replace(
            self,
            events=events,
            roster_version=opened.roster_version,
            jury_version=opened.jury_version,
            proved={update.client: rosters[update.round] for update in updates},
            last_rounds={update.client: update.round for update in updates},
            number=opened.round,
            deadline=self.deadline if full and opened.round == self.number else opened.deadline,
            model=opened.model_digest,
        )

    # --- what FederatedTask offers, by the same names ---

    def read_events(
        self,
        from_block: int,
        to_block: int,
        kinds: Iterable[type[ChainEvent]] | None = None,
        *,
        round: int | None = None,
        client: str | None = None,
        care: Care = Care.USUAL,
    ) -> list[ChainEvent]:
        return [
            event
            for event in self.events
            if from_block <= event.block_number <= to_block
            and (event not in self.withheld or self._tells_all(care))
            and (kinds is None or isinstance(event, tuple(kinds)))
            and round in (None, getattr(event, "round", None))
            and client in (None, getattr(event, "client", None))
        ]

    def _tells_all(self, care: Care) -> bool:
        return self.told_from is not None and care.value >= self.told_from.value

    def phase(self, at: object = None) -> Phase:
        if self.finished:
            return Phase.FINISHED
        full = self.size() >= self.settings.min_updates
        closed = full and self.chain.timestamp >= self.deadline
        return Phase.CLOSED if closed else Phase.OPEN

    def current_round(self, at: object = None) -> RoundState:
        submissions = self.submissions()
        opening = opening_hash(self.number, self.model, self.roster().root, self.jury().hash)
        return RoundState(
            number=self.number,
            submitted=self.size(),
            deadline=0 if self.finished else self.deadline,
            roster_version=self.roster_version,
            jury_version=self.jury_version,
            updates_hash=updates_hash(opening, submissions),
            model_digest=self.model,
            batched=self.size() - len(self.submitted()),
        )

    def roster(self, at: object = None) -> RosterState:
        event = self._roster_event(self.roster_version)
        return RosterState(event.version, event.root, event.size)

    def next_roster(self, at: object = None) -> RosterState | None:
        if not self._has(RosterSet, self.roster_version + 1):
            return None
        event = self._roster_event(self.roster_version + 1)
        return RosterState(event.version, event.root, event.size)

    def jury(self, at: object = None) -> JuryState:
        event = self._jury_event(self.jury_version)
        return JuryState(event.version, event.jury, len(event.jurors), event.quorum)

    def next_jury(self, at: object = None) -> NextJury | None:
        if not self._has(JuryAnnounced, self.jury_version + 1):
            return None
        event = self._jury_event(self.jury_version + 1)
        size = len(event.jurors)
        return NextJury(event.version, event.jury, size, event.quorum, event.enters_from)

    def is_juror(self, jury: bytes, address: str, at: object = None) -> bool:
        known = [event for event in self.events if isinstance(event, JuryAnnounced)]
        return any(event.jury == jury and address in event.jurors for event in known)

    def overview(self, account: str, at: BlockStamp | None = None) -> Overview:
        if at is not None and at.number < self.chain.height:
            return self._as_of(at.number).overview(account)
        following, client = self.next_jury(), self.client_of(account)
        return Overview(
            phase=self.phase(),
            round=self.current_round(),
            roster=self.roster(),
            jury=self.jury(),
            next_jury=following.hash if following else None,
            next_jury_from=following.enters_from if following else 0,
            is_juror=self.is_juror(self.jury().hash, account),
            is_next_juror=following is not None and self.is_juror(following.hash, account),
            has_proved=client.roster_version == self.roster_version,
            last_round=client.last_round,
            is_relayer=self.is_relayer(account),
        )

    def is_relayer(self, address: str, at: object = None) -> bool:
        said = {
            event.relayer: event.allowed for event in self.events if isinstance(event, RelayerSet)
        }
        return said.get(address, False)

    def batch_room(self, at: object = None) -> int:
        members = self.roster().size
        most = ENTRIES_LIMIT - min(self.settings.max_updates, members)
        return min(members, most) - self.current_round().batched

    def client_of(self, address: str, at: object = None) -> ClientState:
        return ClientState(self.proved.get(address, 0), self.last_rounds.get(address, 0))

    def submit_update(self, round: int, digest: Digest, proof: Sequence[bytes]) -> tuple[Any, ...]:
        return "submit", round, digest, proof

    def submit_batch(self, round: int, count: int, digest: Digest) -> tuple[Any, ...]:
        return "batch", round, count, digest

    def set_relayer(self, relayer: str, *, allowed: bool) -> tuple[Any, ...]:
        return "relayer", relayer, allowed

    def finalize_round(self, report: Report, verdicts: bytes, signatures: bytes) -> tuple[Any, ...]:
        return "finalize", report, verdicts, signatures

    def disclose_slice(self, number: int, digest: Digest) -> tuple[Any, ...]:
        return "disclose", number, digest

    def set_roster(self, roster: Roster, digest: Digest | None) -> tuple[Any, ...]:
        return "roster", roster, digest or NO_DIGEST


@dataclass
class FakeSender:
    """Delivers calls to the contract at once, or raises what it was told to.

    Attributes:
        contract: takes the calls.
        address: that they come from.
        errors: raised one after the other, before anything is delivered.
        tried: the calls that were to be sent.
        sent: the calls that were delivered.
        on_delivery: called after each of them.
    """

    contract: FakeContract
    address: str
    errors: list[Exception] = field(default_factory=list)
    tried: list[Any] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    on_delivery: Callable[[], object] = lambda: None

    def send(self, call: Any) -> Receipt:
        """As TransactionSender.send."""
        self.tried.append(call)
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(call)
        if isinstance(call, ContractCall):
            self.contract.chain.height += 1
        elif call[0] == "submit":
            self.contract.submit(self.address, call[2])
        elif call[0] == "batch":
            self.contract.batch(self.address, call[2], call[3])
        elif call[0] == "relayer":
            self.contract.set_relayer_to(call[1], call[2])
        elif call[0] == "roster":
            self.contract.set_roster_of(*call[1:])
        elif call[0] == "disclose":
            self.contract.disclose(call[1], call[2], self.address)
        else:
            self._require_version(call[1])
            self.contract.finalize(*call[1:])
        chain, hash = self.contract.chain, bytes([len(self.sent)]) * 32
        chain.mined[hash] = chain.height
        self.on_delivery()
        return Receipt(hash, chain.height, 21_000, 1)

    def _require_version(self, report: Report) -> None:
        expected = self.contract.jury_version
        if report.jury_version != expected:
            raise TransactionReverted("WrongJuryVersion", (report.jury_version, expected))


class FakeFederation:
    """A task whose first round is open, from a model that gets nothing right.

    Args:
        directory: for the store.
        clients: how many.
        lam: the task's λ.
        changes: other fields of the spec.

    Attributes:
        store: has the task's files, and can be down.
        spec: of the task.
        clients: their accounts, by index.
        roster: the same.
        genesis: weights of the first model.
        chain: the clock.
        contract: the task's books.
        task: as clients and jurors see it.
    """

    def __init__(self, directory: Path, clients: int = 3, lam: float = 0.5, **changes: Any) -> None:
        self.store = FlakyStore(directory / "store")
        self.spec = spec(lam, **changes)
        self.clients = CLIENTS[:clients]
        self.genesis = weights()
        self.chain = FakeChain()
        self.roster = Roster.of(client.address for client in self.clients)
        settings = Config(
            spec_digest=self.store.add(self.spec.to_bytes()),
            genesis_digest=self.store.add(encode(self.genesis)),
            round_seconds=100,
            batch_seconds=60,
            availability_seconds=25,
            grace_seconds=100,
            notice_seconds=86_400,
            min_updates=1,
            max_updates=clients,
            rounds=0,
        )
        self.contract = FakeContract(self.chain, TASK_ADDRESS, settings)
        self.contract.set_roster_of(self.roster, self.store.add(self.roster.to_bytes()))
        self.contract.announce([JUROR], 1, notice=0)
        self.contract.open_round(settings.genesis_digest)
        self.task = OpenedTask(
            cast(FederatedTask, self.contract),
            settings,
            0,
            self.store,
            self.spec,
            frozenset({self.spec.model.callable}),
        )
        _ = self.task.model  # as when a task is opened

    def sender(self, account: LocalAccount) -> FakeSender:
        """A sender of this account."""
        return FakeSender(self.contract, account.address)

    def update(self, client: int, tensors: Tensors) -> bytes:
        """The update file of a client, by its index, for the current round."""
        tag = self.task.tag(self.contract.number, self.clients[client].address)
        return encode_update(tensors, tag)

    def domain(self) -> UpdateDomain:
        """In which the current round's updates are signed."""
        contract = self.contract
        return UpdateDomain(CHAIN_ID, contract.address, contract.number, contract.model)

    def signed(self, client: int, data: bytes) -> BatchEntry:
        """Publish a client's file, and sign it as an update of the current round."""
        return self.domain().sign(self.clients[client], self.store.add(data))

    def relay(
        self, *entries: BatchEntry, relayer: LocalAccount = RELAYER, count: int | None = None
    ) -> BatchSubmitted:
        """Have a relayer publish and submit a batch, by default announcing what it holds."""
        file = BatchFile.of(entries)
        if not self.contract.is_relayer(relayer.address):
            self.contract.set_relayer_to(relayer.address, True)
        digest = self.store.add(file.content)
        return self.contract.batch(relayer.address, count or len(file), digest)

    def submit(self, client: int, data: bytes) -> Digest:
        """Publish and submit a file."""
        digest = self.store.add(data)
        self.contract.submit(self.clients[client].address, digest)
        return digest

    def submit_weights(self, *updates: Tensors) -> list[Digest]:
        """One well-formed update a client, from the first client on."""
        return [self.submit(index, self.update(index, each)) for index, each in enumerate(updates)]

    def submit_three(self) -> list[Digest]:
        """An update that improves the model, a useless one, and one that improves it more."""
        return self.submit_weights(weights(0, 1), weights(), weights(0, 1, 2, scale=4))

    def change(self, kind: type[ChainEvent], **changes: Any) -> None:
        """Rewrite the newest event of a kind."""
        events = self.contract.events
        newest = max(at for at, event in enumerate(events) if isinstance(event, kind))
        events[newest] = replace(events[newest], **changes)


def as_sender(sender: FakeSender) -> TransactionSender:
    """The sender for whoever asks for a real one."""
    return cast(TransactionSender, sender)


def as_chain(chain: FakeChain) -> Chain:
    """The chain for whoever asks for a real one."""
    return cast(Chain, chain)
