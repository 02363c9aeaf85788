"""A role of the federation in memory that is checked before it starts, with everything in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.range_size import RANGE_BLOCKS, RangeSize
from fedjury.clients.relay_endpoint import RelayEndpoint
from fedjury.data.verification import save_verification_set
from fedjury.errors import StoreUnavailable
from fedjury.oracle.exchange.http_events import SeedUnusable
from fedjury.oracle.exchange.inquiry import Inquiry
from fedjury.oracle.exchange.juror_state import JurorState
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, Outcome
from fedjury.preflight.subject import Belongings, Place, Reach, Role, Subject
from fedjury.runtime.endpoint import Endpoint
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from tests.support.fake_federation import (
    CHAIN_ID,
    CLIENTS,
    JUROR,
    RELAYER,
    STRANGER,
    TASK_ADDRESS,
    FakeChain,
    FakeFederation,
    verification,
)
from tests.support.fake_relay import FakeRelay

RPC, OTHER_RPC, STORE, RELAY = (
    "http://node.example:8545/key",
    "http://other.example:8545",
    "dir:store",
    "http://relay.example",
)
INTERVAL = 12
ADDRESSES = {
    Role.JUROR: JUROR.address,
    Role.CLIENT: CLIENTS[0].address,
    Role.RELAYER: RELAYER.address,
    Role.COORDINATOR: STRANGER.address,
}


class PacedChain(FakeChain):
    """A chain with a block every 12 seconds, an account's balance, a price, and contracts' code.

    Attributes:
        endpoint: where it is.
        log_ranges: that the node serves.
        balance, base_fee, tip: in wei.
        codes: by address.
        salt: of its blocks' hashes; another one makes another chain.
    """

    endpoint = "http://node.example:8545"

    def __init__(self, height: int = 1000) -> None:
        super().__init__()
        self.height, self.timestamp = height, 1_000_000
        self.balance, self.base_fee, self.tip = 10**18, 10**9, 10**9
        self.codes: dict[str, bytes] = {}
        self.log_ranges = RangeSize(RANGE_BLOCKS)
        self.salt = 0

    def block_at(self, number: int) -> BlockStamp:
        """A block by its number, 12 seconds after the one before."""
        time = self.timestamp - INTERVAL * (self.height - number)
        return BlockStamp(number, (number + self.salt).to_bytes(32, "big"), time)

    def request(self, method: str, *parameters: Any) -> object:
        """What checks ask of a node beside a task's contract."""
        match method:
            case "eth_getBalance":
                return hex(self.balance)
            case "eth_maxPriorityFeePerGas":
                return hex(self.tip)
            case "eth_getBlockByNumber":
                return {"baseFeePerGas": hex(self.base_fee)}
            case "eth_getCode":
                return "0x" + self.codes.get(str(parameters[0]), b"").hex()
        return super().request(method, *parameters)


class DownStore:
    """A content store that does not answer."""

    name = "store that is down"

    def check(self) -> None:
        """As ContentStore.check."""
        raise StoreUnavailable("the store does not answer")


@dataclass
class FakeInquiry:
    """Jurors that are asked how they are.

    Attributes:
        answers: what is found, by juror; of others nothing is known.
        unusable: seeds that lead nowhere.
        asked: who was asked, by which announcements and seeds.
    """

    answers: dict[str, JurorState] = field(default_factory=dict)
    unusable: list[SeedUnusable] = field(default_factory=list)
    asked: tuple[list[str], list[object], tuple[str, ...]] | None = None

    def asked_by(
        self, account: object, domain: object, jurors: Any, known: Any, seeds: Any
    ) -> "FakeInquiry":
        """As `Inquiry`."""
        self.asked = list(jurors), list(known), tuple(seeds)
        return self

    def meet(self) -> None:
        """As `Inquiry.meet`."""

    def close(self) -> None:
        """As `Inquiry.close`."""

    def states(self) -> list[JurorState]:
        """As `Inquiry.states`."""
        assert self.asked is not None
        silent = "nobody says where it is"
        return [self.answers.get(each) or JurorState(each, None, silent) for each in self.asked[0]]


