"""Where the other jurors are found: by what they announced, or at the URLs that a person gave."""

import re
import threading
from collections.abc import Callable, Iterable
from functools import partial

import requests
from eth_account.signers.local import LocalAccount

from fedjury.checks.json_values import parse_json
from fedjury.oracle.exchange.announcements import MOST_BYTES, Announcements
from fedjury.oracle.exchange.authorization import in_header
from fedjury.oracle.exchange.http_events import PeerFound, SeedUnusable
from fedjury.oracle.exchange.http_peer import HttpPeer
from fedjury.oracle.exchange.paths import ANNOUNCEMENTS, HEALTH
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.signed import TaskDomain
from fedjury.protocol.update_tag import task_name
from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession, NotSent
from fedjury.runtime.endpoint import parse_public
from fedjury.runtime.events import Listener

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HEALTH_BYTES = 10_000
_HEALTH_SECONDS = 5.0
_ANNOUNCEMENTS_SECONDS = 10.0


class HttpJurors:
    """The jurors of a task over HTTP. Safe to use from threads.

    Args:
        account: this juror's, which signs requests.
        domain: of the task.
        announcements: where jurors are; this one's goes along with each request.
        seeds: URLs of jurors, of which it is not known whose they are.
        listener: is told where jurors are found.
    """

    def __init__(
        self,
        account: LocalAccount,
        domain: TaskDomain,
        announcements: Announcements,
        seeds: Iterable[str],
        listener: Listener,
    ) -> None:
        self._account, self._domain, self._announcements = account, domain, announcements
        self._me, self._listener = account.address.lower(), listener
        self._lock = threading.Lock()
        self._unknown = list(dict.fromkeys(seeds))
        self._amiss: dict[str, str] = {}
        self._at_seeds: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        self._peers: dict[str, HttpPeer] = {}
        self._told: dict[str, set[str]] = {}

    def url_of(self, juror: str) -> str | None:
        """Where a juror is: as it announced, or else at the URL that a person gave; that one too
        while the one that it announced does not answer."""
        with self._lock:
            known = self._places(juror)
            others = [url for url in known if url != self._failed.get(juror)]
        return next(iter(others or known), None)

    def find(self, juror: str) -> HttpPeer | None:
        """A juror that can be asked; None where nobody knows where it is."""
        url = self.url_of(juror)
        if url is None or juror == self._me:
            return None
        with self._lock:
            told = self._told.get(juror, set())
            self._told[juror] = {*told.intersection(self._places(juror)), url}
            if juror not in self._peers:
                self._peers[juror] = self._peer(juror, partial(self.url_of, juror), self._leave)
            found = self._peers[juror]
        if url not in told:
            self._listener(PeerFound(juror=juror, url=url))
        return found

    def look_up_seeds(self) -> None:
        """Find out which jurors are at the URLs that a person gave, as far as it is not known."""
        for url in list(self._unknown):
            try:
                juror = juror_at(url, self._domain)
            except PeerUnavailable as error:
                self._tell_amiss(url, str(error))
                continue
            with self._lock:
                self._at_seeds[url] = juror
                self._unknown.remove(url)

    def at_seeds(self) -> set[str]:
        """The jurors who are known to be at the URLs that a person gave."""
        with self._lock:
            return set(self._at_seeds.values())

    def learn(self, jurors: Iterable[str]) -> None:
        """Ask jurors where all the others are, and tell them where this one is.

        Each is asked at every URL that a person gave for it: who answers there may be another one,
        whose word alone would hide where the juror is.
        """
        for juror in jurors:
            self._learn_from(self.find(juror))
            for url in self._seeds_beside(juror):
                self._learn_from(self._peer(juror, partial(str, url), self._look_again))

    def _learn_from(self, peer: HttpPeer | None) -> None:
        if peer is not None:
            try:
                answer = peer.get(ANNOUNCEMENTS, MOST_BYTES, _ANNOUNCEMENTS_SECONDS)
                self._announcements.take_all(answer)
            except (PeerUnavailable, PeerRefused, PeerWrong, ValueError):
                return  # whoever asks it for a round tells what is wrong with it

    def _seeds_beside(self, juror: str) -> list[str]:
        """URLs that a person gave for a juror beside the one that it is asked at."""
        used = self.url_of(juror)
        if juror == self._me:
            return []
        with self._lock:
            return [url for url, who in self._at_seeds.items() if who == juror and url != used]

    def _peer(
        self, juror: str, where: Callable[[], str | None], failed: Callable[[str, str], None]
    ) -> HttpPeer:
        return HttpPeer(
            juror,
            where,
            self._account,
            self._domain,
            self._listener,
            announcement=self._header,
            failed=partial(failed, juror),
        )

    def _header(self) -> str:
        own = self._announcements.of(self._me)
        return "" if own is None else in_header(own)

    def _places(self, juror: str) -> list[str]:
        """URLs at which a juror may be, the likelier first."""
        given = [url for url, who in self._at_seeds.items() if who == juror]
        found = [self._announcements.url_of(juror), *given]
        return list(dict.fromkeys(url for url in found if url is not None))

    def _leave(self, juror: str, url: str) -> None:
        """A juror does not answer at a URL: another is tried next."""
        with self._lock:
            self._failed[juror] = url
        self._look_again(juror, url)

    def _look_again(self, juror: str, url: str) -> None:
        """Who is at a URL is looked up again if a person gave it, as this juror does not answer."""
        with self._lock:
            if self._at_seeds.get(url) == juror and url not in self._unknown:
                self._unknown.append(url)

    def _tell_amiss(self, url: str, reason: str) -> None:
        if self._amiss.get(url) != reason:
            self._amiss[url] = reason
            self._listener(SeedUnusable(url=url, reason=reason))


def juror_at(url: str, domain: TaskDomain) -> str:
    """The address of the juror at a URL, in lower case.

    Args:
        url: where it is said to be.
        domain: of the task whose juror it has to be.

    Raises:
        PeerUnavailable: nothing there says that it is one.
    """
    use_proxies = not parse_public(url, "a juror's URL").is_loopback
    with BoundedSession(_HEALTH_SECONDS, _HEALTH_BYTES, use_proxies=use_proxies) as session:
        try:
            response = session.request("GET", url + HEALTH, allow_redirects=False)
            document = parse_json(response.content)
        except NotSent as error:
            raise PeerUnavailable(f"it cannot be asked: {error}") from None
        except (requests.RequestException, OSError) as error:
            raise PeerUnavailable(f"nothing answers there ({type(error).__name__})") from None
        except (BodyTooLarge, ValueError, RecursionError):
            raise PeerUnavailable("what answers there is no juror") from None
    said = document if isinstance(document, dict) else {}
    juror, task = said.get("juror"), said.get("task")
    if not isinstance(juror, str) or _ADDRESS.fullmatch(juror) is None:
        raise PeerUnavailable("what answers there is no juror")
    if task != task_name(*domain):
        raise PeerUnavailable("the juror there is of another task")
    return juror.lower()
