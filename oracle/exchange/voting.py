"""Judging by a proposal, and signing what follows from it."""

from collections.abc import Callable, Mapping

from eth_account.signers.local import LocalAccount

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.exchange.availability import Available, available
from fedjury.oracle.exchange.bitmaps import pack
from fedjury.oracle.exchange.docket import FINDINGS, MACS, REPORT, Docket
from fedjury.oracle.exchange.events import ProposalRefused, Voted
from fedjury.oracle.exchange.joint_round import Found, JointDraft, JointRound, Judged
from fedjury.oracle.exchange.sources import Sources
from fedjury.oracle.exchange.witness import Witness
from fedjury.oracle.file_time import FAIR_SECONDS
from fedjury.oracle.reporting import Basis, Draft, Reporter
from fedjury.oracle.round_files import FilesMissing, RoundFileReader, RoundFiles
from fedjury.oracle.round_judge import JudgedRound, RoundJudge
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.statements.findings import Findings
from fedjury.protocol.statements.mac import make_mac
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.reports import ReportBody
from fedjury.protocol.statements.signed import sign
from fedjury.protocol.statements.vote import Vote
from fedjury.runtime.events import Listener

_MOST_JUDGED = 3  # each holds two models and a file


class Voting:
    """Makes a juror's votes.

    Args:
        account: the juror's.
        docket: keeps what it says.
        files: gets a round's files.
        sources: where these come from; is told who says that it holds them.
        judge: judges them.
        reporter: writes reports, publishes what they rest on, and signs them.
        software: name and version of this program.
        now: the time, Unix seconds.
        listener: is told what is said.
    """

    def __init__(
        self,
        account: LocalAccount,
        docket: Docket,
        files: RoundFileReader,
        sources: Sources,
        judge: RoundJudge,
        reporter: Reporter,
        software: str,
        now: Callable[[], float],
        listener: Listener,
    ) -> None:
        self._account, self._me = account, account.address.lower()
        self._docket, self._files, self._sources = docket, files, sources
        self._judge, self._reporter = judge, reporter
        self._software, self._now, self._listener = software, now, listener

    def vote(self, joint: JointRound, evaluator: Evaluator, may_sign: Callable[[], bool]) -> bool:
        """Vote in one attempt that has begun and has a proposal.

        The last one comes first: by it the others go now, and whoever leads badly cannot have them
        wait for what it proposes of attempts that are long over. Earlier ones have their turn as
        long as no quorum has signed.

        Args:
            joint: the round.
            evaluator: of the round's slice.
            may_sign: whether nothing is known for which the round must not be signed on.

        Returns:
            Whether there was one.

        Raises:
            TransientError: it cannot be done now.
        """
        missing: dict[tuple[bytes, bytes], FilesMissing] = {}
        first = self._first(joint)
        for attempt in reversed(self._docket.proposed(joint.key)):
            if attempt < first or self._docket.vote(joint.key, attempt, self._me):
                continue
            if (proposal := self._proposal(joint, attempt)) is None:
                continue
            place = _place(self._available(joint, proposal))
            if place in missing:
                continue
            try:
                self._vote(joint, proposal, evaluator, may_sign)
                return True
            except FilesMissing as error:
                missing[place] = error
        if missing:
            raise next(iter(missing.values()))
        return False

    def _first(self, joint: JointRound) -> int:
        """The first attempt that is this jury's: those up to a certificate by another version of
        it, under which a reorganization opened the round before, were about that one's report."""
        version = joint.admission.jury_version
        return max(
            (
                1 + certificate.body.attempt
                for other, certificate in self._docket.certificates(joint.key).items()
                if other != version
            ),
            default=0,
        )

    def _proposal(self, joint: JointRound, attempt: int) -> Proposal | None:
        """The proposal of an attempt that has begun, unless this juror does not go by it."""
        leader = joint.turns.leader(attempt)
        signed = self._docket.proposal(joint.key, attempt, leader)
        if signed is None or attempt in joint.refused:
            return None
        proposal, facts = signed.statement, joint.closed.facts
        if proposal.next_jury not in (facts.jury.hash, self._reporter.wanted_jury(facts)):
            reason = "it names a next jury that this juror does not want"
            joint.refused[attempt] = reason
            self._listener(
                ProposalRefused(round=joint.number, attempt=attempt, juror=leader, reason=reason)
            )
            return None
        is_early = attempt == 0 and self._available(joint, proposal).is_whole
        return proposal if is_early or joint.turns.start_of(attempt) <= self._now() else None

    def _vote(
        self,
        joint: JointRound,
        proposal: Proposal,
        evaluator: Evaluator,
        may_sign: Callable[[], bool],
    ) -> None:
        attempt = proposal.attempt
        if attempt not in joint.drafts:
            made = self._judged(joint, proposal, evaluator)
            joint.drafts[attempt] = made
            joint.found[attempt] = _found(joint, made, evaluator.verification.salt)
        found, macs = joint.drafts[attempt], joint.found[attempt].macs
        if not may_sign():
            return
        self._reporter.publish(found.draft)
        self._keep(joint, found, macs)
        signed = self._reporter.sign(found.draft)
        vote = Vote(
            round=joint.key.round,
            updates_hash=joint.key.updates_hash,
            attempt=attempt,
            report_digest=found.digest,
            report_signature=signed.signature,
            mac=macs[self._me],
            findings_hash=found.findings.hash,
            software=self._software,
        )
        self._docket.say(sign(self._account, vote, joint.admission.domain))
        del joint.drafts[attempt]  # a model's file each
        self._listener(Voted(round=joint.number, attempt=attempt, report="0x" + found.digest.hex()))

    def _keep(self, joint: JointRound, found: JointDraft, macs: Mapping[str, bytes]) -> None:
        """What others may ask for once the vote is known, and what `Comparing.recall` needs."""
        draft = found.draft
        body = ReportBody.of(draft.report, draft.parent_model, draft.verdicts)
        self._docket.keep_body(found.digest, REPORT, joint.number, body.to_bytes())
        findings = found.findings
        self._docket.keep_body(findings.hash, FINDINGS, joint.number, findings.to_bytes())
        expected = b"".join(macs[juror] for juror in joint.turns.bench.jurors)
        self._docket.keep_body(macs[self._me], MACS, joint.number, expected)

    def _judged(self, joint: JointRound, proposal: Proposal, evaluator: Evaluator) -> JointDraft:
        claims = self._available(joint, proposal)
        judged = self._judged_by(joint, claims, evaluator)
        basis = Basis(proposal.attempt, claims.claims, proposal.next_jury)
        draft = self._reporter.draft(joint.closed.facts, judged.round, basis)
        domain = ReportDomain(*joint.admission.domain)
        return JointDraft(
            draft,
            domain.digest(draft.report, draft.parent_model, draft.verdicts),
            judged.seen,
            _findings(draft, judged.round, self._software),
        )

    def _judged_by(self, joint: JointRound, claims: Available, evaluator: Evaluator) -> Judged:
        """The round, judged by what is available, once for several proposals of the same."""
        place = _place(claims)
        if place not in joint.judged:
            self._judge.tell_begin(joint.closed)
            files = self._files_of(joint, claims)
            witness = Witness(evaluator)
            judged = self._judge.judge_files(joint.closed, files, witness)
            seen = witness.hash(judged.current, judged.judgement.model)
            while len(joint.judged) >= _MOST_JUDGED:
                del joint.judged[next(iter(joint.judged))]
            joint.judged[place] = Judged(judged, seen)
        return joint.judged[place]

    def _available(self, joint: JointRound, proposal: Proposal) -> Available:
        return available(proposal.signed_haves, joint.turns.bench, joint.admission.extent)

    def _files_of(self, joint: JointRound, claims: Available) -> RoundFiles:
        """What is available, got from whoever says that it holds it."""
        self._sources.go_by(claims)
        batches, entries = claims.batches, claims.entries
        return self._files.complete(joint.closed, batches, entries, FAIR_SECONDS)


def _place(claims: Available) -> tuple[bytes, bytes]:
    """What is available, as a key."""
    return pack(claims.batches), pack(claims.entries)


def _found(joint: JointRound, made: JointDraft, salt: bytes) -> Found:
    """What others' votes are held against."""
    jurors = joint.turns.bench.jurors
    macs = {juror: make_mac(salt, juror, made.digest, made.seen) for juror in jurors}
    return Found(made.digest, made.findings, macs)


def _findings(draft: Draft, judged: JudgedRound, software: str) -> Findings:
    judgement = judged.judgement
    return Findings(
        software=software,
        codes=draft.verdicts,
        counts=_counts(judged),
        baseline=judgement.baseline_correct,
        model_correct=judgement.model_correct,
        model=bytes(draft.report.model_digest),
        record=bytes(draft.report.record_digest),
    )


def _counts(judged: JudgedRound) -> list[int]:
    return [verdict.correct for verdict in judged.judgement.verdicts]
