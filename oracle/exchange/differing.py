"""Where the jurors of a round differ, by what one juror's docket knows."""

from dataclasses import dataclass

from fedjury.oracle.exchange.docket import FINDINGS, Docket
from fedjury.oracle.exchange.findings import Divergence, divergences
from fedjury.protocol.statements.findings import Findings
from fedjury.protocol.statements.signed import RoundKey, Signed
from fedjury.protocol.statements.vote import Vote


@dataclass(frozen=True)
class Difference:
    """Two jurors who signed different reports in one attempt.

    Attributes:
        attempt: number.
        juror, other: addresses.
        software, other_software: which versions judged.
        findings: where their findings differ; None where those of one are not known here.
    """

    attempt: int
    juror: str
    other: str
    software: str
    other_software: str
    findings: list[Divergence] | None


def differences(docket: Docket, key: RoundKey, me: str) -> list[Difference]:
    """Each juror whose report is another than the first of its attempt.

    Args:
        docket: has the votes, and what jurors found.
        key: the round.
        me: the juror whose reports the others' are held against, if it has voted.
    """
    found: list[Difference] = []
    attempts: dict[int, list[Signed[Vote]]] = {}
    for vote in docket.votes(key):
        attempts.setdefault(vote.statement.attempt, []).append(vote)
    for attempt, votes in sorted(attempts.items()):
        first = next((each for each in votes if each.signer == me), votes[0])
        report = first.statement.report_digest
        others = [each for each in votes if each.statement.report_digest != report]
        found += [_difference(docket, attempt, first, each) for each in others]
    return found


def _difference(
    docket: Docket, attempt: int, first: Signed[Vote], vote: Signed[Vote]
) -> Difference:
    mine, theirs = _findings(docket, first), _findings(docket, vote)
    known = None if mine is None or theirs is None else divergences(mine, theirs)
    one, other = first.statement.software, vote.statement.software
    return Difference(attempt, first.signer, vote.signer, one, other, known)


def _findings(docket: Docket, vote: Signed[Vote]) -> Findings | None:
    body = docket.body(vote.statement.findings_hash, FINDINGS)
    return None if body is None else Findings.from_bytes(body)
