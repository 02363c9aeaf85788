"""What jurors found and voted, for dockets of tests."""

from fedjury.protocol.statements.findings import Findings
from fedjury.protocol.statements.signed import RoundKey
from fedjury.protocol.statements.vote import Vote


def findings(software: str, count: int, code: int = 0) -> Findings:
    """What a juror found of one update.

    Args:
        software: that it judged with.
        count: of samples that it found right with the update.
        code: of the verdict.
    """
    return Findings(
        software=software,
        codes=bytes([code]),
        counts=[count],
        baseline=2,
        model_correct=4,
        model=bytes(32),
        record=bytes(32),
    )


def vote(key: RoundKey, found: Findings, report: int) -> Vote:
    """A vote in attempt 0 by these findings, for a report whose digest is this byte repeated."""
    return Vote(
        round=key.round,
        updates_hash=key.updates_hash,
        attempt=0,
        report_digest=bytes([report]) * 32,
        report_signature=bytes(65),
        mac=bytes(32),
        findings_hash=found.hash,
        software=found.software,
    )
