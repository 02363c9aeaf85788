"""Where the jurors of a round differ, by what one juror's docket knows."""

from collections.abc import Callable
from dataclasses import dataclass

from fedjury.chain.contracts.limits import ENTRIES_LIMIT
from fedjury.oracle.exchange.docket import FINDINGS, Docket
from fedjury.oracle.exchange.findings import Divergence, divergences
from fedjury.oracle.exchange.inquiry import Inquiry
from fedjury.oracle.exchange.paths import findings_target
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from fedjury.protocol.statements.findings import Findings, most_findings_bytes
from fedjury.protocol.statements.signed import RoundKey, Signed
from fedjury.protocol.statements.vote import Vote

_MOST_BYTES = most_findings_bytes(ENTRIES_LIMIT)


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


Ask = Callable[[RoundKey, Signed[Vote]], Findings | None]


def differences(
    docket: Docket, key: RoundKey, me: str, ask: Ask = lambda key, vote: None
) -> list[Difference]:
    """Each juror whose report is another than the first of its attempt.

    Args:
        docket: has the votes, and what jurors found.
        key: the round.
        me: the juror whose reports the others' are held against, if it has voted.
        ask: gives the findings of a vote that the docket lacks; None where they are not to be had.
    """
    found: list[Difference] = []
    attempts: dict[int, list[Signed[Vote]]] = {}
    for vote in docket.votes(key):
        attempts.setdefault(vote.statement.attempt, []).append(vote)

    def find(vote: Signed[Vote]) -> Findings | None:
        body = docket.body(vote.statement.findings_hash, FINDINGS)
        return ask(key, vote) if body is None else Findings.from_bytes(body)

    for attempt, votes in sorted(attempts.items()):
        first = next((each for each in votes if each.signer == me), votes[0])
        report = first.statement.report_digest
        others = [each for each in votes if each.statement.report_digest != report]
        if not others:
            continue
        mine = find(first)
        found += [_difference(attempt, (first, mine), (each, find(each))) for each in others]
    return found


_Found = tuple[Signed[Vote], Findings | None]


def _difference(attempt: int, one: _Found, other: _Found) -> Difference:
    (first, mine), (vote, theirs) = one, other
    known = None if mine is None or theirs is None else divergences(mine, theirs)
    versions = first.statement.software, vote.statement.software
    return Difference(attempt, first.signer, vote.signer, *versions, known)


def ask_findings(inquiry: Inquiry) -> Ask:
    """Asks the juror who gave a vote what it found; it tells only who voted in the same attempt."""

    def ask(key: RoundKey, vote: Signed[Vote]) -> Findings | None:
        target = findings_target(key, vote.statement.attempt)
        try:
            found = Findings.from_bytes(inquiry.get(vote.signer, target, _MOST_BYTES))
        except (PeerUnavailable, PeerRefused, PeerWrong, ValueError):
            return None
        return found if found.hash == vote.statement.findings_hash else None

    return ask
