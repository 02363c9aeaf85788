"""Holding the votes of others against this juror's own: have they judged, and found the same?"""

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest

from fedjury.oracle.exchange.docket import FINDINGS, MACS, Docket
from fedjury.oracle.exchange.events import JurorsDiffer, MachineDiffers, WrongMac
from fedjury.oracle.exchange.findings import Divergence, divergences
from fedjury.oracle.exchange.joint_round import Found, JointRound
from fedjury.oracle.exchange.paths import findings_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.findings import Findings, most_findings_bytes
from fedjury.protocol.statements.mac import MAC_BYTES
from fedjury.protocol.statements.signed import Signed
from fedjury.protocol.statements.vote import Vote
from fedjury.runtime.events import Listener

_SECONDS = 3.0
_AGAIN_SECONDS = 10.0  # between two questions to a juror that does not say what it found
_MOST_TOLD = 20  # of the updates on which two jurors differ


class Comparing:
    """Compares votes.

    Args:
        me: the juror's address, in lower case.
        docket: has the votes; keeps what others found.
        peers: the other jurors.
        listener: is told who has not judged, and who found what else.
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
        self._not_before: dict[str, float] = {}

    def recall(self, joint: JointRound) -> None:
        """Know again, after a restart, what this juror found in the attempts that it voted in.

        Of an attempt whose vote came back from others, as the disk was lost, it knows nothing.

        Raises:
            DocketUnreadable: the disk does not give it.
        """
        for vote in self._docket.votes(joint.key):
            if vote.signer == self._me and (found := self._kept(joint, vote.statement)) is not None:
                joint.found[vote.statement.attempt] = found

    def _kept(self, joint: JointRound, vote: Vote) -> Found | None:
        """What the juror found when it gave a vote; None where its docket does not have that."""
        jurors = joint.turns.bench.jurors
        expected = self._docket.body(vote.mac, MACS)
        findings = self._docket.body(vote.findings_hash, FINDINGS)
        if expected is None or findings is None:
            return None
        pieces = (expected[at : at + MAC_BYTES] for at in range(0, len(expected), MAC_BYTES))
        with suppress(ValueError):  # as another version may have written them
            macs = dict(zip(jurors, pieces, strict=True))
            return Found(vote.report_digest, Findings.from_bytes(findings), macs)
        return None

    def check_macs(self, joint: JointRound) -> None:
        """See who has voted for this juror's report without having judged. Asks nobody.

        A MAC says no more than that two jurors saw different samples right. Who sees as this one
        does, with this one, has to hold an honest juror before another is said not to have judged;
        and if more jurors than may lie see otherwise, they are not all wrong.
        """
        right, wrong = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        for vote in self._docket.votes(joint.key):
            said, juror = vote.statement, vote.signer
            mine = joint.found.get(said.attempt)
            if mine is None or said.report_digest != mine.digest:
                continue
            is_right = juror == self._me or compare_digest(said.mac, mine.macs[juror])
            (right if is_right else wrong)[said.attempt].add(juror)
        for attempt, jurors in wrong.items():
            self._name(joint, attempt, right[attempt] | {self._me}, jurors)

    def _name(self, joint: JointRound, attempt: int, right: set[str], wrong: set[str]) -> None:
        """Tell of the jurors of an attempt whose MACs are wrong, if that can be said of them."""
        bench = joint.turns.bench
        if len(wrong) > bench.faulty:
            joint.unjudged -= {(attempt, juror) for juror in wrong}
            joint.wrong_macs = {
                juror: last for juror, last in joint.wrong_macs.items() if juror not in wrong
            }
            if attempt not in joint.sees_otherwise:
                joint.sees_otherwise.add(attempt)
                self._listener(
                    MachineDiffers(round=joint.number, attempt=attempt, jurors=sorted(wrong))
                )
            return
        if len(right) < bench.needed:
            return
        for juror in sorted(wrong):
            if (attempt, juror) not in joint.unjudged:
                joint.unjudged.add((attempt, juror))
                joint.wrong_macs[juror] = attempt
                self._listener(WrongMac(round=joint.number, attempt=attempt, juror=juror))

    def ask(self, joint: JointRound) -> None:
        """Ask one juror who found something else what that is.

        One at a time, and each now and then only: who does not answer takes none of the time that
        a round needs.
        """
        for vote in reversed(self._docket.votes(joint.key)):
            said, juror = vote.statement, vote.signer
            mine, place = joint.found.get(said.attempt), (said.attempt, juror, said.report_digest)
            if mine is None or juror == self._me or said.report_digest == mine.digest:
                continue
            if place in joint.compared or self._clock() < self._not_before.get(juror, 0.0):
                continue
            found = self._findings_of(joint, vote)
            if found is not None:
                joint.compared.add(place)
                self._compare(joint, vote, mine.findings, found)
            return

    def _compare(
        self, joint: JointRound, vote: Signed[Vote], mine: Findings, found: Findings
    ) -> None:
        joint.differing[vote.signer] = vote.statement.attempt
        others = divergences(mine, found)
        for each in others[:_MOST_TOLD] or [Divergence("the reports differ, the findings do not")]:
            self._tell(joint, vote, each, mine.software)

    def _findings_of(self, joint: JointRound, vote: Signed[Vote]) -> Findings | None:
        """What another juror found; None where it does not say it now."""
        said = vote.statement
        target = findings_target(joint.key, said.attempt)
        most = most_findings_bytes(joint.admission.extent.entries)
        try:
            answer = self._peers.ask(vote.signer, target, most, _SECONDS)
        except PeerRefused:  # it does not know yet that this juror has voted
            return None
        except (PeerUnavailable, PeerWrong):
            self._not_before[vote.signer] = self._clock() + _AGAIN_SECONDS
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
