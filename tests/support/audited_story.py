"""Rounds that an honest jury judged, in memory, and ways to falsify what was published of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import ChainEvent, RoundFinalized, RoundOpened
from fedjury.chain.contracts.types import JuryState
from fedjury.checks.json_values import canonical_json
from fedjury.data.verification import VerificationSet
from fedjury.oracle.audit import Auditor, AuditResult
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Judgement, Terms, judge
from fedjury.oracle.recording import Findings, RoundFacts, told_accuracy, write_record
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.signing import ReportDomain, join_signatures
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.task.history import RoundHistory, assemble
from tests.support.fake_federation import CHAIN_ID, JUROR, FakeFederation, verification

OTHER = Digest(b"\7" * 32)
UNAVAILABLE = UpdateFailure(VerdictCode.UNAVAILABLE, "nobody has it")


def slices(count: int) -> list[VerificationSet]:
    """So many slices, of the same samples with salts of their own."""
    return [replace(verification(), salt=bytes([number]) * 32) for number in range(1, count + 1)]


def verification_of(sets: Sequence[VerificationSet]) -> dict[str, Any]:
    """What a spec says of these slices."""
    listed = [{"samples": len(each), "commitment": each.commitment()} for each in sets]
    return {"slices": listed}


class Story:
    """A federation with an honest jury that judges without a daemon.

    Args:
        directory: for the store.
        clients: how many.
        jury: judges from the first round on.
        quorum: of it.
        sets: the verification slices; by default the one of the fake federation.
        rounds: of the task; 0 for no end.
        disclosure: further fields of the spec's verification.
        terms: other fields of the spec, and its λ.

    Attributes:
        federation: with its contract, chain and store.
        jury: signs reports; tests that change the jury change it too.
        digests: of all updates.
        missing: indexes of updates that jurors do not find, in the next round only.
    """

    def __init__(
        self,
        directory: Path,
        clients: int = 4,
        *,
        jury: Sequence[LocalAccount] = (JUROR,),
        quorum: int = 1,
        sets: Sequence[VerificationSet] | None = None,
        rounds: int = 0,
        disclosure: dict[str, Any] | None = None,
        **terms: Any,
    ) -> None:
        self.sets = [verification()] if sets is None else list(sets)
        self.jury, self.digests = list(jury), list[Digest]()
        self.missing: set[int] = set()
        told = verification_of(self.sets) | (disclosure or {})
        self.federation = FakeFederation(directory, clients=clients, verification=told, **terms)
        self.contract = self.federation.contract
        self.contract.settings = replace(self.contract.settings, rounds=rounds)
        self.federation.task = replace(self.federation.task, config=self.contract.settings)
        self.contract.seat(jury, quorum)

    # --- what honest people do ---

    def judge(self, *updates: Tensors) -> None:
        """One round of these updates, one a client, by the honest jury."""
        for place, tensors in enumerate(updates):
            data = self.federation.update(place, tensors)
            self.digests.append(self.federation.submit(place, data))
        self.finalize()

    def finalize(self, *, next_jury: bytes | None = None, attempt: int = 0) -> None:
        """The jury judges what was submitted, and its report is taken."""
        self.federation.chain.timestamp = max(
            self.contract.deadline, self.federation.chain.timestamp
        )
        state, updates = self.contract.current_round(), self.contract.submitted()
        judgement, spec = self._judgement(), self.federation.spec.verification
        told = self.round(state.number)
        jury = told.jury
        had = [verdict.code is not VerdictCode.UNAVAILABLE for verdict in judgement.verdicts]
        facts = RoundFacts(
            chain_id=CHAIN_ID,
            task=self.contract.address,
            state=state,
            roster=told.roster,
            jury=JuryState(jury.version, jury.jury, len(jury.jurors), jury.quorum),
            updates=updates,
        )
        haves = dict.fromkeys(jury.jurors, had)
        record = write_record(facts, spec, attempt, haves, Findings.of(judgement))
        if judgement.model_file is not None:
            self.federation.store.add(judgement.model_file)
        report = Report(
            round=state.number,
            jury_version=state.jury_version,
            updates_hash=state.updates_hash,
            attempt=attempt,
            accuracy=told_accuracy(spec, judgement.model_correct, len(self.sets[0])),
            model_digest=judgement.model_digest(state.model_digest),
            record_digest=self.federation.store.add(record.to_bytes()),
            next_jury=jury.jury if next_jury is None else next_jury,
        )
        verdicts = pack(verdict.code for verdict in judgement.verdicts)
        self.contract.finalize(report, verdicts, self.sign(report, state.model_digest, verdicts))
        self.missing = set()

    def _judgement(self) -> Judgement:
        task, state = self.federation.task, self.contract.current_round()
        number = self.federation.spec.verification.number_for(state.number)
        evaluator = Evaluator(task.model, self.sets[number - 1], alone=True)
        candidates = [
            Candidate(
                task.tag(state.number, update.client),
                lambda digest=update.digest: task.store.fetch(digest, 4096, 1.0),  # type: ignore[misc]
                UNAVAILABLE if update.index in self.missing else None,
            )
            for update in self.contract.submitted()
        ]
        current = task.fetch_model(state.model_digest)
        return judge(current, candidates, Terms.of(task.spec, task.shapes), evaluator)

    def sign(
        self,
        report: Report,
        parent: Digest,
        verdicts: bytes,
        signers: Sequence[LocalAccount] = (),
    ) -> bytes:
        """Signatures of the jury, or of others, under a report."""
        domain = ReportDomain(CHAIN_ID, self.contract.address)
        everyone = signers or self.jury
        return join_signatures(domain.sign(each, report, parent, verdicts) for each in everyone)

    def end(self) -> None:
        """The task is finished with the round that was finalized last."""
        assert isinstance(self.contract.events.pop(), RoundOpened)
        self.contract.finished = True

    def disclose(self, number: int, *, by: LocalAccount = JUROR) -> Digest:
        """Put a slice into the store and tell of it; its digest."""
        digest = self.federation.store.add(self.sets[number - 1].to_bytes())
        self.contract.disclose(number, digest, by.address)
        return digest

    # --- what dishonest people do ---

    def finalized(self) -> RoundFinalized:
        """The newest report."""
        return [each for each in self.contract.events if isinstance(each, RoundFinalized)][-1]

    def opening_of(self, number: int) -> RoundOpened:
        """The opening of a round."""
        openings = [each for each in self.contract.events if isinstance(each, RoundOpened)]
        return next(event for event in openings if event.round == number)

    def falsify(self, *signers: LocalAccount, parent: Digest | None = None, **changes: Any) -> None:
        """Change the newest report and sign it anew, as a dishonest jury would."""
        changed = replace(self.finalized(), **changes)
        judged_from = parent or self.parent()
        signed = self.sign(changed.report, judged_from, changed.verdicts, signers)
        self.federation.change(RoundFinalized, **changes, signatures=signed)

    def falsify_verdict(
        self, place: int, code: VerdictCode, reason: int = 0, **changes: Any
    ) -> None:
        """Change one verdict in the report and in the record, and other fields of the report."""
        codes = bytearray(self.finalized().verdicts)
        codes[place] = code

        def change(document: dict[str, Any]) -> None:
            document["entries"][place].update(code=int(code), reason=reason, arguments=[])

        self.falsify_record(change, verdicts=bytes(codes), **changes)

    def reopen(self, model: Digest) -> None:
        """Have the newest round open with another model, and the contract hold it."""
        self.federation.change(RoundOpened, model_digest=model)
        self.contract.model = model

    def parent(self) -> Digest:
        """The model that the newest report was judged from."""
        return self.opening_of(self.finalized().round).model_digest

    def round(self, number: int) -> RoundHistory:
        """A round as its events tell it."""
        return assemble(self.contract.events).rounds[number]

    def record(self) -> RoundRecord:
        """The record that the newest report names."""
        digest = self.finalized().record_digest
        return RoundRecord.from_bytes(self.federation.store.fetch(digest, 2**20, 1.0))

    def falsify_record(self, change: Callable[[dict[str, Any]], object], **changes: Any) -> None:
        """Change the newest record, and the report that names it."""
        document = self.record().model_dump(exclude_none=True)
        change(document)
        self.publish_record(canonical_json(document), **changes)

    def publish_record(self, data: bytes, **changes: Any) -> None:
        """Have the newest report name this file as its record."""
        self.falsify(record_digest=self.federation.store.add(data), **changes)

    def forget(self, digest: Digest) -> None:
        """The file is gone from the store."""
        (self.federation.store.path / digest.cid).unlink()

    def drop(self, kind: type[ChainEvent], place: int = 0) -> None:
        """One of the events of a kind never was."""
        events = self.contract.events
        del events[[i for i, event in enumerate(events) if isinstance(event, kind)][place]]

    # --- what an audit says ---

    def audit(self, full: bool = True) -> AuditResult:
        """An audit with all slices given, or with none."""
        task = self.federation.task
        given = Slices.of(task.spec, self.sets if full else [])
        auditor = Auditor(task, given, sleep=lambda _: None)
        return auditor.run(self.federation.chain.block())

    def differs(self, full: bool = False) -> str:
        """What an audit finds to differ."""
        result = self.audit(full)
        assert not result.passed
        assert result.difference is not None
        return str(result.difference)
