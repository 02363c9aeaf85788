"""Asking the jurors of a task from a command, beside a daemon or without one."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from eth_account.signers.local import LocalAccount

from fedjury.oracle.exchange.announcements import Announcements
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.http_events import SeedUnusable
from fedjury.oracle.exchange.http_jurors import HttpJurors
from fedjury.oracle.exchange.http_peer import HttpPeer
from fedjury.oracle.exchange.juror_state import MOST_STATUS_BYTES, JurorState
from fedjury.oracle.exchange.paths import STATUS
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain
from fedjury.runtime.events import Event, Listener, ignore
from fedjury.runtime.http.limits import RateLimit

_SECONDS = 10.0  # for one answer
_AT_ONCE = 16  # jurors that are asked side by side


class Inquiry:
    """Asks jurors by signed requests. Keeps nothing on disk.

    Args:
        account: a juror's, which signs.
        domain: of the task.
        jurors: who may be asked, addresses in lower case.
        known: announcements of jurors that are at hand.
        seeds: URLs of jurors, of which it is not known whose they are.

    Attributes:
        unusable: seeds that lead to no juror, and why.
    """

    def __init__(
        self,
        account: LocalAccount,
        domain: TaskDomain,
        jurors: Iterable[str],
        known: Iterable[Signed[Announcement]] = (),
        seeds: Iterable[str] = (),
    ) -> None:
        self._jurors = sorted(jurors)
        self._me = account.address.lower()
        self.unusable: list[SeedUnusable] = []
        self._docket = Docket(None, {"juror": self._me})
        admits = {*self._jurors, self._me}.__contains__
        self._announcements = Announcements(self._docket, domain, admits, ignore, RateLimit(0, 0))
        for each in known:
            self._announcements.take(each)
        listener: Listener = self._hear
        self._others = HttpJurors(account, domain, self._announcements, seeds, listener)
        own: Callable[[], str | None] = lambda: self._announcements.url_of(self._me)  # noqa: E731
        self._own = HttpPeer(self._me, own, account, domain, ignore)

    def close(self) -> None:
        """Forget all."""
        self._docket.close()

    def meet(self) -> None:
        """Find out where the jurors are, by the seeds and by all jurors that answer."""
        self._others.look_up_seeds()
        self._others.learn(self._others.at_seeds())
        self._side_by_side(lambda juror: self._others.learn([juror]), self._jurors)

    def get(self, juror: str, target: str, most: int) -> bytes:
        """What a juror answers; errors as of `Peer.get`.

        Args:
            juror: address in lower case.
            target: path and query.
            most: bytes of an answer.
        """
        return self._peer(juror).get(target, most, _SECONDS)

    def states(self) -> list[JurorState]:
        """How each juror is, ascending by address."""
        found = dict[str, JurorState]()

        def ask(juror: str) -> None:
            found[juror] = self._state(juror)

        self._side_by_side(ask, self._jurors)
        return [found[juror] for juror in self._jurors]

    def _state(self, juror: str) -> JurorState:
        url = self._others.url_of(juror)
        try:
            peer = self._peer(juror)
            answer = peer.get(STATUS, MOST_STATUS_BYTES, _SECONDS)
            return JurorState.of(juror, self._others.url_of(juror), answer, peer.clock_ahead)
        except PeerRefused as error:
            return JurorState(juror, url, f"{error}: for it, this is no juror of the task")
        except (PeerUnavailable, PeerWrong, ValueError) as error:
            return JurorState(juror, url, str(error))

    def _peer(self, juror: str) -> HttpPeer:
        found = self._own if juror == self._me else self._others.find(juror)
        if found is None:
            raise PeerUnavailable("nobody says where it is")
        return found

    def _hear(self, event: Event) -> None:
        if isinstance(event, SeedUnusable):
            self.unusable.append(event)

    @staticmethod
    def _side_by_side(work: Callable[[str], None], jurors: Iterable[str]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(work, jurors):
                pass
