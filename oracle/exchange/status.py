"""How far a juror is, for the others of its jury and for who runs it."""

from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.protocol.statements.signed import RoundKey

# The reason is for this juror's log alone: another could announce addresses in this one's network,
# and ask what was found there.
_SILENT = "it does not answer"


def status_document(joint: JointRound | None, exchange: Exchange, me: str) -> dict[str, object]:
    """What ``/status`` answers beside who the juror is.

    Args:
        joint: the round that was taken up last; None before the first.
        exchange: the juror's part of the exchange.
        me: the juror's address, in lower case.
    """
    if joint is None:
        return {"round": None, "step": "no closed round seen yet"}
    others, version = joint.turns.bench.jurors, joint.admission.jury_version
    return {
        **said_document(exchange.docket, joint.key),
        "certified": exchange.docket.certificate(joint.key, version) is not None,
        "step": step_of(joint, exchange, me),
        "wrong_macs": dict(joint.wrong_macs),
        "differing": dict(joint.differing),
        "unserved": dict(joint.unserved),
        "unclaimed": dict(joint.unclaimed),
        "silent": dict(joint.silent),
        "unreachable": dict.fromkeys(exchange.peers.unreachable(others), _SILENT),
    }


def said_document(docket: Docket, key: RoundKey) -> dict[str, object]:
    """What jurors said on a key.

    Args:
        docket: has it.
        key: that is open.
    """
    votes: dict[str, dict[str, str]] = {}
    for vote in docket.votes(key):
        of_attempt = votes.setdefault(str(vote.statement.attempt), {})
        of_attempt[vote.signer] = "0x" + vote.statement.report_digest.hex()
    return {
        "round": key.round,
        "updates_hash": "0x" + key.updates_hash.hex(),
        "haves": [each.signer for each in docket.haves(key)],
        "proposals": docket.proposed(key),
        "votes": votes,
        "certified": bool(docket.certificates(key)),
    }


def step_of(joint: JointRound, exchange: Exchange, me: str) -> str:
    """What a juror is at: ``files``, ``proposal``, ``votes`` or ``certificate``."""
    docket, key = exchange.docket, joint.key
    if docket.certificate(key, joint.admission.jury_version) is not None:
        return "certificate"
    if any(vote.signer == me for vote in docket.votes(key)):
        return "votes"
    return "files" if docket.have(key, me) is None else "proposal"
