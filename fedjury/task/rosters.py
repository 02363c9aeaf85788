"""Rosters in the content store: who may submit, as the chain's digest says it."""

from fedjury.chain.contracts.events import RosterSet
from fedjury.chain.rpc.logs import Care
from fedjury.checks.counts import counted
from fedjury.errors import ContentError, ContentTooLarge, LogsMissing, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import ADDRESS_BYTES, MAX_MEMBERS, NO_ROOT, Roster
from fedjury.store import ContentStore
from fedjury.task.completeness import read_closely
from fedjury.task.files import FETCH_TIMEOUT, fetch_required
from fedjury.task.on_chain import TaskOnChain


class WrongRoster(ContentError):
    """A roster's file is not what the chain says of it; nobody can judge by it."""


def publish_roster(store: ContentStore, roster: Roster) -> Digest | None:
    """Put a roster's file into the store.

    Returns:
        Its digest; None for a roster of nobody, which needs none.

    Raises:
        StoreUnavailable: it is not stored.
    """
    return store.add(roster.to_bytes()) if roster.size else None


def fetch_roster(store: ContentStore, event: RosterSet, timeout: float = FETCH_TIMEOUT) -> Roster:
    """A roster, held against what the chain says of it.

    Args:
        store: that has its file.
        event: with which it was set.
        timeout: seconds to wait for it.

    Raises:
        StoreUnavailable: the file cannot be had now.
        WrongRoster: the file is no roster, or another's root or size.
    """
    if event.root == NO_ROOT:
        return read_roster(event, b"")
    name = f"roster {event.version}"
    try:
        data = fetch_required(store, event.digest, roster_bytes(event), timeout, name)
    except StoreUnavailable as error:
        if not isinstance(error.__cause__, ContentTooLarge):
            raise
        members = counted(event.size, "member")
        raise WrongRoster(
            f"{name}, {event.digest.cid}, has more than the {members} that the chain says"
        ) from error
    return read_roster(event, data)


def roster_bytes(event: RosterSet) -> int:
    """The size that a roster's file has by what the chain says of it."""
    return ADDRESS_BYTES * min(event.size, MAX_MEMBERS)


def read_roster(event: RosterSet, data: bytes) -> Roster:
    """The roster in a file, held against what the chain says of it.

    Args:
        event: with which it was set.
        data: the file.

    Raises:
        WrongRoster: the file is no roster, or another's root or size.
    """
    name = f"roster {event.version}, {event.digest.cid},"
    try:
        roster = Roster.from_bytes(data)
    except ValueError as error:
        raise WrongRoster(f"{name} is none: {error}") from error
    if roster.size != event.size:
        raise WrongRoster(
            f"{name} has {counted(roster.size, 'member')}, the chain says {event.size}"
        )
    if roster.root != event.root:
        raise WrongRoster(
            f"{name} has the root 0x{roster.root.hex()}, the chain says 0x{event.root.hex()}"
        )
    return roster


def find_roster_set(task: TaskOnChain, version: int, root: bytes, to_block: int) -> RosterSet:
    """The event that set a roster.

    Args:
        task: whose roster it is.
        version, root: as the contract holds them.
        to_block: a block at which it does.

    Raises:
        LogsMissing: the node does not tell of it.
        ChainUnavailable: no usable answer.
    """

    def read(care: Care) -> RosterSet:
        for event in reversed(task.read_events(to_block, [RosterSet], care=care)):
            if isinstance(event, RosterSet) and (event.version, event.root) == (version, root):
                return event
        raise LogsMissing(f"the node does not tell of roster {version}")

    return read_closely(task.chain, read, lambda event, care: None)
