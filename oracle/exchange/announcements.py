"""Where the jurors of a task are: signed announcements, of which the latest of each counts."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from eth_account.signers.local import LocalAccount
from pydantic import ValidationError

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.errors import ConfigError
from fedjury.protocol.statements.endpoint import MOST_URL, Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain, sign, signed_from
from fedjury.runtime.files import write_whole
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
    """Keeps the latest announcement of each juror, on disk as well; any thread may use it.

    Args:
        path: of the file; what it holds already is taken up, what is damaged is left out.
        domain: of the task.
        admits: whether an address is a juror's; of others nothing is kept.
        pace: how often a juror may move; what is more is left until it comes again.
    """

    def __init__(
        self,
        path: Path,
        domain: TaskDomain,
        admits: Callable[[str], bool],
        pace: RateLimit | None = None,
    ) -> None:
        self._path, self._domain, self._admits = path, domain, admits
        self._pace = RateLimit(0.2, 5, most_keys=_MOST_KEYS) if pace is None else pace
        self._lock = threading.Lock()
        self._latest: dict[str, Signed[Announcement]] = {}
        with suppress(OSError):
            self._read(path.read_bytes())

    def __len__(self) -> int:
        return len(self._latest)

    def url_of(self, juror: str) -> str | None:
        """Where a juror is; None where that is not known."""
        found = self._latest.get(juror)
        return None if found is None else found.statement.url

    def take(self, signed: Signed[Announcement]) -> bool:
        """Take up an announcement if it is a juror's own, and later than all that are known.

        Returns:
            Whether it was taken up.

        Raises:
            OSError: it was, but is not on disk.
        """
        if not self._is_news(signed) or not self._admits(signed.signer):
            return False
        if not signed.is_right(self._domain):
            return False
        with self._lock:
            if not self._is_news(signed) or self._pace.wait(signed.signer):
                return False
            self._pace.take(signed.signer)
            self._latest[signed.signer] = signed
            self._forget_strangers()
            write_whole(self._path, self.to_bytes())
        return True

    def take_all(self, data: bytes) -> list[str]:
        """Take up those of an answer's that are news.

        Returns:
            Addresses of the jurors of whom there was news.

        Raises:
            ValueError: the bytes are no list of announcements.
            OSError: what was taken up is not on disk.
        """
        return [each.signer for each in _announcements(data) if self.take(each)]

    def announce(self, account: LocalAccount, url: str, now: float) -> Signed[Announcement]:
        """The juror's own announcement, later than all that it made before.

        Args:
            account: the juror's.
            url: where it is reached.
            now: Unix seconds.

        Raises:
            OSError: it is not on disk.
        """
        before = self._latest.get(account.address.lower())
        if before is not None and before.statement.url == url:
            return before
        least = 0 if before is None else before.statement.issued_at + 1
        made = sign(account, Announcement(url=url, issued_at=max(int(now), least)), self._domain)
        with self._lock:
            self._latest[made.signer] = made
            write_whole(self._path, self.to_bytes())
        return made

    def to_bytes(self) -> bytes:
        """All that are known, as JSON."""
        known = sorted(dict(self._latest).items())
        return canonical_json([each.to_document() for _, each in known])

    def _is_news(self, signed: Signed[Announcement]) -> bool:
        known = self._latest.get(signed.signer)
        return known is None or signed.statement.issued_at > known.statement.issued_at

    def _forget_strangers(self) -> None:
        for juror in [each for each in self._latest if not self._admits(each)]:
            del self._latest[juror]

    def _read(self, data: bytes) -> None:
        with suppress(ValueError):
            for signed in _announcements(data):
                if signed.is_right(self._domain) and self._is_news(signed):
                    self._latest[signed.signer] = signed


def _announcements(data: bytes) -> list[Signed[Announcement]]:
    """Those in a JSON list; whatever else is in it is left out.

    Raises:
        ValueError: the bytes are no such list.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"no juries announce {len(data)} bytes")
    try:
        documents = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
    if not isinstance(documents, list):
        raise ValueError("no list of announcements")
    found = []
    for document in documents:
        with suppress(ValueError, RecursionError):
            found.append(cast(Signed[Announcement], signed_from(document, Announcement)))
    return found
