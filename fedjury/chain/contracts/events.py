"""A task's events, as frozen dataclasses under the contract's own names, in chain order."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

from eth_abi.abi import encode

from fedjury.chain.abi.codec import abi_of, decode_strictly, topic
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.logs import Care, Log, read_logs
from fedjury.chain.rpc.receipts import Receipt
from fedjury.errors import ChainUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.updates_hash import BATCH, LONE


@dataclass(frozen=True, kw_only=True)
class ChainEvent:
    """Base of all events: where it stands on the chain."""

    block_number: int
    log_index: int
    transaction_hash: bytes


@dataclass(frozen=True, kw_only=True)
class RoundOpened(ChainEvent):
    """A round began, with this model, until this deadline (Unix seconds)."""

    round: int
    roster_version: int
    jury_version: int
    deadline: int
    model_digest: Digest


@dataclass(frozen=True, kw_only=True)
class UpdateSubmitted(ChainEvent):
    """A client submitted an update; index counts from 0 within the round."""

    round: int
    client: str
    index: int
    digest: Digest

    @property
    def kind(self) -> int:
        """Of its place in the running hash."""
        return LONE

    @property
    def account(self) -> str:
        """Who submitted."""
        return self.client

    @property
    def count(self) -> int:
        """How many updates this is."""
        return 1


@dataclass(frozen=True, kw_only=True)
class BatchSubmitted(ChainEvent):
    """A relayer submitted a batch of so many updates, the first of which has this index in the
    round."""

    round: int
    relayer: str
    index: int
    count: int
    digest: Digest

    @property
    def kind(self) -> int:
        """Of its place in the running hash."""
        return BATCH

    @property
    def account(self) -> str:
        """Who submitted."""
        return self.relayer


Submitted = UpdateSubmitted | BatchSubmitted
"""What a round's running hash is made of."""


@dataclass(frozen=True, kw_only=True)
class RelayerSet(ChainEvent):
    """The coordinator said whether an account may submit batches from now on."""

    relayer: str
    allowed: bool


@dataclass(frozen=True, kw_only=True)
class RoundFinalized(ChainEvent):
    """The jury's report was accepted; the model digest stands."""

    round: int
    jury_version: int
    updates_hash: bytes
    attempt: int
    accuracy: int
    model_digest: Digest
    record_digest: Digest
    next_jury: bytes
    verdicts: bytes
    signatures: bytes

    @property
    def report(self) -> Report:
        """The report that the event carries."""
        return Report(**{field.name: getattr(self, field.name) for field in fields(Report)})


@dataclass(frozen=True, kw_only=True)
class RoundVoided(ChainEvent):
    """An overdue round was given up; the model stayed."""

    round: int
    updates_hash: bytes


@dataclass(frozen=True, kw_only=True)
class RosterSet(ChainEvent):
    """The roster of this version was set; of several with the same version the last one counts."""

    version: int
    root: bytes
    size: int
    digest: Digest


@dataclass(frozen=True, kw_only=True)
class JuryAnnounced(ChainEvent):
    """A jury was announced; of several with the same version the last one counts.

    It enters with the first round that opens at `enters_from` (Unix seconds) or later, or with the
    next one if the sitting jury's report names its hash.
    """

    version: int
    jury: bytes
    enters_from: int
    jurors: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, kw_only=True)
class SliceDisclosed(ChainEvent):
    """Somebody says under which digest a verification slice is in the store."""

    slice: int
    discloser: str
    digest: Digest


KINDS: tuple[type[ChainEvent], ...] = (
    RoundOpened,
    UpdateSubmitted,
    BatchSubmitted,
    RoundFinalized,
    RoundVoided,
    RosterSet,
    RelayerSet,
    JuryAnnounced,
    SliceDisclosed,
)

E = TypeVar("E", bound=ChainEvent)


def read_events(
    chain: Chain,
    address: str,
    from_block: int,
    to_block: int,
    kinds: Iterable[type[ChainEvent]] | None = None,
    *,
    round: int | None = None,
    client: str | None = None,
    care: Care = Care.USUAL,
) -> list[ChainEvent]:
    """A task's events from one block to another, both included, in chain order.

    Args:
        address: the task's contract.
        kinds: only these kinds; all if None.
        round: only events of this round, so none that has no round.
        client: only events of this client, so none that has no client.
        care: how closely to read, where the node leaves some out.

    Raises:
        ChainUnavailable: no usable answer, or one holding a log that was not asked for, does not
            decode, or contradicts another.
    """
    found: dict[tuple[int, int], ChainEvent] = {}
    for topics in _queries(KINDS if kinds is None else tuple(kinds), round, client):
        for log in read_logs(chain, address, topics, from_block, to_block, care):
            event = _decode(log, topics)
            position = (event.block_number, event.log_index)
            if found.setdefault(position, event) != event:
                raise ChainUnavailable(
                    f"the node answers with two different versions of {log.name}"
                )
    return [found[position] for position in sorted(found)]


