"""Who of the others does not do its part in a round: files kept back, and turns not taken.

Each is what one juror sees and no proof to others. Source: docs/protocol/exchange.md.
"""

from dataclasses import dataclass, field

from fedjury.oracle.exchange.availability import available
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.lapse_events import FilesUnclaimed, FileUnserved, LeaderSilent
from fedjury.oracle.exchange.peers import Peers
from fedjury.oracle.exchange.sources import Sources
from fedjury.protocol.statements.signed import RoundKey
from fedjury.runtime.events import Listener


@dataclass
class _Seen:
    """What was seen of a round.

    Attributes:
        joint: the round.
        first: the first attempt that began after this juror knew a quorum's HAVEs; None before.
        attended: attempts from that one on in whose time this juror looked, and how often their
            leaders had answered by the first such look.
        missed: attempts in whose time a look found that their leaders did not answer.
        quiet: attempts that were over without a proposal at the last look.
        silent: attempts whose leaders were told of.
    """

    joint: JointRound
    first: int | None = None
    attended: dict[int, int] = field(default_factory=dict)
    missed: set[int] = field(default_factory=set)
    quiet: set[int] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)


class Lapses:
    """Tells of jurors that do not do their part, once a round or attempt.

    Args:
        me: the juror's address, in lower case.
        docket: all that is said.
        peers: the other jurors.
        sources: knows who did not give what it says it holds.
        listener: is told.
    """

    def __init__(
        self, me: str, docket: Docket, peers: Peers, sources: Sources, listener: Listener
    ) -> None:
        self._me, self._docket, self._peers = me, docket, peers
        self._sources, self._listener = sources, listener
        self._seen: _Seen | None = None
        self._unclaimed: set[tuple[RoundKey, str]] = set()

    def look(self, joint: JointRound) -> None:
        """See what is known by now; once a cycle, after the others were heard."""
        if self._seen is None or self._seen.joint is not joint:
            self._seen = _Seen(joint)
            self._unclaimed = {each for each in self._unclaimed if each[0].round == joint.number}
        self._tell_unclaimed(joint)
        self._tell_silent(self._seen)

    def look_back(self, joint: JointRound) -> None:
        """The same once the round is over: leaders are looked at up to the attempt that a quorum
        signed in, if that is known."""
        if self._docket.certificate(joint.key, joint.admission.jury_version) is not None:
            self.look(joint)

    def tell_unserved(self, joint: JointRound) -> None:
        """Tell who did not give what it says it holds; while the round's files are wanted."""
        for juror, digest, reason in self._sources.take_unserved():
            joint.unserved[juror] = digest.cid
            self._listener(
                FileUnserved(round=joint.number, juror=juror, cid=digest.cid, reason=reason)
            )

    def _tell_unclaimed(self, joint: JointRound) -> None:
        haves = self._docket.haves(joint.key)
        found = available(haves, joint.turns.bench, joint.admission.extent)
        for juror in sorted(found.claims.keys() - joint.unclaimed.keys() - {self._me}):
            batches, updates = found.unclaimed(juror)
            if batches or updates:
                joint.unclaimed[juror] = batches + updates
                if (joint.key, juror) in self._unclaimed:
                    continue  # the round was taken up anew, as under another jury's version
                self._unclaimed.add((joint.key, juror))
                self._listener(
                    FilesUnclaimed(
                        round=joint.number, juror=juror, updates=updates, batches=batches
                    )
                )

    def _tell_silent(self, seen: _Seen) -> None:
        """Tell of an attempt that this juror attended, at the second look after its time: by then,
        if it stood still itself for a while, it has heard what was said meanwhile."""
        joint = seen.joint
        turns, begun = joint.turns, joint.admission.begun
        if seen.first is None:
            if len(self._docket.haves(joint.key)) >= turns.bench.quorum:
                seen.first = begun
            return
        if begun > seen.first:
            self._attend(seen, begun - 1)
        certificate = self._docket.certificate(joint.key, joint.admission.jury_version)
        over = begun - 1 if certificate is None else min(begun - 1, certificate.body.attempt)
        past = seen.attended.keys() - seen.missed - seen.silent
        quiet = {each for each in past if each < over and self._is_quiet(seen, each)}
        for attempt in sorted(quiet & seen.quiet):
            seen.silent.add(attempt)
            leader = turns.leader(attempt)
            joint.silent[leader] = attempt
            self._listener(LeaderSilent(round=joint.number, attempt=attempt, juror=leader))
        seen.quiet = quiet

    def _attend(self, seen: _Seen, attempt: int) -> None:
        """Look in the time of an attempt: who was not to be reached in it may not have had it."""
        leader = seen.joint.turns.leader(attempt)
        seen.attended.setdefault(attempt, self._peers.answers(leader))
        if self._peers.unreachable([leader]):
            seen.missed.add(attempt)

    def _is_quiet(self, seen: _Seen, attempt: int) -> bool:
        """Whether nothing is known of an attempt that its leader had to make, who has answered
        since: who judges by an earlier proposal may be too busy to lead."""
        leader = seen.joint.turns.leader(attempt)
        if leader == self._me or self._peers.unreachable([leader]):
            return False
        if self._peers.answers(leader) <= seen.attended[attempt]:
            return False
        return all(each > attempt for each in self._docket.proposed(seen.joint.key))
