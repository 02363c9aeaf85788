"""Holding the votes of others against this juror's own: have they judged, and found the same?"""

from fedjury.oracle.exchange.docket import FINDINGS, Docket
from fedjury.oracle.exchange.events import JurorsDiffer, WrongMac
from fedjury.oracle.exchange.findings import Divergence, divergences
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.paths import findings_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.findings import Findings, most_findings_bytes
from fedjury.protocol.statements.mac import is_mac
from fedjury.protocol.statements.signed import Signed
from fedjury.protocol.statements.vote import Vote
from fedjury.runtime.events import Listener

_SECONDS = 10.0
_MOST_TOLD = 20  # of the updates on which two jurors differ


class Comparing:
    """Compares votes.

    Args:
        me: the juror's address, in lower case.
        docket: has the votes; keeps what others found.
        peers: the other jurors.
        listener: is told who has not judged, and who found what else.
    """

    def __init__(self, me: str, docket: Docket, peers: Peers, listener: Listener) -> None:
        self._me, self._docket, self._peers = me, docket, peers
        self._listener = listener

    def compare(self, joint: JointRound, salt: bytes) -> None:
        """Compare the votes of all attempts that this juror has judged.

        Args:
            joint: the round.
            salt: of its slice.
        """
        for vote in self._docket.votes(joint.key):
            attempt, juror = vote.statement.attempt, vote.signer
            place = (attempt, juror, vote.statement.report_digest)
            if juror == self._me or attempt not in joint.drafts or place in joint.compared:
                continue
            if self._is_compared(joint, vote, salt):
                joint.compared.add(place)

    def _is_compared(self, joint: JointRound, vote: Signed[Vote], salt: bytes) -> bool:
        said, mine = vote.statement, joint.drafts[vote.statement.attempt]
        if said.report_digest == mine.digest:
            if not is_mac(said.mac, salt, vote.signer, mine.digest, mine.seen):
                joint.wrong_macs[vote.signer] = said.attempt
                self._listener(
                    WrongMac(round=joint.number, attempt=said.attempt, juror=vote.signer)
                )
            return True
        found = self._findings_of(joint, vote)
        if found is None:
            return False
        joint.differing[vote.signer] = said.attempt
        others = divergences(mine.findings, found)
        for each in others[:_MOST_TOLD] or [Divergence("the reports differ, the findings do not")]:
            self._tell(joint, vote, each, mine.findings.software)
        return True

    def _findings_of(self, joint: JointRound, vote: Signed[Vote]) -> Findings | None:
        """What another juror found; None where it does not say it now."""
        said = vote.statement
        target = findings_target(joint.key, said.attempt)
        most = most_findings_bytes(joint.admission.extent.entries)
        try:
            answer = self._peers.ask(vote.signer, target, most, _SECONDS)
        except (PeerUnavailable, PeerRefused, PeerWrong):
            return None
        try:
            found = Findings.from_bytes(answer)
        except ValueError as error:
            self._peers.blame(vote.signer, f"its findings are none: {error}")
            return None
        if found.hash != said.findings_hash:
            self._peers.blame(vote.signer, "its findings are not those that its vote names")
            return None
        self._docket.keep_body(found.hash, FINDINGS, joint.number, answer)
        return found

    def _tell(self, joint: JointRound, vote: Signed[Vote], what: Divergence, software: str) -> None:
        self._listener(
            JurorsDiffer(
                round=joint.number,
                attempt=vote.statement.attempt,
                juror=vote.signer,
                update=what.update,
                code=what.code,
                other_code=what.other_code,
                count=what.count,
                other_count=what.other_count,
                software=software,
                other_software=vote.statement.software,
                reason=what.reason,
            )
        )
