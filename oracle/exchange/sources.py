"""A round's files from the store, and from other jurors where these hold them."""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from fedjury.errors import ContentError, ContentTooLarge, NotAFile, StoreUnavailable
from fedjury.oracle.exchange.availability import Available
from fedjury.oracle.exchange.bitmaps import unpack
from fedjury.oracle.exchange.loans import Loan, Room
from fedjury.oracle.exchange.paths import file_target, holding_target, root_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.oracle.round_files import Wanted
from fedjury.protocol.digest import Digest
from fedjury.protocol.oversize import proven_bytes
from fedjury.protocol.statements.fields import MOST_BITMAP_BYTES
from fedjury.protocol.statements.signed import RoundKey
from fedjury.protocol.unixfs_root import MAX_ROOT_BYTES
from fedjury.store import ContentStore

_LOOK_SECONDS = 2.0  # between two looks at what others hold
_HOLDING_BYTES = 4 * MOST_BITMAP_BYTES + 1000
_HOLDING_TIMEOUT = 3.0
_LEAST_SECONDS = 0.05  # for any question
_SHARE = 0.5  # of the time for a file that others may take before the store is asked


class Sources:
    """The content store of a juror, with other jurors behind it (`fedjury.store.ContentStore`).

    Args:
        store: of the task, by the juror's own way to it.
        peers: the other jurors.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, store: ContentStore, peers: Peers, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._peers, self._clock = store, peers, clock
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._key: RoundKey | None = None
        self._jurors: tuple[str, ...] = ()
        self._wanted: Wanted | None = None
        self._claims: Available | None = None
        self._holders: dict[Digest, list[str]] = {}
        self._unserved: list[tuple[str, Digest, str]] = []
        self._named: set[str] = set()
        self._failures = Counter[str]()
        self._room = Room()
        self._looked_at = float("-inf")

    @property
    def name(self) -> str:
        return f"{self._store.name} and the other jurors"

    def begin(self, key: RoundKey, others: Sequence[str]) -> None:
        """From now on the files of this round are wanted.

        Args:
            key: of the round.
            others: jurors who may hold them.
        """
        with self._lock:
            if key != self._key:
                self._key, self._jurors = key, tuple(others)
                self._holders, self._claims = {}, None
                self._unserved, self._named = [], set()
                self._wanted, self._failures = None, Counter()
                self._looked_at = float("-inf")

    def go_by(self, claims: Available) -> None:
        """From now on the files are wanted that are available by what these jurors say."""
        with self._lock:
            self._claims = claims

    def expect(self, wanted: Wanted) -> None:
        """These are the files."""
        with self._lock:
            self._wanted, claims = wanted, self._claims
            self._looked_at = float("-inf")
        if claims is None:
            return
        self._hold((each, claims.claimants(batch=i)) for i, each in enumerate(wanted.batches))
        self._hold(
            (each, claims.claimants(entry=place))
            for place, each in enumerate(wanted.entries)
            if each is not None
        )

    def wanted(self, key: RoundKey) -> Wanted | None:
        """The files of the round that is on; None of another round, or while it is not known which
        they are."""
        with self._lock:
            return self._wanted if key == self._key else None

    def _hold(self, holders: Iterable[tuple[Digest, Sequence[str]]]) -> None:
        """These jurors say that they hold these files."""
        with self._lock:
            for digest, jurors in holders:
                known = self._holders.setdefault(digest, [])
                known += [each for each in jurors if each not in known and each in self._jurors]

    def take_unserved(self) -> list[tuple[str, Digest, str]]:
        """Who refused a file that it says it holds, or gave something else, and why; of each juror
        the first one of the round, told once. Who does not answer is not among them."""
        with self._lock:
            found, self._unserved = self._unserved, []
            return found

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        """As `ContentStore.receive`; jurors who hold the file are asked first."""
        end = self._clock() + timeout
        if (early := self._from_peers(digest, max_bytes, timeout * _SHARE)) is not None:
            return early
        try:
            content = self._store.receive(
                digest, max_bytes, max(end - self._clock(), _LEAST_SECONDS)
            )
        except (ContentTooLarge, NotAFile):
            raise
        except (ContentError, StoreUnavailable):
            if (late := self._late(digest, max_bytes, end)) is None:
                raise
            return late
        return lambda: self._content(content, digest, max_bytes, end)

    def _content(
        self, content: Callable[[], bytes], digest: Digest, max_bytes: int, end: float
    ) -> bytes:
        """What the store gives, or else another juror."""
        try:
            return content()
        except (ContentTooLarge, NotAFile):
            raise
        except (ContentError, StoreUnavailable):
            if (late := self._late(digest, max_bytes, end)) is None:
                raise
            return late()

    def _late(self, digest: Digest, max_bytes: int, end: float) -> Loan | None:
        """A file that the store does not give, from a juror who holds it."""
        self._look()
        return self._from_peers(digest, max_bytes, max(end - self._clock(), 0.5))

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        """As `ContentStore.fetch`."""
        return self.receive(digest, max_bytes, timeout)()

    def add(self, data: bytes) -> Digest:
        return self._store.add(data)

    def keep(self, digest: Digest, timeout: float) -> None:
        self._store.keep(digest, timeout)

    def release(self, digest: Digest) -> None:
        self._store.release(digest)

    def check(self) -> None:
        self._store.check()

    def _from_peers(self, digest: Digest, max_bytes: int, timeout: float) -> Loan | None:
        with self._lock:
            holders = list(self._holders.get(digest, ()))
        if not holders:
            return None
        with self._lock:  # who gave nothing or something else before is asked last
            holders.sort(key=lambda juror: self._failures[juror])
        began = self._clock()
        give_back = self._room.take(max_bytes, timeout)
        if give_back is None:
            return None
        data, left = None, timeout - (self._clock() - began)
        try:
            data = self._ask_each(holders, digest, max_bytes, max(left, _LEAST_SECONDS))
        finally:
            if data is None:
                give_back()
        return None if data is None else Loan(data, give_back)

    def _ask_each(
        self, holders: Sequence[str], digest: Digest, max_bytes: int, timeout: float
    ) -> bytes | None:
        for juror in holders:
            seconds = timeout / len(holders)
            try:
                data = self._peers.ask(
                    juror, file_target(digest), max_bytes, seconds, is_blamed=False
                )
            except PeerUnavailable:
                self._failed(juror)
                continue
            except (PeerRefused, PeerWrong) as error:
                if not self._has_no_proof(juror, digest, max_bytes, seconds):
                    self._failed(juror)
                    continue
                if isinstance(error, PeerWrong):
                    self._peers.blame(juror, str(error))
                self._note(juror, digest, str(error))
                continue
            if Digest.of(data) == digest:
                return data
            self._note(juror, digest, "it gives other bytes")
            self._peers.blame(juror, f"other bytes in place of {digest.cid}")
        return None

    def _has_no_proof(self, juror: str, digest: Digest, max_bytes: int, timeout: float) -> bool:
        """Whether a juror who does not give a file, or gives a larger one, does not prove it too
        large either; False where it does not answer that now.

        Raises:
            ContentTooLarge: it proves that.
        """
        try:
            root = self._peers.ask(juror, root_target(digest), MAX_ROOT_BYTES, timeout)
        except PeerUnavailable:
            return False
        except (PeerRefused, PeerWrong):
            return True
        size = proven_bytes(digest, root)
        if size is None:
            self._peers.blame(juror, f"a proof that {digest.cid} is too large, which is none")
        elif size > max_bytes:
            raise ContentTooLarge(f"{digest.cid} has {size} bytes, {max_bytes} at most", root)
        return True

    def _note(self, juror: str, digest: Digest, reason: str) -> None:
        self._failed(juror)
        with self._lock:
            if juror not in self._named:
                self._named.add(juror)
                self._unserved.append((juror, digest, reason))

    def _failed(self, juror: str) -> None:
        with self._lock:
            self._failures[juror] += 1

    def _look(self) -> None:
        """Ask the others what they hold, unless that was a moment ago."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            with self._lock:
                key, jurors, wanted = self._key, self._jurors, self._wanted
                is_due = self._clock() - self._looked_at >= _LOOK_SECONDS
            if key is None or wanted is None or not is_due:
                return
            holders: dict[Digest, list[str]] = defaultdict(list)
            for juror in jurors:
                for digest in self._held_by(juror, key, wanted):
                    holders[digest].append(juror)
            self._hold(holders.items())
            with self._lock:
                self._looked_at = self._clock()
        finally:
            self._looking.release()

    def _held_by(self, juror: str, key: RoundKey, wanted: Wanted) -> list[Digest]:
        try:
            answer = self._peers.ask(juror, holding_target(key), _HOLDING_BYTES, _HOLDING_TIMEOUT)
        except (PeerUnavailable, PeerRefused, PeerWrong):
            return []
        try:
            document = json.loads(answer)
            batches = unpack(bytes.fromhex(document["batches"]), len(wanted.batches))
            held = [each for each, bit in zip(wanted.batches, batches, strict=True) if bit]
            entries_held = bytes.fromhex(document["entries"])
            if wanted.entries and entries_held:  # nothing while it has not read the batches
                entries = unpack(entries_held, len(wanted.entries))
                both = zip(wanted.entries, entries, strict=True)
                held += [digest for digest, bit in both if bit and digest is not None]
        except (ValueError, KeyError, TypeError, RecursionError):
            self._peers.blame(juror, "what it holds is no answer")
            return []
        return held
