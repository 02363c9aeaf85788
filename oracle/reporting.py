"""From a judgement to what a juror signs: the round record, the report, and all they rest on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import RosterSet
from fedjury.oracle.recording import Findings, Held, RoundFacts, told_accuracy, write_record
from fedjury.oracle.round_judge import JudgedRound
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report, SignedReport
from fedjury.protocol.roster import NO_ROOT
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.verdicts import pack
from fedjury.task.opened import OpenedTask

FIRST_ATTEMPT = 0


@dataclass(frozen=True)
class Draft:
    """A report that is not signed yet, with what has to be in the store before it is.

    Attributes:
        report: what is signed.
        parent_model: that was judged from.
        verdicts: packed.
        record_file: the round record.
        model_file: of the new model; None where the model stays.
        rests_on: digests of all files that somebody needs to derive the report anew.
    """

    report: Report
    parent_model: Digest
    verdicts: bytes
    record_file: bytes
    model_file: bytes | None
    rests_on: Sequence[Digest]


@dataclass(frozen=True)
class Basis:
    """What a report goes by, beside the chain, the files and the samples.

    Attributes:
        attempt: of the jury, from 0.
        haves: by juror which of the round's files it had.
        next_jury: hash of the jury that the signers want next, 32 bytes.
    """

    attempt: int
    haves: Mapping[str, Held]
    next_jury: bytes


class Reporter:
    """Writes a juror's reports and signs them.

    Args:
        task: opened.
        account: signs.
        keep: makes sure that files of these digests are kept; raises StoreUnavailable where it is
            not sure.
        next_jury: hash of the jury that the juror wants next, 32 bytes; None is the sitting one's.
    """

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        keep: Callable[[Iterable[Digest]], None],
        next_jury: bytes | None,
    ) -> None:
        self._task, self._account = task, account
        self._keep, self._next_jury = keep, next_jury
        self._domain = ReportDomain(task.chain.chain_id, task.contract.address)

    def wanted_jury(self, facts: RoundFacts) -> bytes:
        """Hash of the jury that the juror wants next."""
        return facts.jury.hash if self._next_jury is None else self._next_jury

    def draft_alone(self, facts: RoundFacts, judged: JudgedRound) -> Draft:
        """The report of a jury of one.

        Args:
            facts: what the chain says of the round.
            judged: what the juror finds.
        """
        held = Held.alone(judged.updates, judged.judgement.verdicts)
        basis = Basis(FIRST_ATTEMPT, {self._account.address: held}, self.wanted_jury(facts))
        return self.draft(facts, judged, basis)

    def draft(self, facts: RoundFacts, judged: JudgedRound, basis: Basis) -> Draft:
        """The report on a round.

        Args:
            facts: what the chain says of it.
            judged: what the juror finds.
            basis: what the jury goes by.
        """
        return drafted(self._task, facts, judged, basis)

    def publish(self, draft: Draft) -> None:
        """Put the record and the new model into the store, and have all files kept.

        Raises:
            StoreUnavailable: that is not done, or not sure.
        """
        if draft.model_file is not None:
            self._task.store.add(draft.model_file)
        self._task.store.add(draft.record_file)
        self._keep(draft.rests_on)

    def sign(self, draft: Draft) -> SignedReport:
        """The juror's signature under a report, all files of which are kept."""
        return self._domain.sign(self._account, draft.report, draft.parent_model, draft.verdicts)


def drafted(task: OpenedTask, facts: RoundFacts, judged: JudgedRound, basis: Basis) -> Draft:
    """The report on a round, whoever is to sign it.

    Args:
        task: opened.
        facts: what the chain says of the round.
        judged: what is found of it.
        basis: what the jury goes by.
    """
    spec, state, judgement = task.spec.verification, facts.state, judged.judgement
    found = Findings.of(judgement)
    record = write_record(facts, spec, basis.attempt, basis.haves, judged.updates, found)
    record_file = record.to_bytes()
    model = judgement.model_digest(state.model_digest)
    samples = spec.slice_for(state.number).samples
    report = Report(
        round=state.number,
        jury_version=facts.jury.version,
        updates_hash=state.updates_hash,
        attempt=basis.attempt,
        accuracy=told_accuracy(spec, judgement.model_correct, samples),
        model_digest=model,
        record_digest=Digest.of(record_file),
        next_jury=basis.next_jury,
    )
    config = task.config
    rests_on = [
        config.spec_digest,
        config.genesis_digest,
        state.model_digest,
        *_file_of(facts.roster),
        *judged.had,
        report.record_digest,
        model,
    ]
    return Draft(
        report=report,
        parent_model=state.model_digest,
        verdicts=pack(verdict.code for verdict in judgement.verdicts),
        record_file=record_file,
        model_file=judgement.model_file,
        rests_on=list(dict.fromkeys(rests_on)),
    )


def _file_of(roster: RosterSet) -> list[Digest]:
    """The roster's file; a roster of nobody has none."""
    return [] if roster.root == NO_ROOT else [roster.digest]
