"""What a juror serves to others: answers to requests, without HTTP in them.

Source: docs/protocol/exchange.md.
"""

import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fedjury.checks.json_values import canonical_json
from fedjury.oracle.exchange import paths
from fedjury.oracle.exchange.docket import FINDINGS, REPORT, Docket
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.signed import RoundKey
from fedjury.store import DirectoryStore

JSON, BYTES = "application/json", "application/octet-stream"
MOST_WAIT = 25.0  # seconds

_ROUND = re.compile(
    r"/rounds/([1-9][0-9]{0,9})/0x([0-9a-f]{64})/(feed|holding|findings/([0-9]{1,10}))"
)
_BY_DIGEST = re.compile(r"/reports/0x([0-9a-f]{64})")
_FILE = re.compile(r"/files/([0-9A-Za-z]{46,64})")
_SLICE = re.compile(r"/slices/([1-9][0-9]{0,9})")


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        status: as of HTTP: 200, 403 or 404.
        body: of the answer.
        media_type: of the body.
        is_secret: whether nobody but the juror who asks may read it.
    """

    status: int
    body: bytes = b""
    media_type: str = JSON
    is_secret: bool = False


NOT_FOUND, FORBIDDEN = Answer(404), Answer(403)


@dataclass(frozen=True)
class Sitting:
    """Who may ask now.

    Attributes:
        jurors: of the round that is on, addresses in lower case.
        next_jurors: of the announced jury.
        slice_number: of the slice that the round is judged on; None for none.
    """

    jurors: frozenset[str] = frozenset()
    next_jurors: frozenset[str] = frozenset()
    slice_number: int | None = None


class Board:
    """Answers jurors. Safe to use from threads.

    Args:
        identity: what anybody may know of this juror: address, task, software.
        docket: what it serves of rounds.
        cache: the files that it holds.
        give_slice: gives the file of a verification slice; None where it is not here.
        find_root: gives the root that proves of a file that it is too large, where the file is not
            in the cache; None for none.
    """

    def __init__(
        self,
        identity: dict[str, str],
        docket: Docket,
        cache: DirectoryStore,
        give_slice: Callable[[int], bytes | None],
        find_root: Callable[[Digest], bytes | None] = lambda _: None,
    ) -> None:
        self._identity, self._docket, self._cache = identity, docket, cache
        self._give_slice, self._find_root = give_slice, find_root
        self._lock = threading.Lock()
        self._sitting = Sitting()
        self.status: Callable[[], dict[str, object]] = dict
        self.holding: Callable[[RoundKey], tuple[bytes, bytes] | None] = lambda _: None

    @property
    def docket(self) -> Docket:
        """What is served of rounds."""
        return self._docket

    @property
    def sitting(self) -> Sitting:
        """Who may ask now."""
        with self._lock:
            return self._sitting

    def sit(self, sitting: Sitting) -> None:
        """Say who may ask from now on."""
        with self._lock:
            self._sitting = sitting

    def admits(self, juror: str) -> bool:
        """Whether a juror may ask at all: who sits now or next, or did in a round that is kept."""
        with self._lock:
            sitting = self._sitting
        if juror in sitting.jurors or juror in sitting.next_jurors:
            return True
        return any(juror in self._docket.jurors(key) for key in self._docket.open_keys())

    def health(self) -> Answer:
        """What anybody may ask."""
        return Answer(200, canonical_json(self._identity))

    def answer(self, juror: str, target: str) -> Answer:
        """Answer a juror that is admitted.

        Args:
            juror: who asks, an address in lower case.
            target: path and query.
        """
        parts = urlsplit(target)
        if found := _ROUND.fullmatch(parts.path):
            return self._of_round(juror, found, parts.query)
        if found := _BY_DIGEST.fullmatch(parts.path):
            return _found(self._docket.body(bytes.fromhex(found[1]), REPORT))
        if found := _FILE.fullmatch(parts.path):
            return self._file(found[1], is_root=parts.query == "root=1")
        if found := _SLICE.fullmatch(parts.path):
            return self._slice(juror, int(found[1]))
        return self._of_juror(parts.path)

    def _of_juror(self, path: str) -> Answer:
        match path:
            case paths.HEALTH:
                return self.health()
            case paths.ANNOUNCEMENTS:
                known = [each.to_document() for each in self._docket.announcements()]
                return Answer(200, canonical_json({"announcements": known}))
            case paths.STATUS:
                return Answer(200, json.dumps({**self._identity, **self.status()}).encode())
        return NOT_FOUND

    def news_of(self, target: str) -> tuple[RoundKey, int, float] | None:
        """What a request would wait for: a key, how much of it is known, and for how many seconds;
        None where it would not."""
        parts = urlsplit(target)
        found = _ROUND.fullmatch(parts.path)
        if found is None or found[3] != "feed":
            return None
        query = parse_qs(parts.query)
        wait = min(_number(query, "wait"), MOST_WAIT)
        return (_key(found), int(_number(query, "after")), wait) if wait > 0 else None

    def file_of(self, target: str) -> Path | None:
        """The file whose bytes as they are answer a request; None where it asks for none, or for
        one that is not here."""
        found = _FILE.fullmatch(target)
        if found is None:
            return None
        with suppress(ValueError):
            digest = Digest.from_cid(found[1])
            return self._cache.path_of(digest) if self._cache.has(digest) else None
        return None

    def _of_round(self, juror: str, found: re.Match[str], query: str) -> Answer:
        key = _key(found)
        if not self._docket.is_open(key):
            return NOT_FOUND
        if juror not in self._docket.jurors(key):
            return FORBIDDEN
        if found[3] == "feed":
            return self._feed(key, int(_number(parse_qs(query), "after")))
        if found[3] == "holding":
            held = self.holding(key)
            if held is None:
                return NOT_FOUND
            batches, entries = held
            document = {"batches": batches.hex(), "entries": entries.hex()}
            return Answer(200, canonical_json(document))
        return self._findings(juror, key, int(found[4]))

    def _feed(self, key: RoundKey, after: int) -> Answer:
        statements, known = self._docket.feed(key, after)
        head = canonical_json({"feed": self._docket.feed_id, "next": known})
        # the statements are JSON already
        return Answer(200, head[:-1] + b',"statements":[' + b",".join(statements) + b"]}")

    def _findings(self, juror: str, key: RoundKey, attempt: int) -> Answer:
        """What this juror found: for who has voted, so that nobody can vote by it."""
        vote = self._docket.vote(key, attempt, self._identity["juror"])
        if vote is None:
            return NOT_FOUND
        if self._docket.vote(key, attempt, juror) is None:
            return FORBIDDEN
        return _found(self._docket.body(vote.statement.findings_hash, FINDINGS), is_secret=True)

    def _file(self, cid: str, *, is_root: bool) -> Answer:
        try:
            digest = Digest.from_cid(cid)
        except ValueError:
            return NOT_FOUND
        if is_root:
            # what is too large as one thing may be here as another
            return _found(self._find_root(digest) or self._cache.root_of(digest), BYTES)
        return _found(self._cache.read(digest), BYTES)

    def _slice(self, juror: str, number: int) -> Answer:
        with self._lock:
            sitting = self._sitting
        if juror not in sitting.jurors or number != sitting.slice_number:
            return FORBIDDEN
        return _found(self._give_slice(number), BYTES, is_secret=True)


def _found(body: bytes | None, media_type: str = JSON, *, is_secret: bool = False) -> Answer:
    return NOT_FOUND if body is None else Answer(200, body, media_type, is_secret)


def _key(found: re.Match[str]) -> RoundKey:
    return RoundKey(int(found[1]), bytes.fromhex(found[2]))


def _number(query: dict[str, list[str]], name: str) -> float:
    """A number of a query that is not negative; 0 for none."""
    text = query.get(name, ["0"])[0]
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", text):
        return 0.0
    return float(text)
