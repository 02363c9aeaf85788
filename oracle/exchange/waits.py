"""What a juror of several tells while it has nothing to do in a closed round."""

from fedjury.checks.counts import counted
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.http_events import TooFewJurors
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.standing import Standing, standing_of
from fedjury.oracle.exchange.status import step_of
from fedjury.runtime.events import RoundEvent, Waiting


def waiting_event(joint: JointRound, exchange: Exchange, me: str) -> RoundEvent:
    """What the juror waits for; a warning where fewer jurors answer than have to sign.

    Args:
        joint: the round, which is on.
        exchange: the juror's part of the exchange.
        me: the juror's address, in lower case.
    """
    step = step_of(joint, exchange, me)
    seen = standing_of(joint, True, exchange, me)
    reason = _reason(step, seen)
    answering = 1 + sum(seen.reachable.values())
    if answering < seen.needed and not seen.certified:
        return TooFewJurors(
            round=joint.number,
            answering=answering,
            size=1 + len(seen.reachable),
            needed=seen.needed,
            reason=reason,
        )
    return Waiting(round=joint.number, reason=reason)


def _reason(step: str, seen: Standing) -> str:
    begun = f"; attempt {seen.attempt} has begun" if seen.attempt else ""
    match step:
        case "files":
            return "waits for files"
        case "certificate":
            return "waits for another juror to send the report"
        case "votes":
            known = f"{seen.votes} known{begun}"
            return f"waits for {counted(seen.needed, 'signature')} of jurors: {known}"
    if seen.haves < seen.needed:
        known = f"{seen.haves} of {seen.needed} HAVEs known{begun}"
        return f"waits for the others' HAVEs, or a proposal: {known}"
    return f"waits for a proposal: {seen.haves} HAVEs known{begun}"
