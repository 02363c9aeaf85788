"""Where the jurors of a task are: signed announcements, of which the latest of each counts."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from eth_account.signers.local import LocalAccount
from pydantic import ValidationError

from fedjury.checks.json_values import parse_json
from fedjury.errors import ConfigError
from fedjury.oracle.exchange.docket import Docket
from fedjury.protocol.statements.endpoint import MOST_URL, Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain, sign, signed_from
from fedjury.runtime.http.limits import RateLimit

MOST_BYTES = 300_000  # of all announcements of two juries of the largest size
_MOST_KEYS = 1000


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

    Args:
        docket: keeps them.
        domain: of the task.
        admits: whether an address is a juror's; of others nothing is kept.
        pace: how often a juror may move; what is more is left until it comes again.
    """

    def __init__(
        self,
        docket: Docket,
        domain: TaskDomain,
        admits: Callable[[str], bool],
        pace: RateLimit | None = None,
    ) -> None:
        self._docket, self._domain, self._admits = docket, domain, admits
        self._pace = RateLimit(0.2, 5, most_keys=_MOST_KEYS) if pace is None else pace
        self._lock = threading.Lock()
        self._latest = {each.signer: each for each in docket.announcements()}

    def url_of(self, juror: str) -> str | None:
        """Where a juror is; None where that is not known."""
        found = self._latest.get(juror)
        return None if found is None else found.statement.url

    def take(self, signed: Signed[Announcement]) -> bool:
        """Take up an announcement if it is a juror's own, and later than all that are known.

        Returns:
            Whether it was taken up.

        Raises:
            sqlite3.Error: the disk does not take it.
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
        return True

    def take_all(self, data: bytes) -> list[str]:
        """Take up those of an answer's that are news.

        Returns:
            Addresses of the jurors of whom there was news.

        Raises:
            ValueError: the bytes are no list of announcements.
            sqlite3.Error: the disk does not take it.
        """
        return [each.signer for each in _announcements(data) if self.take(each)]

    def announce(self, account: LocalAccount, url: str, now: float) -> Signed[Announcement]:
        """The juror's own announcement, later than all that it made before.

        Args:
            account: the juror's.
            url: where it is reached.
            now: Unix seconds.

        Raises:
            sqlite3.Error: the disk does not take it.
        """
        with self._lock:
            before = self._latest.get(account.address.lower())
            if before is not None and before.statement.url == url:
                return before
            least = 0 if before is None else before.statement.issued_at + 1
            issued_at = max(int(now), least)
            made = sign(account, Announcement(url=url, issued_at=issued_at), self._domain)
            self._keep(made)
        return made

    def _keep(self, signed: Signed[Announcement]) -> None:
        self._docket.keep_announcement(signed)
        self._latest[signed.signer] = signed

    def _is_news(self, signed: Signed[Announcement]) -> bool:
        known = self._latest.get(signed.signer)
        return known is None or signed.statement.issued_at > known.statement.issued_at


def _announcements(data: bytes) -> list[Signed[Announcement]]:
    """Those of an answer; whatever else is among them is left out.

    Raises:
        ValueError: the bytes are no such answer.
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