def event_of(receipt: Receipt, address: str, kind: type[E]) -> E:
    """The event of a kind that a mined transaction made.

    Args:
        receipt: of the transaction.
        address: the task's contract.
        kind: the event's class.

    Raises:
        ChainUnavailable: the receipt holds no such event of this contract.
    """
    for log in receipt.logs:
        if log.address == address and log.topics[:1] == (_signature(kind),):
            return _event(kind, log)
    raise ChainUnavailable(
        f"the receipt of 0x{receipt.transaction_hash.hex()} holds no {kind.__name__}"
    )


def _queries(
    kinds: tuple[type[ChainEvent], ...], round: int | None, client: str | None
) -> list[list[object]]:
    # Kinds have their round and client in different topics; those that agree share a query.
    wanted: dict[str, object] = {}
    if round is not None:
        wanted["round"] = round
    if client is not None:
        wanted["client"] = client
    grouped: dict[tuple[str | None, ...], list[str]] = {}
    for kind in kinds:
        indexed = _indexed(kind)
        if wanted.keys() <= {entry["name"] for entry in indexed}:
            tail = tuple(_wanted_topic(entry, wanted) for entry in indexed)
            grouped.setdefault(_without_trailing_none(tail), []).append(_hex(_signature(kind)))
    return [[signatures, *tail] for tail, signatures in grouped.items()]


def _wanted_topic(entry: Any, wanted: dict[str, object]) -> str | None:
    name = entry["name"]
    return _hex(encode([entry["type"]], [wanted[name]])) if name in wanted else None


def _without_trailing_none(tail: tuple[str | None, ...]) -> tuple[str | None, ...]:
    while tail and tail[-1] is None:
        tail = tail[:-1]
    return tail


def _decode(log: Log, asked: list[Any]) -> ChainEvent:
    topics = [_hex(value) for value in log.topics]
    if len(topics) < len(asked) or topics[0] not in asked[0] or not _match(asked[1:], topics[1:]):
        raise ChainUnavailable(f"the node answers with {log.name}, which was not asked for")
    return _event(_kinds_by_signature()[log.topics[0]], log)


def _match(wanted: list[str | None], have: list[str]) -> bool:
    # topics beyond those wanted are free
    return all(want in (None, topic) for want, topic in zip(wanted, have, strict=False))


def _event(kind: type[E], log: Log) -> E:
    indexed, plain = _indexed(kind), _plain(kind)
    if len(log.topics) != 1 + len(indexed):
        raise ChainUnavailable(f"{log.name} is no {kind.__name__}: {len(log.topics)} topics")
    what = f"{kind.__name__} ({log.name})"
    values = [
        decode_strictly([entry["type"]], value, what)[0]
        for entry, value in zip(indexed, log.topics[1:], strict=True)
    ]
    values += decode_strictly([entry["type"] for entry in plain], log.data, what)
    names = (entry["name"] for entry in (*indexed, *plain))
    return kind(
        block_number=log.block_number,
        log_index=log.log_index,
        transaction_hash=log.transaction_hash,
        **{
            field: Digest(value) if field.endswith("digest") else value
            for field, value in zip(map(_snake_case, names), values, strict=True)
        },
    )


@cache
def _kinds_by_signature() -> dict[bytes, type[ChainEvent]]:
    return {_signature(kind): kind for kind in KINDS}


def _entry(kind: type[ChainEvent]) -> Any:
    return abi_of("FederatedTask").events[kind.__name__]


def _signature(kind: type[ChainEvent]) -> bytes:
    return topic(_entry(kind))


def _indexed(kind: type[ChainEvent]) -> list[Any]:
    return [entry for entry in _entry(kind)["inputs"] if entry["indexed"]]


def _plain(kind: type[ChainEvent]) -> list[Any]:
    return [entry for entry in _entry(kind)["inputs"] if not entry["indexed"]]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _snake_case(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
