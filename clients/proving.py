"""Finding out whether a client is in a roster, and the proof of it that the contract takes."""

from fedjury.chain.contracts.types import RosterState
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import WrongRoster, fetch_roster, find_roster_set

Proof = tuple[bytes, ...]

# By version, root and size: after a reorganization a version may be another roster.
_Key = tuple[int, bytes, int]


class RosterProofs:
    """Proves that a client is in a roster; of each the file is fetched once.

    A wrong file is remembered with the digest that the chain says of it: as long as a roster is the
    next one, the coordinator may set it again with another.

    Args:
        task: whose rosters they are.
        store: that has the rosters' files.
        address: the client's.
    """

    def __init__(self, task: TaskOnChain, store: ContentStore, address: str) -> None:
        self._task, self._store, self._address = task, store, address
        self._found: dict[_Key, Proof | None] = {}
        self._wrong: dict[_Key, tuple[Digest, str]] = {}

    def find(self, roster: RosterState, block: int) -> Proof | None:
        """The proof that the client is in a roster; None if it is not.

        Args:
            roster: as the contract holds it.
            block: a block at which it does.

        Raises:
            WrongRoster: the roster's file is not what the chain says of it.
            ChainUnavailable, StoreUnavailable: no usable answer.
        """
        key = roster.version, roster.root, roster.size
        if key not in self._found:
            # the round's roster and the next one are all that is asked for
            for kept in (self._found, self._wrong):
                for each in [each for each in kept if abs(each[0] - roster.version) > 1]:
                    del kept[each]
            self._found[key] = self._prove(roster, key, block)
        return self._found[key]

    def _prove(self, roster: RosterState, key: _Key, block: int) -> Proof | None:
        if roster.size == 0:
            return None
        event = find_roster_set(self._task, roster.version, roster.root, block)
        digest, what = self._wrong.get(key, (None, ""))
        if digest == event.digest:
            raise WrongRoster(what)
        try:
            members = fetch_roster(self._store, event)
        except WrongRoster as error:
            self._wrong[key] = event.digest, str(error)
            raise
        return tuple(members.proof(self._address)) if self._address in members else None
