"""How far a jury of several is with a round, in numbers that say nothing of its samples."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fedjury.oracle.exchange.availability import available
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.joint_round import JointRound


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
        software: by address of each juror that voted, and of this one, name and version of the
            program that it runs, as its newest vote says.
    """

    attempt: int | None
    haves: int
    votes: int
    needed: int
    certified: bool
    reachable: Mapping[str, bool]
    lacks: Mapping[str, int] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)


def standing_of(joint: JointRound, is_on: bool, exchange: Exchange, me: str) -> Standing:
    """How far a round is.

    Args:
        joint: the round.
        is_on: whether it still is.
        exchange: the juror's part of the exchange.
        me: the juror's address, in lower case.
    """
    key, bench, docket = joint.key, joint.turns.bench, exchange.docket
    certificate = docket.certificate(key, joint.admission.jury_version)
    begun = joint.turns.begun(joint.admission.now()) if is_on else 0
    newest = begun - 1 if certificate is None else certificate.body.attempt
    others = [juror for juror in bench.jurors if juror != me]
    unreachable = exchange.peers.unreachable(others)
    votes = docket.votes(key)
    counting = {
        (vote.statement.report_digest, vote.signer)
        for vote in votes
        if vote.signer not in joint.wrong_macs
    }
    signed = Counter(report for report, _ in counting)
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
        software={vote.signer: vote.statement.software for vote in votes} | {me: exchange.software},
    )
