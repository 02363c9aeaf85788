"""What `fedjury events --all` shows: everything that happened to a task, in chain order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from fedjury.chain.abi.refusals import local_time
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
    UpdateSubmitted,
)
from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.roster import NO_ROOT

_NAMES = {"model_digest": "model", "record_digest": "record", "digest": "file"}
_COLUMNS = ("block", "round", "event", "what")


def chosen_events(
    events: Sequence[ChainEvent], round_number: int | None, client: str | None
) -> list[ChainEvent]:
    """Only the events of a round, and only those of a client; None takes all."""
    return [
        event
        for event in events
        if round_number in (None, getattr(event, "round", None))
        and client in (None, getattr(event, "client", None))
    ]


def event_document(event: ChainEvent) -> dict[str, Any]:
    """An event for machines: files by CID, other bytes as 0x and hexadecimal digits.

    An accuracy is a share of 1, None where the report says none.
    """
    own = {field.name: getattr(event, field.name) for field in fields(event)}
    document: dict[str, Any] = {
        "event": _KINDS[type(event)][0],
        "block": own.pop("block_number"),
        "log": own.pop("log_index"),
        "transaction": "0x" + own.pop("transaction_hash").hex(),
    }
    for name, value in own.items():
        document[_NAMES.get(name, name)] = _plain(name, value)
    return document


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Digest):
        return value.cid
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return list(value)
    if name == "accuracy":
        return None if value == NO_ACCURACY else value / 1000
    return value


def sitting_juries(events: Sequence[ChainEvent]) -> dict[int, bytes]:
    """The hash of each jury that was announced, by its version."""
    return {event.version: event.jury for event in events if isinstance(event, JuryAnnounced)}


def event_words(event: ChainEvent, juries: Mapping[int, bytes] | None = None) -> str:
    """An event for people, without its name and its round.

    Args:
        event: of a task.
        juries: hashes by version; a report that names another jury than its own as the next one
            is told with that.
    """
    words = _KINDS[type(event)][1](event)
    if not isinstance(event, RoundFinalized) or juries is None:
        return words
    own = event.next_jury == juries.get(event.jury_version)
    return words if own else f"{words}, consents to jury 0x{event.next_jury.hex()}"


def _opened(event: RoundOpened) -> str:
    return (
        f"roster {event.roster_version}, jury {event.jury_version}, until "
        f"{local_time(event.deadline)}, from {event.model_digest.cid}"
    )


def _submitted(event: UpdateSubmitted) -> str:
    return f"update {event.index} by {event.client}: {event.digest.cid}"


def _batch(event: BatchSubmitted) -> str:
    last = event.index + event.count - 1
    which = f"update {event.index}" if event.count == 1 else f"updates {event.index} to {last}"
    return f"batch of {which} by {event.relayer}: {event.digest.cid}"


def _relayer(event: RelayerSet) -> str:
    return f"{event.relayer} may submit batches" + ("" if event.allowed else " no more")


def _finalized(event: RoundFinalized) -> str:
    accuracy = "" if event.accuracy == NO_ACCURACY else f", {event.accuracy / 10:.1f} % right"
    return (
        f"by jury {event.jury_version}, attempt {event.attempt}: model {event.model_digest.cid}"
        f"{accuracy}, record {event.record_digest.cid}"
    )


def _voided(event: RoundVoided) -> str:
    return f"without a report; the running hash of its updates is 0x{event.updates_hash.hex()}"


def _roster(event: RosterSet) -> str:
    if event.root == NO_ROOT:
        return f"roster {event.version} of nobody"
    return f"roster {event.version} of {counted(event.size, 'member')}: {event.digest.cid}"


def _jury(event: JuryAnnounced) -> str:
    return (
        f"jury {event.version}, {event.quorum} of {len(event.jurors)}, hash 0x{event.jury.hex()}, "
        f"enters by itself from {local_time(event.enters_from)} on"
    )


def _disclosed(event: SliceDisclosed) -> str:
    return f"slice {event.slice} is {event.digest.cid}, says {event.discloser}"


# The name for machines, and the words for people.
_KINDS: dict[type[ChainEvent], tuple[str, Callable[[Any], str]]] = {
    RoundOpened: ("round-opened", _opened),
    UpdateSubmitted: ("update-submitted", _submitted),
    BatchSubmitted: ("batch-submitted", _batch),
    RoundFinalized: ("round-finalized", _finalized),
    RoundVoided: ("round-voided", _voided),
    RosterSet: ("roster-set", _roster),
    RelayerSet: ("relayer-set", _relayer),
    JuryAnnounced: ("jury-announced", _jury),
    SliceDisclosed: ("slice-disclosed", _disclosed),
}


def show_events(
    events: Sequence[ChainEvent],
    task: str,
    output: Output,
    juries: Mapping[int, bytes] | None = None,
) -> None:
    """A table for people, a line an event for machines; `juries` as for `event_words`."""
    cells = [
        [
            str(event.block_number),
            str(getattr(event, "round", "–")),
            _KINDS[type(event)][0],
            event_words(event, juries),
        ]
        for event in events
    ]
    output.table(f"{counted(len(events), 'event')} of {task}", _COLUMNS, cells)
    for event in events if output.as_json else []:
        output.result(event_document(event))
