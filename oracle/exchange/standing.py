"""How far a jury of several is with a round, in numbers that say nothing of its samples."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fedjury.oracle.exchange.availability import available
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.peers import Peers


@dataclass(frozen=True)
class Standing:
    """What one juror knows of the closed round that it took up last.

    Attributes:
        attempt: that came to a certificate, or else the newest that has begun; None before the
            first, and of a round that is over without one.
        haves: how many jurors' HAVEs are known.
        votes: most jurors known to have signed the same report, those whose MAC is wrong left out.
        needed: how many have to.
        certified: whether so many are known to have.
        reachable: by address of each other juror, whether it answered when it was asked last.
        lacks: by address of each other juror whose HAVE is known, of how many batches and updates
            it does not claim the files, though more jurors than may lie do.
    """

    attempt: int | None
    haves: int
    votes: int
    needed: int
    certified: bool
    reachable: Mapping[str, bool]
    lacks: Mapping[str, int] = field(default_factory=dict)


def standing_of(joint: JointRound, is_on: bool, docket: Docket, peers: Peers, me: str) -> Standing:
    """How far a round is.

    Args:
        joint: the round.
        is_on: whether it still is.
        docket: all that is said.
        peers: the other jurors.
        me: the juror's address, in lower case.
    """
    key, bench = joint.key, joint.turns.bench
    certificate = docket.certificate(key, joint.admission.jury_version)
    begun = joint.turns.begun(joint.admission.now()) if is_on else 0
    newest = begun - 1 if certificate is None else certificate.body.attempt
    others = [juror for juror in bench.jurors if juror != me]
    unreachable = peers.unreachable(others)
    votes = {
        (vote.statement.report_digest, vote.signer)
        for vote in docket.votes(key)
        if vote.signer not in joint.wrong_macs
    }
    signed = Counter(report for report, _ in votes)
    haves = docket.haves(key)
    held = available(haves, bench, joint.admission.extent)
    return Standing(
        attempt=newest if newest >= 0 else None,
        haves=len(haves),
        votes=max(signed.values(), default=0),
        needed=bench.quorum,
        certified=certificate is not None,
        reachable={juror: juror not in unreachable for juror in others},
        lacks={juror: sum(held.unclaimed(juror)) for juror in others if juror in held.claims},
    )
