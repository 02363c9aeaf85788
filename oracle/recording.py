"""Writing a round's record: the same bytes by every juror and by every audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import RosterSet, Submitted
from fedjury.chain.contracts.types import JuryState, RoundState
from fedjury.oracle.judging import Judgement
from fedjury.protocol.reasons import Grounds
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.round_record import (
    Have,
    RecordedBatch,
    RecordedJury,
    RecordedRoster,
    RecordEntry,
    RoundRecord,
    bitmap,
    hexadecimal,
)
from fedjury.protocol.task_spec import VerificationSpec
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdate, RoundUpdates


@dataclass(frozen=True)
class RoundFacts:
    """What the chain alone says of a closed round.

    Attributes:
        chain_id, task: where the task is.
        state: the round, as the contract holds it.
        roster: the event that set its roster.
        jury: that judges it.
        submissions: lone updates and batches in the contract's order.
    """

    chain_id: int
    task: str
    state: RoundState
    roster: RosterSet
    jury: JuryState
    submissions: Sequence[Submitted]


@dataclass(frozen=True)
class Held:
    """Which of a round's files a juror had when their time was over.

    Attributes:
        batches: for each batch of the round, in order, whether it had its file, or the proof that
            the file is too large.
        entries: for each verdict of the round, in order, whether it had the files that the verdict
            takes: that of the batch that the update came in, and where the update may count its
            own, or the proof that this is too large.
    """

    batches: Sequence[bool]
    entries: Sequence[bool]

    @classmethod
    def alone(cls, updates: RoundUpdates, verdicts: Sequence[Verdict]) -> "Held":
        """What the only juror of a jury had, which follows from its verdicts.

        Args:
            updates: of the round.
            verdicts: one an update.
        """
        codes = [each.failure and each.failure.code for each in updates.batches]
        return cls(
            [code is not VerdictCode.UNAVAILABLE for code in codes],
            [verdict.code is not VerdictCode.UNAVAILABLE for verdict in verdicts],
        )


@dataclass(frozen=True)
class Findings:
    """What a record says of a judgement.

    Attributes:
        verdicts, grounds: one an update.
        baseline: what a count has to beat.
        correct: verification samples that the new model gets right.
    """

    verdicts: Sequence[Verdict]
    grounds: Sequence[Grounds]
    baseline: int
    correct: int

    @classmethod
    def of(cls, judgement: Judgement) -> "Findings":
        """The findings of a juror."""
        return cls(
            judgement.verdicts,
            judgement.grounds,
            judgement.baseline_correct,
            judgement.model_correct,
        )


def write_record(
    facts: RoundFacts,
    spec: VerificationSpec,
    attempt: int,
    haves: Mapping[str, Held],
    updates: RoundUpdates,
    found: Findings,
) -> RoundRecord:
    """The record of a round.

    Args:
        facts: what the chain says.
        spec: which slice the round is judged on, and whether its counts are told.
        attempt: number of the jury's attempt at a report.
        haves: by juror, which of the round's files it had.
        updates: of the round.
        found: what the verdicts are, and why.
    """
    state, told = facts.state, spec.counts_are_told
    rows = zip(updates.slots(), found.verdicts, found.grounds, strict=True)
    return RoundRecord(
        chain=facts.chain_id,
        task=facts.task.lower(),
        round=state.number,
        attempt=attempt,
        updates_hash=hexadecimal(state.updates_hash),
        parent=hexadecimal(state.model_digest),
        roster=_recorded_roster(facts.roster),
        jury=_recorded_jury(facts.jury),
        slice=spec.number_for(state.number),
        haves=[
            Have(
                juror=juror.lower(),
                batches=bitmap(held.batches) if updates.batches else None,
                entries=bitmap(held.entries),
            )
            for juror, held in sorted(haves.items(), key=lambda each: int(each[0], 16))
        ],
        batches=[_recorded_batch(batch) for batch in updates.batches],
        entries=[
            RecordEntry.of(
                update.client,
                update.digest,
                verdict.code,
                grounds,
                verdict.correct if told and verdict.code.evaluated else None,
            )
            for update, verdict, grounds in rows
            if isinstance(update, RoundUpdate)
        ],
        baseline=found.baseline if told else None,
        correct=found.correct if told else None,
    )


def _recorded_roster(roster: RosterSet) -> RecordedRoster:
    return RecordedRoster(
        version=roster.version,
        root=hexadecimal(roster.root),
        size=roster.size,
        digest=hexadecimal(roster.digest),
    )


def _recorded_jury(jury: JuryState) -> RecordedJury:
    return RecordedJury(
        version=jury.version,
        hash=hexadecimal(jury.hash),
        size=jury.size,
        quorum=jury.quorum,
    )


def _recorded_batch(batch: RoundBatch) -> RecordedBatch:
    submitted = batch.submitted
    return RecordedBatch(
        index=submitted.index,
        relayer=submitted.relayer.lower(),
        count=submitted.count,
        digest=hexadecimal(submitted.digest),
        code=0 if batch.failure is None else int(batch.failure.code),
    )


def told_accuracy(spec: VerificationSpec, correct: int, samples: int) -> int:
    """The accuracy that a report says: thousandths, rounded down, or that it says none."""
    return 1000 * correct // samples if spec.accuracy else NO_ACCURACY
