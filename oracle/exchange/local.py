"""Jurors of one process: they ask each other without a network."""

from collections.abc import Mapping

from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.following import Following
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerWrong
from fedjury.oracle.exchange.software import software_name
from fedjury.oracle.exchange.sources import Sources
from fedjury.oracle.oversize import OversizeProofs
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import Listener
from fedjury.store import ContentStore, DirectoryStore
from fedjury.task.on_chain import TaskOnChain


class LocalPeer:
    """Another juror of this process (`fedjury.oracle.exchange.peers.Peer`).

    Args:
        board: what it serves.
        me: who asks, an address in lower case.
        address: the other juror's.
    """

    def __init__(self, board: Board, me: str, address: str) -> None:
        self._board, self._me = board, me
        self.address = address

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        """As `Peer.get`; the answer comes at once."""
        if not self._board.admits(self._me):
            raise PeerRefused("it does not know this juror")
        answer = self._board.answer(self._me, target)
        if answer.status != 200:
            raise PeerRefused(f"it answers {answer.status}")
        if len(answer.body) > max_bytes:
            raise PeerWrong(f"its answer has {len(answer.body)} bytes, {max_bytes} at most")
        return answer.body


def board_of(
    task: TaskOnChain,
    me: str,
    docket: Docket,
    cache: DirectoryStore,
    slices: Slices,
    proofs: OversizeProofs,
) -> Board:
    """What a juror serves.

    Args:
        task: whose juror it is.
        me: the juror's address.
        docket: all that is said.
        cache: the files that it holds.
        slices: the private samples.
        proofs: of files that are too large.
    """

    def give(number: int) -> bytes | None:
        found = slices.get(number)
        return None if found is None else found.to_bytes()

    identity = {"juror": me.lower(), "software": software_name(), "task": task.name}
    return Board(identity, docket, cache, give, lambda digest: proofs.find(digest, 0))


def owner_of(task: TaskOnChain, me: str) -> dict[str, str]:
    """Whose a docket is, for its file."""
    return {"task": task.name, "juror": me.lower()}


def local_exchange(
    board: Board,
    store: ContentStore,
    boards: Mapping[str, Board],
    me: str,
    slices: Slices,
    listener: Listener,
) -> Exchange:
    """A juror's part of an exchange within this process.

    Args:
        board: the juror's own.
        store: of the task, by the juror's own way to it.
        boards: of all jurors by their addresses in lower case; may be filled later.
        me: the juror's address.
        slices: the juror's; keeps those that others give.
        listener: is told who misbehaves.
    """
    own = me.lower()

    def find(juror: str) -> LocalPeer | None:
        found = boards.get(juror)
        return None if found is None else LocalPeer(found, own, juror)

    peers = Peers(find, listener)
    return Exchange(
        board.docket,
        board,
        peers,
        Following(board.docket, peers, listener),
        Sources(store, peers),
        software_name(),
        take_slice=slices.take,
    )
