"""A jury of four and all that its jurors rightly say of one round."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from experiments.chaos.mutated.sound_files import CHAIN, ROUND, TASK
from fedjury.oracle.exchange.admission import Admission
from fedjury.oracle.exchange.availability import Extent
from fedjury.oracle.exchange.bench import Bench, Turns
from fedjury.protocol.digest import Digest
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.reports import CertificateBody, ReportBody
from fedjury.protocol.statements.signed import RoundKey, Signed, TaskDomain, sign
from fedjury.protocol.statements.vote import Vote

JURORS, QUORUM = 4, 3
BATCHES, ENTRIES, ATTEMPTS = 3, 21, 3
KEY = RoundKey(ROUND, b"\x55" * 32)
DOMAIN = TaskDomain(CHAIN, TASK.lower())
PARENT = Digest(b"\x77" * 32)
NOW = 1_000_000


def _account(number: int) -> LocalAccount:
    account: LocalAccount = Account.from_key(bytes([number]) * 32)
    return account


STRANGER = _account(99)
MEMBERS: Sequence[LocalAccount] = sorted(
    (_account(number) for number in range(1, JURORS + 1)), key=lambda each: int(each.address, 16)
)
BENCH = Bench.of((each.address for each in MEMBERS), QUORUM)
TURNS = Turns(BENCH, TASK.lower(), ROUND, NOW - 100, 10)


def admission() -> Admission:
    """What the round's statements are held against."""
    return Admission(KEY, DOMAIN, TURNS, Extent(BATCHES, ENTRIES), 1, PARENT, lambda: NOW)


def member(address: str) -> LocalAccount:
    """The juror of this address."""
    return next(each for each in MEMBERS if each.address.lower() == address)


def have(account: LocalAccount, key: RoundKey = KEY, **changes: Any) -> Signed[Have]:
    """A juror's HAVE."""
    fields = {"batches": b"\xe0", "entries": b"\xff\xff\xf8", **changes}
    said = Have(round=key.round, updates_hash=key.updates_hash, **fields)
    return sign(account, said, DOMAIN)


def proposal(
    account: LocalAccount, attempt: int, haves: Sequence[Signed[Have]] | None = None
) -> Signed[Proposal]:
    """A juror's proposal."""
    wanted = [have(each) for each in MEMBERS[:QUORUM]] if haves is None else list(haves)
    return sign(account, Proposal.of(KEY, attempt, bytes(32), wanted), DOMAIN)


def body(attempt: int = 0, **changes: Any) -> ReportBody:
    """A report."""
    fields: dict[str, Any] = {
        "round": ROUND,
        "jury_version": 1,
        "updates_hash": KEY.updates_hash,
        "parent_model": bytes(PARENT),
        "attempt": attempt,
        "accuracy": 900,
        "model_digest": b"\x11" * 32,
        "record_digest": b"\x12" * 32,
        "next_jury": bytes(32),
        "verdicts": b"\1\2" * 10 + b"\3",
    }
    return ReportBody(**{**fields, **changes})


def digest_of(report: ReportBody) -> bytes:
    """What is signed of a report."""
    domain = ReportDomain(CHAIN, TASK.lower())
    return domain.digest(report.report, Digest(report.parent_model), report.verdicts)


def vote(
    account: LocalAccount, report: ReportBody, signer: LocalAccount | None = None
) -> Signed[Vote]:
    """A juror's vote for a report, which somebody else may have signed."""
    digest = digest_of(report)
    said = Vote(
        round=ROUND,
        updates_hash=KEY.updates_hash,
        attempt=report.attempt,
        report_digest=digest,
        report_signature=bytes((signer or account).unsafe_sign_hash(Hash32(digest)).signature),
        mac=b"\x21" * 32,
        findings_hash=b"\x22" * 32,
        software="fedjury 1",
    )
    return sign(account, said, DOMAIN)


def signatures(report: ReportBody, accounts: Sequence[LocalAccount]) -> list[bytes]:
    """Signatures under a report."""
    return [bytes(each.unsafe_sign_hash(Hash32(digest_of(report))).signature) for each in accounts]


def certificate(attempt: int = 0) -> CertificateBody:
    """A certificate of the first three jurors."""
    report = body(attempt)
    return CertificateBody(body=report, signatures=b"".join(signatures(report, MEMBERS[:QUORUM])))


@dataclass(frozen=True)
class Said:
    """All documents that the jurors rightly made, by kind of statement."""

    documents: Sequence[dict[str, Any]]

    @classmethod
    def make(cls) -> "Said":
        found: list[Any] = [have(each) for each in MEMBERS]
        for attempt in range(ATTEMPTS):
            found.append(proposal(member(TURNS.leader(attempt)), attempt))
            found += [vote(each, body(attempt)) for each in MEMBERS]
        documents = [each.to_document() for each in found]
        return cls([*documents, {"kind": "certificate", **certificate().to_document()}])
