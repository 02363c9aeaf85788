"""From a quorum's votes on one report to a certificate, and whose turn it is to send it."""

import time
from collections import defaultdict
from collections.abc import Callable

from fedjury.oracle.exchange.admission import NotAdmitted
from fedjury.oracle.exchange.docket import REPORT, Docket
from fedjury.oracle.exchange.following import tell_certificate
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.paths import report_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.reports import CertificateBody, ReportBody, most_report_bytes
from fedjury.protocol.statements.signed import Signed
from fedjury.protocol.statements.vote import Vote
from fedjury.runtime.events import Listener

_SECONDS = 10.0


class Certifying:
    """Makes certificates.

    Args:
        me: the juror's address, in lower case.
        docket: has the votes, and keeps certificates.
        peers: the other jurors, who have the reports.
        listener: is told of a certificate.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        me: str,
        docket: Docket,
        peers: Peers,
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._me, self._docket, self._peers = me, docket, peers
        self._listener, self._clock = listener, clock

    def known(self, joint: JointRound) -> CertificateBody | None:
        """The round's certificate, as far as the contract takes it; None while none is known."""
        return self._docket.certificate(joint.key, joint.admission.jury_version)

    def certify(self, joint: JointRound) -> None:
        """Keep a certificate, if a quorum has voted for one report.

        Votes by somebody who is known not to have judged do not count.

        Raises:
            DocketUnwritable: the disk does not take it.
        """
        by_report: dict[bytes, dict[str, Signed[Vote]]] = defaultdict(dict)
        for vote in self._docket.votes(joint.key):
            if (vote.statement.attempt, vote.signer) not in joint.unjudged:
                by_report[vote.statement.report_digest][vote.signer] = vote
        for digest, votes in by_report.items():
            if len(votes) < joint.turns.bench.quorum:
                continue
            body = self._body(joint, digest, votes)
            if body is not None and body.jury_version == joint.admission.jury_version:
                ordered = [votes[juror] for juror in joint.turns.bench.jurors if juror in votes]
                signatures = b"".join(each.statement.report_signature for each in ordered)
                certificate = CertificateBody(body=body, signatures=signatures)
                tell_certificate(certificate, joint.admission, self._docket, self._listener)
                return

    def is_due(self, joint: JointRound, certificate: CertificateBody) -> bool:
        """Whether it is this juror's turn to send the report."""
        if joint.certain_since is None:
            joint.certain_since = self._clock()
        patience = joint.turns.patience(self._me, certificate.body.attempt)
        return self._clock() - joint.certain_since >= patience

    def _body(
        self, joint: JointRound, digest: bytes, votes: dict[str, Signed[Vote]]
    ) -> ReportBody | None:
        """A report by what is signed of it; None where nobody gives it now."""
        kept = self._docket.body(digest, REPORT)
        if kept is not None:
            return ReportBody.from_bytes(kept)
        most = most_report_bytes(joint.admission.extent.entries)
        for juror in votes:
            try:
                answer = self._peers.ask(juror, report_target(digest), most, _SECONDS)
            except (PeerUnavailable, PeerRefused, PeerWrong):
                continue
            try:
                body = ReportBody.from_bytes(answer)
                joint.admission.require_body(body)
                if joint.admission.digest(body) != digest:
                    raise NotAdmitted("a report that is not the one that it signed")
            except ValueError as error:
                self._peers.blame(juror, str(error))
                continue
            self._docket.keep_body(digest, REPORT, joint.number, answer)
            return body
        return None
