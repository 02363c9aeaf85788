"""All that jurors have said of a task's rounds, as far as this juror knows: its docket.

What the juror says itself is on disk before anybody else can see it, and is never said otherwise
for the same purpose. What others say otherwise is kept as evidence. Safe to use from threads: who
asks what was said on a key waits for nobody else's write to the disk.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from fedjury.errors import TransientError
from fedjury.oracle.exchange.docket_file import DocketFile
from fedjury.oracle.exchange.docket_page import Page, Place, RoundStatementT, as_kind, place_of
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.reports import CertificateBody
from fedjury.protocol.statements.signed import RoundKey, RoundStatement, Signed
from fedjury.protocol.statements.vote import Vote

KINDS: tuple[type[RoundStatement], ...] = (Have, Proposal, Vote)
REPORT, FINDINGS, MACS = "report", "findings", "macs"  # kinds of bodies
_MOST_OF_A_SLOT = 2  # that contradict each other: enough for evidence


class AlreadySaid(TransientError):
    """The juror is known to have said otherwise before, by which it goes from then on.

    That becomes known at any time, from other jurors too, to a juror that lost its disk.
    """


class Docket:
    """Keeps statements, in memory and on disk.

    Args:
        path: of the file; None for none, where nothing need outlast the process.
        owner: whose it is: chain, task and juror.

    Attributes:
        feed_id: changes where the order of what is known does.

    Raises:
        ConfigError: the file cannot be used.
    """

    def __init__(self, path: Path | None, owner: Mapping[str, str]) -> None:
        self._file = DocketFile.open(path, owner)
        self._changing = threading.Lock()  # held while the disk writes
        self._lock = threading.Lock()  # of the pages, never held while the disk works
        self._pages: dict[RoundKey, Page] = {}
        self._watchers: list[Callable[[], None]] = []
        self.feed_id = secrets.token_hex(8)
        for key, jurors in self._file.keys().items():
            self._pages[key] = self._read(key, jurors)

    def close(self) -> None:
        """Close the file."""
        with self._changing:
            self._file.close()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have a function called, from whatever thread, whenever something becomes known."""
        self._watchers.append(watcher)

    # --- what becomes known ---

    def open(self, key: RoundKey, jurors: Iterable[str]) -> None:
        """Take up a key, with the round's jury.

        Raises:
            DocketUnwritable: the disk does not take it.
        """
        with self._changing:
            if key in self._pages:
                return
            bench = tuple(jurors)
            self._file.open_key(key, bench)
            page = self._read(key, bench)
            with self._lock:
                self._pages[key] = page
        self._news()

    def say(self, signed: Signed[RoundStatement]) -> None:
        """Keep a statement of the juror's own; once this has returned, others may see it.

        Raises:
            AlreadySaid: it contradicts what the juror has said.
            DocketUnwritable: the disk does not take it, so it is not said.
        """
        statement = signed.statement
        with self._changing:
            page = self._pages[statement.key]
            known = page.said.get(place_of(signed), [])
            if known and known[0].statement.content != statement.content:
                raise AlreadySaid(
                    f"this juror has signed another {statement.kind} {statement.slot} on round "
                    f"{statement.key.round} before, and signs no second one"
                )
            if known:
                return
            self._file.add(signed)
            with self._lock:
                page.enter(signed)
        self._news()

    def hear(self, signed: Signed[RoundStatement]) -> Signed[RoundStatement] | None:
        """Keep a statement of another juror, whose signature was right, if its key is open.

        Returns:
            What the juror has said before, where this contradicts it for the first time.

        Raises:
            DocketUnwritable: the disk does not take it.
        """
        statement = signed.statement
        with self._changing:
            page = self._pages.get(statement.key)
            if page is None:  # forgotten while its feed was on the way
                return None
            known = page.said.get(place_of(signed), [])
            is_known = any(each.statement.content == statement.content for each in known)
            if is_known or len(known) >= _MOST_OF_A_SLOT:
                return None
            self._file.add(signed)
            with self._lock:
                page.enter(signed)
        self._news()
        return known[0] if known else None

    def certify(self, certificate: CertificateBody) -> bool:
        """Keep a certificate, whose signatures were right; the first of a jury's version stays.
        Whether this one is new.

        Raises:
            DocketUnwritable: the disk does not take it.
        """
        with self._changing:
            page = self._pages.get(certificate.body.key)
            if page is None or certificate.body.jury_version in page.certificates:
                return False
            self._file.add_certificate(certificate)
            with self._lock:
                page.enter_certificate(certificate)
        self._news()
        return True

    def keep_body(self, digest: bytes, kind: str, round_number: int, body: bytes) -> None:
        """Keep a report's body, what somebody found, or what MACs have to be, by its digest."""
        self._file.add_body(digest, kind, round_number, body)

    def forget_before(self, round_number: int) -> None:
        """Forget what was said of earlier rounds, but for contradictions."""
        with self._changing:
            with self._lock:
                for key in [key for key in self._pages if key.round < round_number]:
                    del self._pages[key]
            self._file.forget_before(round_number)

    # --- what is known ---

    def jurors(self, key: RoundKey) -> tuple[str, ...]:
        """The jury of a key that is open; nobody where it is not."""
        with self._lock:
            page = self._pages.get(key)
            return page.jurors if page else ()

    def is_past(self, key: RoundKey) -> bool:
        """Whether a later round is open."""
        with self._lock:
            return any(each.round > key.round for each in self._pages)

    def is_open(self, key: RoundKey) -> bool:
        """Whether anything can be known of a key."""
        return bool(self.jurors(key))

    def open_keys(self) -> list[RoundKey]:
        """Those that are open, by number of the round."""
        with self._lock:
            return sorted(self._pages)

    def knows(self, signed: Signed[RoundStatement]) -> bool:
        """Whether a juror is known to say this, or is known to contradict itself anyway."""
        with self._lock:
            page = self._pages.get(signed.statement.key)
            known = page.said.get(place_of(signed), []) if page else []
        content = signed.statement.content
        return len(known) >= _MOST_OF_A_SLOT or any(
            each.statement.content == content for each in known
        )

    def have(self, key: RoundKey, juror: str) -> Signed[Have] | None:
        """A juror's HAVE, the first that it said."""
        return self._first(key, (Have.kind, 0, juror), Have)

    def haves(self, key: RoundKey) -> list[Signed[Have]]:
        """Each juror's HAVE, ascending by juror."""
        found = [self.have(key, juror) for juror in self.jurors(key)]
        return [each for each in found if each is not None]

    def proposal(self, key: RoundKey, attempt: int, leader: str) -> Signed[Proposal] | None:
        """The proposal of an attempt's leader, the first that it made."""
        return self._first(key, (Proposal.kind, attempt, leader), Proposal)

    def proposed(self, key: RoundKey) -> list[int]:
        """Numbers of attempts of which a proposal is known, ascending."""
        with self._lock:
            page = self._pages.get(key)
            return page.proposed() if page else []

    def votes(self, key: RoundKey) -> list[Signed[Vote]]:
        """All votes, contradictions among them, by attempt and juror."""
        with self._lock:
            page = self._pages.get(key)
            return page.votes() if page else []

    def vote(self, key: RoundKey, attempt: int, juror: str) -> Signed[Vote] | None:
        """A juror's vote in an attempt, the first that it gave."""
        return self._first(key, (Vote.kind, attempt, juror), Vote)

    def certificate(self, key: RoundKey, jury_version: int) -> CertificateBody | None:
        """The key's certificate by a version of its jury; None while none is known."""
        return self.certificates(key).get(jury_version)

    def certificates(self, key: RoundKey) -> dict[int, CertificateBody]:
        """All certificates of a key, by version of its jury."""
        with self._lock:
            page = self._pages.get(key)
            return dict(page.certificates) if page else {}

    def body(self, digest: bytes, kind: str) -> bytes | None:
        """What was kept by a digest."""
        return self._file.body(digest, kind)

    def contradictions(self) -> list[tuple[Signed[RoundStatement], Signed[RoundStatement]]]:
        """All pairs of statements of one juror that contradict each other, of all rounds ever."""
        return self._file.contradictions(KINDS)

    def feed(self, key: RoundKey, after: int) -> tuple[list[bytes], int]:
        """What became known of a key, in order.

        Args:
            key: that is open.
            after: how many of these are known already.

        Returns:
            The next of them, as many as an answer may hold, and how many are known then.
        """
        with self._lock:
            page = self._pages.get(key)
            found = page.since(after) if page else []
            return found, after + len(found)

    def keep_announcement(self, signed: Signed[Announcement]) -> None:
        """Keep where a juror is, unless something later is known.

        Raises:
            DocketUnwritable: the disk does not take it.
        """
        with self._changing:
            known = {each.signer: each.statement.issued_at for each in self.announcements()}
            if known.get(signed.signer, -1) >= signed.statement.issued_at:
                return
            self._file.keep_announcement(signed)
        self._news()

    def announcements(self) -> list[Signed[Announcement]]:
        """Where jurors were last, as far as it is known."""
        return self._file.announcements()

    def _read(self, key: RoundKey, jurors: tuple[str, ...]) -> Page:
        page = Page(jurors)
        for signed, certificate in self._file.read(key, KINDS):
            if signed is not None:
                page.enter(signed)
            elif certificate is not None:
                page.enter_certificate(certificate)
        return page

    def _first(
        self, key: RoundKey, place: Place, kind: type[RoundStatementT]
    ) -> Signed[RoundStatementT] | None:
        with self._lock:
            page = self._pages.get(key)
            said = page.said.get(place, []) if page else []
            return as_kind(said[0], kind) if said else None

    def _news(self) -> None:
        for watcher in self._watchers:
            watcher()