@dataclass
class CheckedRole:
    """A federation with a role's belongings; tests spoil what they want to have found.

    Attributes:
        federation: in memory, its first round open.
        directory: for files.
        role: whose start is checked.
        chains: by URL of the endpoint; an error is raised instead.
        stores: by location; an error is raised instead.
        relay: the client's.
        jury: answers for the other jurors.
        now: this machine's clock.
        dates: by endpoint, without secrets, what other machines' clocks say.
        own: what belongs to the role.
        place: where the task is.
    """

    federation: FakeFederation
    directory: Path
    role: Role
    chains: dict[str, PacedChain | Exception]
    stores: "dict[str, ContentStore | DownStore | Exception]"
    own: Belongings
    place: Place = field(
        default_factory=lambda: Place((RPC,), (STORE,), TASK_ADDRESS, 0, CHAIN_ID, None)
    )
    relay: FakeRelay = field(default_factory=FakeRelay)
    jury: FakeInquiry = field(default_factory=FakeInquiry)
    now: float = 1_000_001.0
    dates: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, role: Role, directory: Path, **changes: Any) -> "CheckedRole":
        """A role for which all is well; `changes` are fields of the task's spec."""
        federation = FakeFederation(directory, **changes)
        chain = PacedChain()
        federation.chain = federation.contract.chain = chain
        federation.contract.set_relayer_to(RELAYER.address, True)
        federation.contract.deadline = chain.timestamp + 100
        slices = directory / "slices"
        slices.mkdir()
        save_verification_set(verification(), slices / "slice-1-0.safetensors")
        own = Belongings(
            address=ADDRESSES.get(role),
            work_directory=lambda account: directory / "work" / account,
            verification=(slices,),
            allowed_models=federation.task.allowed_models,
        )
        chains: dict[str, PacedChain | Exception] = {RPC: chain}
        stores: dict[str, ContentStore | DownStore | Exception] = {STORE: federation.store}
        return cls(federation, directory, role, chains, stores, own)

    @property
    def chain(self) -> PacedChain:
        """The chain."""
        return cast(PacedChain, self.federation.chain)

    def has(self, **changes: Any) -> None:
        """Change what belongs to the role."""
        self.own = replace(self.own, **changes)

    def lies(self, **changes: Any) -> None:
        """Change where the task is."""
        self.place = replace(self.place, **changes)

    def bench(self) -> Bench:
        """What checks are made on."""
        reach = Reach(
            connect=lambda url, number: cast(Chain, _given(self.chains[url])),
            open_store=lambda location, number: _given(self.stores[location]),
            find_task=self._find_task,
            open_relay=lambda url: cast(RelayEndpoint, self.relay),
            open_inquiry=lambda *asked: cast(Inquiry, self.jury.asked_by(*asked)),
            now=lambda: self.now,
            date_of=self._date_of,
        )
        return Bench(Subject(self.role, self.place, self.own, reach))

    def found(self, check: Callable[[Bench], Any]) -> list[Finding]:
        """What one check finds."""
        return list(check(self.bench()))

    def one(self, check: Callable[[Bench], Any]) -> tuple[Outcome, str]:
        """Outcome and sentence of a check that finds one thing, whose remedy is there if needed."""
        (found,) = self.found(check)
        assert bool(found.remedy) is (found.outcome in (Outcome.WARNING, Outcome.PROBLEM))
        return found.outcome, found.found

    def _find_task(self, chain: Chain, address: str, from_block: int) -> TaskOnChain:
        assert address == TASK_ADDRESS
        contract = replace(self.federation.contract, chain=cast(PacedChain, chain))
        for name in ("owner", "pending_owner"):
            if hasattr(self.federation.contract, name):
                setattr(contract, name, getattr(self.federation.contract, name))
        return TaskOnChain(cast(Any, contract), self.federation.task.config, from_block)

    def _date_of(self, endpoint: Endpoint) -> float | None:
        return self.dates.get(endpoint.shown)


def _given(found: Any) -> Any:
    if isinstance(found, Exception):
        raise found
    return found
