"""What comes of a request to an IPFS daemon, other than the answer that was asked for.

Only the first of these is the daemon's own word on what it was asked. None of them is decided by
words: daemons, versions and languages differ in theirs.
"""

import json
from tempfile import TemporaryFile
from typing import IO

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest

BRIEF = 200  # characters of a daemon's own words that are passed on
_IN_MEMORY = 1 << 18  # bytes of a body; the rest lies in a temporary file while it arrives


class Unanswered(Exception):
    """The request came to nothing; the message says how."""


class Refused(Unanswered):
    """The daemon answers at once with an error in the form that Kubo and js-ipfs share."""


class TimedOut(Unanswered):
    """There was no answer, or not all of it, in the time allowed.

    Attributes:
        is_said: whether the daemon said so itself, with an error at the end of its time.
    """

    def __init__(self, how: str, *, is_said: bool = False) -> None:
        super().__init__(how)
        self.is_said = is_said


class BrokenOff(Unanswered):
    """The connection broke before the answer was whole."""


class HttpRefusal(StoreUnavailable):
    """The endpoint answers otherwise than a daemon does of its own: limits, permissions, a proxy.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, what: str, status: int, retry_after: float | None) -> None:
        super().__init__(what)
        self.status, self.retry_after = status, retry_after

    @property
    def is_lasting(self) -> bool:
        """Whether it is about what may be asked here, not about now."""
        return self.status in (401, 403, 404, 405)


class Body:
    """The body of an answer, outside of memory where it is large.

    Attributes:
        size: bytes, of which there may be a few more than were allowed.
        is_cut: whether there were more than allowed.
    """

    def __init__(self) -> None:
        self._small = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0
        self.is_cut = False

    def append(self, piece: bytes) -> None:
        """Add what arrived. Raises OSError where there is no room for it."""
        self.size += len(piece)
        if self._file is not None:
            self._file.write(piece)
            return
        self._small += piece
        if self.size > _IN_MEMORY:
            self._file = TemporaryFile(prefix="fedjury-")  # noqa: SIM115
            self._file.write(self._small)
            self._small.clear()

    def digest(self) -> Digest:
        """The digest of all of it, which need not lie in memory for that.

        Raises:
            StoreUnavailable: there was no room for its end, or it cannot be read again.
        """
        if self._file is None:
            return Digest.of(self._small)
        try:
            return Digest.of_file(self._file)
        except OSError as error:
            raise StoreUnavailable(f"there is no room for what arrives: {error}") from error

    def read(self) -> bytes:
        """All of it; what lay in a file is gone from there afterwards."""
        if self._file is None:
            return bytes(self._small)
        with self._file as file:
            file.seek(0)
            return file.read()


def refusal_in(body: bytes) -> str | None:
    """The words of a daemon's own error; None where this is no such error."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("Type") != "error":
        return None
    message = document.get("Message")
    return message[:BRIEF] if isinstance(message, str) else None
