"""What a round asks of its updates, read from chain and store."""

from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp
from fedjury.protocol.roster import NO_ROOT, Roster
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.settling import batches_until
from fedjury.relay.window import OpenRound
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import fetch_roster, find_roster_set


class RoundReader:
    """Reads the open round; remembers its roster and its room until they change.

    Args:
        task: whose rounds they are.
        store: that has the rosters' files.
        margin: seconds before the time for batches ends, from which on nothing is taken in.
    """

    def __init__(self, task: TaskOnChain, store: ContentStore, margin: int) -> None:
        self._task, self._store, self._margin = task, store, margin
        self._roster: tuple[bytes, Roster] = (NO_ROOT, Roster())
        self._room: tuple[tuple[int, int, bytes], int] | None = None

    def read(self, seen: Overview, stamp: BlockStamp) -> OpenRound:
        """The round that is open.

        Args:
            seen: the task at `stamp`, with an open round.
            stamp: the newest block.

        Raises:
            ChainUnavailable, StoreUnavailable: no usable answer.
            WrongRoster: the roster's file is not what the chain says of it.
        """
        state, contract = seen.round, self._task.contract
        domain = UpdateDomain(
            self._task.chain.chain_id, contract.address, state.number, state.model_digest
        )
        end = batches_until(self._task, seen)
        roster = self._roster_of(seen, stamp)
        return OpenRound(domain, roster, self._room_of(seen, stamp), end - self._margin, end)

    def _roster_of(self, seen: Overview, stamp: BlockStamp) -> Roster:
        wanted = seen.roster
        if self._roster[0] != wanted.root:
            event = find_roster_set(self._task, wanted.version, wanted.root, stamp.number)
            self._roster = wanted.root, fetch_roster(self._store, event)
        return self._roster[1]

    def _room_of(self, seen: Overview, stamp: BlockStamp) -> int:
        state = seen.round
        known = state.number, state.batched, seen.roster.root
        if self._room is None or self._room[0] != known:
            self._room = known, self._task.contract.batch_room(at=stamp)
        return self._room[1]


def why_closed(seen: Overview, address: str) -> str | None:
    """Why a relay can take in nothing for the current round; None where it can.

    Args:
        seen: the task, with what it says of the relay's account.
        address: the relay's.
    """
    if seen.phase is Phase.FINISHED:
        return "the task's last round is over"
    if not seen.is_relayer:
        return f"{address} is no relayer of this task: ask the coordinator"
    if seen.phase is Phase.CLOSED:
        return f"round {seen.round.number} is closed"
    return None
