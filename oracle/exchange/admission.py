"""Whether what a juror says of a round can be so: before it is kept. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from fedjury.oracle.exchange.availability import Extent, held_by
from fedjury.oracle.exchange.bench import Turns
from fedjury.protocol.digest import Digest
from fedjury.protocol.recovery import recover_address
from fedjury.protocol.signing import SIGNATURE_BYTES, ReportDomain
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.reports import CertificateBody, ReportBody
from fedjury.protocol.statements.signed import RoundKey, RoundStatement, Signed, TaskDomain
from fedjury.protocol.statements.vote import Vote


class NotAdmitted(ValueError):
    """What a juror says cannot be so; the message says why."""


class TooEarly(NotAdmitted):
    """What a juror says may be so later, by this juror's clock."""


@dataclass(frozen=True)
class Admission:
    """Holds statements on one round against what the chain says of it.

    Attributes:
        key: of the round.
        domain: of the task.
        turns: of its jury.
        extent: how much there is to hold.
        jury_version: of its jury, as the contract counts them. A reorganization can open the round
            under another version of the same jury, and what the jury said before is as true as it
            was: a report by another version is kept, and not sent.
        parent_model: that it is judged from.
        now: the time, Unix seconds: attempts of which the leader's next turn is not near are not
            taken, so that nobody can fill a disk with them.
    """

    key: RoundKey
    domain: TaskDomain
    turns: Turns
    extent: Extent
    jury_version: int
    parent_model: Digest
    now: Callable[[], float]

    def require(self, signed: Signed[RoundStatement]) -> None:
        """Make sure that a statement can be so, and is its signer's.

        Raises:
            TooEarly: it is of an attempt that is far off.
            NotAdmitted: it cannot, or is not.
        """
        statement = signed.statement
        if statement.key != self.key:
            raise NotAdmitted(f"a {statement.kind} on another round")
        if signed.signer not in self.turns.bench.jurors:
            raise NotAdmitted(f"a {statement.kind} of {signed.signer}, who is not in the jury")
        self._require_turn(statement)
        if isinstance(statement, Have):
            self._require_have(statement)
        if not signed.is_right(self.domain):
            raise NotAdmitted(f"a {statement.kind} that {signed.signer} did not sign")
        if isinstance(statement, Proposal):
            self._require_proposal(statement, signed.signer)
        if isinstance(statement, Vote):
            self._require_vote(statement, signed.signer)

    def require_certificate(self, certificate: CertificateBody) -> list[str]:
        """Make sure that a quorum has signed a report on the round.

        Returns:
            The signers.

        Raises:
            NotAdmitted: it has not.
        """
        self.require_body(certificate.body)
        signatures, digest = certificate.signatures, self.digest(certificate.body)
        if len(signatures) % SIGNATURE_BYTES:
            raise NotAdmitted("a certificate whose signatures are cut short")
        parts = range(0, len(signatures), SIGNATURE_BYTES)
        found = [recover_address(digest, signatures[at : at + SIGNATURE_BYTES]) for at in parts]
        signers = ["0x" + each.hex() for each in found if each is not None]
        bench = self.turns.bench
        if signers != [juror for juror in bench.jurors if juror in signers]:
            raise NotAdmitted("a certificate whose signers are not jurors in order, each once")
        if len(signers) != len(found) or len(signers) < bench.quorum:
            raise NotAdmitted(f"a certificate with {len(signers)} of {bench.quorum} signatures")
        return signers

    def require_body(self, body: ReportBody) -> None:
        """Make sure that a report is one on the round.

        Raises:
            NotAdmitted: it is not.
        """
        if body.key != self.key:
            raise NotAdmitted("a report on another round")
        if body.parent_model != self.parent_model:
            raise NotAdmitted("a report that is judged from another model")
        if len(body.verdicts) != self.extent.entries:
            raise NotAdmitted(
                f"a report with {len(body.verdicts)} verdicts on {self.extent.entries} updates"
            )

    def digest(self, body: ReportBody) -> bytes:
        """What jurors sign of a report, 32 bytes."""
        domain = ReportDomain(self.domain.chain_id, self.domain.task)
        return domain.digest(body.report, Digest(body.parent_model), body.verdicts)

    @property
    def begun(self) -> int:
        """How many attempts have begun by now."""
        return self.turns.begun(self.now())

    def _require_turn(self, statement: RoundStatement) -> None:
        soon = self.begun + self.turns.bench.size
        if statement.slot > soon:
            raise TooEarly(f"a {statement.kind} of attempt {statement.slot}, long before it")

    def _require_have(self, have: Have) -> None:
        try:
            held_by(have, self.extent)
        except ValueError as error:
            raise NotAdmitted(f"a have of another round's size: {error}") from error

    def _require_proposal(self, proposal: Proposal, signer: str) -> None:
        if signer != self.turns.leader(proposal.attempt):
            raise NotAdmitted(
                f"a proposal of attempt {proposal.attempt}, which {signer} does not lead"
            )
        bench = self.turns.bench
        if len(proposal.haves) < bench.quorum:
            raise NotAdmitted(f"a proposal by {len(proposal.haves)} haves of {bench.quorum}")
        for have in proposal.signed_haves:
            if have.signer not in bench.jurors:
                raise NotAdmitted(
                    f"a proposal with a have of {have.signer}, who is not in the jury"
                )
            self._require_have(have.statement)
            if not have.is_right(self.domain):
                raise NotAdmitted(f"a proposal with a have that {have.signer} did not sign")

    def _require_vote(self, vote: Vote, signer: str) -> None:
        found = recover_address(vote.report_digest, vote.report_signature)
        if found is None or "0x" + found.hex() != signer:
            raise NotAdmitted(f"a vote whose report {signer} did not sign")
