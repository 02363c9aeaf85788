"""Where the jurors of a task are: signed announcements, of which the latest of each counts."""

import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast

from eth_account.signers.local import LocalAccount
from pydantic import ValidationError

from fedjury.checks.json_values import parse_json
from fedjury.errors import ConfigError
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.docket_file import DocketUnwritable
from fedjury.oracle.exchange.http_events import AnnouncementsNotKept
from fedjury.protocol.statements.endpoint import MOST_URL, Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain, sign, signed_from
from fedjury.runtime.events import Listener
from fedjury.runtime.http.limits import RateLimit

MOST_BYTES = 300_000  # of all announcements of two juries of the largest size
_MOST_KEYS = 1000
_LAST = 2**64 - 1  # that an announcement may be issued at


def require_url(text: str, option: str) -> str:
    """A URL that a juror can be announced at.

    Args:
        text: as a person wrote it.
        option: that it was given by, such as ``--announce``.

    Returns:
        The same without a slash at its end.

    Raises:
        ConfigError: it is none; never shows it, as it may hold a password.
    """
    url = text.strip().rstrip("/")
    try:
        return Announcement(url=url, issued_at=0).url
    except ValidationError:
        raise ConfigError(
            f"{option} takes a URL such as https://juror.example:8490, http or https, without user "
            f"part, query and fragment, of at most {MOST_URL} characters"
        ) from None


class Announcements:
    """Knows the latest announcement of each juror; any thread may use it.

    What the disk does not take is known as long as the process runs, which is told.

    Args:
        docket: keeps them.
        domain: of the task.
        admits: whether an address is a juror's; of others nothing is kept.
        listener: is told where the disk does not take one.
        pace: how often a juror may move; what is more is left until it comes again.
    """

    def __init__(
        self,
        docket: Docket,
        domain: TaskDomain,
        admits: Callable[[str], bool],
        listener: Listener,
        pace: RateLimit | None = None,
    ) -> None:
        self._docket, self._domain, self._admits = docket, domain, admits
        self._listener = listener
        self._pace = RateLimit(0.2, 5, most_keys=_MOST_KEYS) if pace is None else pace
        self._lock = threading.Lock()
        self._latest = {each.signer: each for each in docket.announcements()}
        self._account: LocalAccount | None = None
        self._url = ""

    def of(self, juror: str) -> Signed[Announcement] | None:
        """A juror's latest announcement; None where none is known."""
        return self._latest.get(juror)

    def url_of(self, juror: str) -> str | None:
        """Where a juror is; None where that is not known."""
        found = self.of(juror)
        return None if found is None else found.statement.url

    def take(self, signed: Signed[Announcement]) -> bool:
        """Take up an announcement if it is a juror's own, and later than all that are known.

        One of this juror's own that it knows nothing of, as its disk was lost, says where the
        juror was: it is answered with a later one, which says where it is.

        Returns:
            Whether it was taken up.
        """
        if not self._is_news(signed) or not self._admits(signed.signer):
            return False
        if not signed.is_right(self._domain):
            return False
        with self._lock:
            if not self._is_news(signed) or self._pace.wait(signed.signer):
                return False
            self._pace.take(signed.signer)
            self._keep(signed)
            if self._account is not None and signed.signer == self._account.address.lower():
                self._renew(self._account, 0)
        return True

    def take_all(self, data: bytes) -> list[str]:
        """Take up those of an answer's that are news.

        Returns:
            Addresses of the jurors of whom there was news.

        Raises:
            ValueError: the bytes are no list of announcements.
        """
        return [each.signer for each in read_announcements(data) if self.take(each)]

    def announce(self, account: LocalAccount, url: str, now: float) -> Signed[Announcement]:
        """The juror's own announcement, later than all that it made before.

        Args:
            account: the juror's.
            url: where it is reached.
            now: Unix seconds.
        """
        with self._lock:
            self._account, self._url = account, url
            return self._renew(account, int(now))

    def _renew(self, account: LocalAccount, now: int) -> Signed[Announcement]:
        """The juror's latest announcement, made anew where that says another URL."""
        before = self.of(account.address.lower())
        if before is not None and before.statement.url == self._url:
            return before
        least = 0 if before is None else min(before.statement.issued_at + 1, _LAST)
        made = Announcement(url=self._url, issued_at=max(now, least))
        signed = sign(account, made, self._domain)
        self._keep(signed)
        return signed

    def _keep(self, signed: Signed[Announcement]) -> None:
        self._latest[signed.signer] = signed
        try:
            self._docket.keep_announcement(signed)
        except (sqlite3.Error, DocketUnwritable) as error:
            self._listener(AnnouncementsNotKept(reason=str(error)))

    def _is_news(self, signed: Signed[Announcement]) -> bool:
        known = self.of(signed.signer)
        return known is None or signed.statement.issued_at > known.statement.issued_at


def announcements_document(found: Iterable[Signed[Announcement]]) -> dict[str, object]:
    """Announcements as ``/announcements`` answers them, and `fedjury jury announce` prints one."""
    return {"announcements": [each.to_document() for each in found]}


def read_announcements(data: bytes) -> list[Signed[Announcement]]:
    """Those of such a document; whatever else is among them is left out.

    Raises:
        ValueError: the bytes are no such document.
    """
    try:
        document = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
    listed = document.get("announcements") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no list of announcements")
    found = []
    for each in listed:
        with suppress(ValueError, RecursionError):
            found.append(cast(Signed[Announcement], signed_from(each, Announcement)))
    return found
