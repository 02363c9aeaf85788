"""Rounds that an honest jury judged, in memory, and ways to falsify what was published of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    RosterSet,
    RoundFinalized,
    RoundOpened,
)
from fedjury.chain.contracts.types import JuryState
from fedjury.checks.json_values import canonical_json
from fedjury.data.verification import VerificationSet
from fedjury.errors import ContentTooLarge
from fedjury.oracle.audit import Auditor, AuditResult
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Judgement, Terms, judge
from fedjury.oracle.recording import Findings, Held, RoundFacts, told_accuracy, write_record
from fedjury.oracle.slices import Slices
from fedjury.protocol.batch_file import BatchEntry, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.roster import Roster
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.signing import ReportDomain, join_signatures
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.task.batches import RoundBatch, RoundUpdate, RoundUpdates, expand
from fedjury.task.history import RoundHistory, assemble
from fedjury.task.rosters import read_roster, roster_bytes
from tests.support.fake_federation import (
    CHAIN_ID,
    CLIENTS,
    JUROR,
    OTHER_RELAYER,
    STRANGER,
    FakeFederation,
    account,
    verification,
    weights,
)

OTHER = Digest(b"\7" * 32)
MEMBERS = [account(number) for number in range(100, 112)]
"""Of the roster of stories with batches, who submit nothing themselves."""
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
        missing_batches: digests of batch files likewise.
        known: indexes of the updates that the newest record has entries of, in order.
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
        self.missing_batches: set[Digest] = set()
        self.known: list[int] = []
        told = verification_of(self.sets) | (disclosure or {})
        self.federation = FakeFederation(directory, clients=clients, verification=told, **terms)
        self.contract = self.federation.contract
        self.contract.settings = replace(self.contract.settings, rounds=rounds)
        self.federation.task = replace(self.federation.task, config=self.contract.settings)
        self.contract.seat(jury, quorum)

    # --- what honest people do ---

    def enrol(self, members: Sequence[LocalAccount]) -> None:
        """Have others beside the clients in the first roster, which batches have room for."""
        everyone = [*self.federation.clients, *members]
        roster = Roster.of(member.address for member in everyone)
        digest = self.federation.store.add(roster.to_bytes())
        self.federation.change(RosterSet, root=roster.root, size=roster.size, digest=digest)

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
        state, updates = self.contract.current_round(), self.updates()
        judgement, spec = self._judgement(updates), self.federation.spec.verification
        told = self.round(state.number)
        jury = told.jury
        facts = RoundFacts(
            chain_id=CHAIN_ID,
            task=self.contract.address,
            state=state,
            roster=told.roster,
            jury=JuryState(jury.version, jury.jury, len(jury.jurors), jury.quorum),
            submissions=self.contract.submissions(),
        )
        haves = dict.fromkeys(jury.jurors, Held.alone(updates, judgement.verdicts))
        self.known = [update.index for update in updates.known]
        record = write_record(facts, spec, attempt, haves, updates, Findings.of(judgement))
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
        self.missing, self.missing_batches = set(), set()

    def updates(self) -> RoundUpdates:
        """The updates of the round that is on, as its jury finds them."""
        told = self.round(self.contract.number)
        files = {batch.digest: self._batch_file(batch) for batch in told.batches}
        roster = Roster()
        if files:
            data = self.federation.store.fetch(told.roster.digest, roster_bytes(told.roster), 1.0)
            roster = read_roster(told.roster, data)
        return expand(told.submissions, files, roster.__contains__, self.federation.domain())

    def _batch_file(self, batch: BatchSubmitted) -> bytes | UpdateFailure:
        if batch.digest in self.missing_batches:
            return UNAVAILABLE
        alike = [each for each in self.round(batch.round).batches if each.digest == batch.digest]
        limit = batch_bytes(max(each.count for each in alike))
        try:
            return self.federation.store.fetch(batch.digest, limit, 1.0)
        except ContentTooLarge as error:
            return UpdateFailure(VerdictCode.TOO_LARGE, str(error))

    def _judgement(self, updates: RoundUpdates) -> Judgement:
        task, state = self.federation.task, self.contract.current_round()
        number = self.federation.spec.verification.number_for(state.number)
        evaluator = Evaluator(task.model, self.sets[number - 1], alone=True)
        candidates = [self._candidate(state.number, slot) for slot in updates.slots()]
        current = task.fetch_model(state.model_digest)
        return judge(current, candidates, Terms.of(task.spec, task.shapes), evaluator)

    def _candidate(self, number: int, slot: RoundUpdate | RoundBatch) -> Candidate:
        task = self.federation.task
        if isinstance(slot, RoundBatch):
            tag = task.tag(number, slot.submitted.relayer)
            return Candidate(tag, lambda: b"", slot.failure)
        is_missing = slot.index in self.missing and slot.failure is None
        return Candidate(
            task.tag(number, slot.client),
            lambda: task.store.fetch(slot.digest, 4096, 1.0),
            UNAVAILABLE if is_missing else slot.failure,
        )

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
        """Change one verdict in the report and in the record, and other fields of the report.

        Args:
            place: index of the update, which the record has an entry of.
            code: the new one.
            reason: for it.
            changes: of the report.
        """
        codes = bytearray(self.finalized().verdicts)
        codes[place] = code

        def change(document: dict[str, Any]) -> None:
            entry = document["entries"][self.known.index(place)]
            entry.update(code=int(code), reason=reason, arguments=[])

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


# --- a round with batches ---


class Place:
    """Indexes of updates in the round of `batched_story`, by what they are."""

    FORGED, COUNTS, STRANGERS = 0, 1, 2  # in the first batch
    LATER, BEATEN = 3, 4  # in the second one, by clients whose other updates count
    REPEATED = (5, 6, 7)  # the first batch once more
    LOST = (8, 9)  # in a batch whose file nobody has in time
    MISCOUNTED = (10, 11)  # in a batch that announces more than it holds
    BEATS, USELESS = 12, 13  # alone


def batched_story(directory: Path, **terms: Any) -> Story:
    """One round of batches of two relayers, in which all goes wrong that can, and of lone updates.

    Args:
        directory: for the store.
        terms: further arguments of `Story`.
    """
    story = Story(directory, clients=5, **terms)
    story.enrol(MEMBERS)
    federation = story.federation

    def signed(client: int, tensors: Tensors) -> BatchEntry:
        return federation.signed(client, federation.update(client, tensors))

    forged = federation.update(1, weights(0, 1, scale=2))
    tag = federation.task.tag(1, STRANGER.address)
    strangers = federation.store.add(encode_update(weights(0, 1, scale=3), tag))
    first = [
        signed(0, weights(0, 1)),
        replace(federation.signed(3, forged), client=CLIENTS[1].address),
        federation.domain().sign(STRANGER, strangers),
    ]
    lost = [signed(place, weights(0, 1, scale=place)) for place in (3, 4)]
    federation.relay(*first)
    federation.relay(signed(0, weights(2)), signed(2, weights(1)), relayer=OTHER_RELAYER)
    federation.relay(*first)
    story.missing_batches = {federation.relay(*lost).digest}
    federation.relay(lost[0], count=2)
    for client, tensors in [(2, weights(0, 1, 2, scale=4)), (1, weights())]:
        story.digests.append(federation.submit(client, federation.update(client, tensors)))
    story.finalize()
    return story
