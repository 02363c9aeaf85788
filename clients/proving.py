"""Finding out whether a client is in a roster, and the proof of it that the contract takes."""

from fedjury.chain.contracts.types import RosterState
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import WrongRoster, fetch_roster, find_roster_set

Proof = tuple[bytes, ...]

# By version and root: after a reorganization a version may be another roster.
_Key = tuple[int, bytes]


class RosterProofs:
    """Proves that a client is in a roster; of each the file is fetched once.

    Args:
        task: whose rosters they are.
        store: that has the rosters' files.
        address: the client's.
    """

    def __init__(self, task: TaskOnChain, store: ContentStore, address: str) -> None:
        self._task, self._store, self._address = task, store, address
        # where the file is wrong, what is wrong with it
        self._found: dict[_Key, Proof | str | None] = {}

    def find(self, roster: RosterState, block: int) -> Proof | None:
        """The proof that the client is in a roster; None if it is not.

        Args:
            roster: as the contract holds it.
            block: a block at which it does.

        Raises:
            WrongRoster: the roster's file is not what the chain says of it.
            ChainUnavailable, StoreUnavailable: no usable answer.
        """
        key = roster.version, roster.root
        if key not in self._found:
            found = self._prove(roster, block)
            # the round's roster and the next one are all that is asked for
            self._found = {
                each: known
                for each, known in self._found.items()
                if abs(each[0] - roster.version) == 1
            }
            self._found[key] = found
        known = self._found[key]
        if isinstance(known, str):
            raise WrongRoster(known)
        return known

    def _prove(self, roster: RosterState, block: int) -> Proof | str | None:
        if roster.size == 0:
            return None
        event = find_roster_set(self._task, roster.version, roster.root, block)
        try:
            members = fetch_roster(self._store, event)
        except WrongRoster as error:
            return str(error)
        return tuple(members.proof(self._address)) if self._address in members else None
