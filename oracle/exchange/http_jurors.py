"""Where the other jurors are found: by what they announced, or at the URLs that a person gave."""

import sqlite3
import threading
from collections.abc import Callable, Iterable

import requests
from eth_account.signers.local import LocalAccount

from fedjury.checks.json_values import parse_json
from fedjury.oracle.exchange.announcements import MOST_BYTES, Announcements
from fedjury.oracle.exchange.authorization import in_header
from fedjury.oracle.exchange.http_events import AnnouncementsNotKept, PeerFound, SeedUnusable
from fedjury.oracle.exchange.http_peer import HttpPeer
from fedjury.oracle.exchange.paths import ANNOUNCEMENTS, HEALTH
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain
from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession
from fedjury.runtime.endpoint import parse_endpoint
from fedjury.runtime.events import Listener

_HEALTH_BYTES = 10_000
_HEALTH_SECONDS = 5.0
_ANNOUNCEMENTS_SECONDS = 10.0


class HttpJurors:
    """The jurors of a task over HTTP. Safe to use from threads.

    Args:
        account: this juror's, which signs requests.
        domain: of the task.
        announcements: where jurors are.
        own: this juror's announcement, which goes along with each request.
        seeds: URLs of jurors, of which it is not known whose they are.
        listener: is told where jurors are found.
    """

    def __init__(
        self,
        account: LocalAccount,
        domain: TaskDomain,
        announcements: Announcements,
        own: Signed[Announcement],
        seeds: Iterable[str],
        listener: Listener,
    ) -> None:
        self._account, self._domain, self._announcements = account, domain, announcements
        self._header, self._me = in_header(own), own.signer
        self._listener = listener
        self._lock = threading.Lock()
        self._unknown = list(dict.fromkeys(seeds))
        self._amiss: dict[str, str] = {}
        self._at_seeds: dict[str, str] = {}
        self._peers: dict[str, HttpPeer] = {}
        self._told: dict[str, str] = {}

    def url_of(self, juror: str) -> str | None:
        """Where a juror is: as it announced, or else at the URL that a person gave."""
        return self._announcements.url_of(juror) or self._at_seeds.get(juror)

    def find(self, juror: str) -> HttpPeer | None:
        """A juror that can be asked; None where nobody knows where it is."""
        url = self.url_of(juror)
        if url is None or juror == self._me:
            return None
        with self._lock:
            is_news = self._told.get(juror) != url
            self._told[juror] = url
            if juror not in self._peers:
                self._peers[juror] = self._peer(juror)
            found = self._peers[juror]
        if is_news:
            self._listener(PeerFound(juror=juror, url=url))
        return found

    def hear(self, signed: Signed[Announcement]) -> None:
        """Take up what a juror announces."""
        try:
            self._announcements.take(signed)
        except sqlite3.Error as error:
            self._listener(AnnouncementsNotKept(reason=str(error)))

    def look_up_seeds(self) -> None:
        """Find out which jurors are at the URLs that a person gave, as far as it is not known."""
        for url in list(self._unknown):
            try:
                juror = _juror_at(url)
            except PeerUnavailable as error:
                self._tell_amiss(url, str(error))
                continue
            self._at_seeds[juror] = url
            self._unknown.remove(url)

    def learn(self, jurors: Iterable[str]) -> None:
        """Ask jurors where all the others are, and tell them where this one is."""
        for juror in {*jurors, *self._at_seeds} - {self._me}:
            peer = self.find(juror)
            if peer is None:
                continue
            try:
                answer = peer.get(ANNOUNCEMENTS, MOST_BYTES, _ANNOUNCEMENTS_SECONDS)
                self._announcements.take_all(answer)
            except (PeerUnavailable, PeerRefused, PeerWrong, ValueError):
                continue  # whoever asks it for a round tells what is wrong with it
            except sqlite3.Error as error:
                self._listener(AnnouncementsNotKept(reason=str(error)))

    def _peer(self, juror: str) -> HttpPeer:
        where: Callable[[], str | None] = lambda: self.url_of(juror)  # noqa: E731
        return HttpPeer(
            juror,
            where,
            self._account,
            self._domain,
            self._listener,
            announcement=lambda: self._header,
        )

    def _tell_amiss(self, url: str, reason: str) -> None:
        if self._amiss.get(url) != reason:
            self._amiss[url] = reason
            self._listener(SeedUnusable(url=url, reason=reason))


def _juror_at(url: str) -> str:
    """The address of the juror at a URL, in lower case.

    Raises:
        PeerUnavailable: nothing there says that it is one.
    """
    use_proxies = not parse_endpoint(url, "a juror's URL").is_loopback
    with BoundedSession(_HEALTH_SECONDS, _HEALTH_BYTES, use_proxies=use_proxies) as session:
        try:
            response = session.request("GET", url + HEALTH, allow_redirects=False)
            document = parse_json(response.content)
        except (requests.RequestException, OSError) as error:
            raise PeerUnavailable(f"nothing answers there ({type(error).__name__})") from None
        except (BodyTooLarge, ValueError, RecursionError):
            raise PeerUnavailable("what answers there is no juror") from None
    juror = document.get("juror") if isinstance(document, dict) else None
    if not isinstance(juror, str) or len(juror) != len("0x") + 40:
        raise PeerUnavailable("what answers there is no juror")
    return juror.lower()
