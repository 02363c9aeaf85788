"""Following what another juror knows of a round: pulled, checked, and kept."""

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fedjury.checks.json_values import parse_json
from fedjury.oracle.exchange.admission import Admission, NotAdmitted, TooEarly
from fedjury.oracle.exchange.docket import KINDS, Docket
from fedjury.oracle.exchange.docket_file import DocketUnreadable, DocketUnwritable
from fedjury.oracle.exchange.events import CertificateKnown, Equivocation
from fedjury.oracle.exchange.paths import feed_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.reports import CertificateBody
from fedjury.protocol.statements.signed import RoundKey, RoundStatement, Signed, signed_from
from fedjury.runtime.events import Listener

MOST_FEED_BYTES = 10 * 2**20
_TIMEOUT = 10.0
_MOST_WRONG = 3  # statements of one answer, after which the rest of it is not looked at


@dataclass
class _Cursor:
    """How far a juror's feed on a key is known.

    Attributes:
        feed_id: of the feed; another one begins anew.
        after: how many statements of it are known.
        early: how many attempts had begun when it said something of one that is far off, which
            may be taken later; None while it did not.
    """

    feed_id: str = ""
    after: int = 0
    early: int | None = None


class Following:
    """Pulls what the other jurors know of the key that is on. Safe to use from threads.

    Args:
        docket: keeps what is right.
        peers: the other jurors.
        listener: is told of certificates and of who contradicts himself.
    """

    def __init__(self, docket: Docket, peers: Peers, listener: Listener) -> None:
        self._docket, self._peers, self._listener = docket, peers, listener
        self._lock = threading.Lock()
        self._admission: Admission | None = None
        self._cursors: dict[str, _Cursor] = {}

    def begin(self, admission: Admission) -> None:
        """From now on this round is followed."""
        with self._lock:
            if self._admission is None or self._admission.key != admission.key:
                self._cursors = {}
            self._admission = admission

    @property
    def key(self) -> RoundKey | None:
        """What is followed; None before the first round."""
        with self._lock:
            return None if self._admission is None else self._admission.key

    def pull(self, juror: str, wait: float = 0.0) -> bool:
        """Take over what a juror knows.

        Args:
            juror: who is asked.
            wait: seconds that it may wait for news before it answers.

        Returns:
            Whether the juror answered, with nothing wrong in it, and what is new was kept.
        """
        with self._lock:
            admission = self._admission
            cursor = self._cursors.setdefault(juror, _Cursor())
        if admission is None:
            return False
        _look_again(cursor, admission)
        target = feed_target(admission.key, cursor.after, wait)
        try:
            answer = self._peers.ask(juror, target, MOST_FEED_BYTES, wait + _TIMEOUT)
            feed_id, statements = _read(answer)
        except (PeerUnavailable, PeerWrong):
            return False
        except PeerRefused:
            return True  # it has not taken the round up yet
        except (ValueError, RecursionError) as error:
            self._peers.blame(juror, f"its feed is none: {error}")
            return False
        if feed_id != cursor.feed_id and cursor.after:
            cursor.after, statements = 0, []  # it begins anew
        cursor.feed_id = feed_id
        # the juror's own cycle tells of its disk; what it does not take is asked for again
        with suppress(DocketUnwritable, DocketUnreadable):
            return self._take_all(juror, admission, cursor, statements)
        return False

    def _take_all(
        self, juror: str, admission: Admission, cursor: _Cursor, statements: list[Any]
    ) -> bool:
        """Keep what is right of an answer, as far as it is not wrong too often: to find out that a
        signature is wrong takes as much time as to find it right."""
        wrong = 0
        for document in statements:
            try:
                self.take(document, admission)
            except TooEarly as error:
                if cursor.early is None:
                    self._peers.blame(juror, str(error))
                cursor.early = admission.begun
            except ValueError as error:
                wrong += 1
                self._peers.blame(juror, str(error))
            cursor.after += 1
            if wrong == _MOST_WRONG:
                break
        return not wrong

    def take(self, document: Any, admission: Admission) -> None:
        """Keep one statement or certificate of a feed.

        Raises:
            ValueError: it is none, or cannot be so.
        """
        if not isinstance(document, dict):
            raise NotAdmitted("what is no statement")
        if document.get("kind") == "certificate":
            self._take_certificate(CertificateBody.from_document(document), admission)
            return
        signed = signed_from(document, *KINDS)
        assert isinstance(signed.statement, RoundStatement)
        statement = Signed(signed.statement, signed.signer, signed.signature)
        if self._docket.knows(statement):
            return
        admission.require(statement)
        if isinstance(signed.statement, Proposal):
            # who said otherwise to its leader than to others is found out
            for have in signed.statement.signed_haves:
                self._hear(have)
        self._hear(statement)

    def _hear(self, signed: Signed[RoundStatement]) -> None:
        if self._docket.hear(signed) is None:
            return
        statement = signed.statement
        self._listener(
            Equivocation(
                round=statement.key.round,
                juror=signed.signer,
                kind=statement.kind,
                attempt=statement.slot,
            )
        )

    def _take_certificate(self, certificate: CertificateBody, admission: Admission) -> None:
        if self._docket.certificate(admission.key, certificate.body.jury_version) is not None:
            return
        tell_certificate(certificate, admission, self._docket, self._listener)


def _look_again(cursor: _Cursor, admission: Admission) -> None:
    """Begin a feed anew in which something came too early, once another attempt has begun."""
    if cursor.early is not None and cursor.early != admission.begun:
        cursor.after, cursor.early = 0, None


def tell_certificate(
    certificate: CertificateBody, admission: Admission, docket: Docket, listener: Listener
) -> None:
    """Keep a certificate that is right, and tell of it once: of one by the version of the jury that
    the round is under, since no other is the round's.

    Raises:
        NotAdmitted: it is not right.
    """
    signers = admission.require_certificate(certificate)
    body = certificate.body
    if docket.certify(certificate) and body.jury_version == admission.jury_version:
        listener(CertificateKnown(round=body.round, attempt=body.attempt, signers=signers))


def _read(answer: bytes) -> tuple[str, list[Any]]:
    """Which feed it is, and what comes next in it: how far that is follows from how much comes.

    Raises ValueError, RecursionError.
    """
    document = parse_json(answer)
    if not isinstance(document, dict):
        raise ValueError("no object")
    feed_id, statements = document.get("feed"), document.get("statements")
    if not isinstance(feed_id, str) or len(feed_id) > 80:
        raise ValueError("it does not say which one it is")
    if not isinstance(statements, list):
        raise ValueError("it has no statements")
    return feed_id, statements
