"""Holding a round's record against what is derived, and naming the first thing that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedjury.checks.counts import counted
from fedjury.errors import ContentError, ContentTooLarge
from fedjury.oracle.audit.files import Fetcher
from fedjury.oracle.audit.haves import check_haves
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.audit.submissions import batch_name
from fedjury.oracle.recording import Findings, RoundFacts, write_record
from fedjury.protocol.reasons import NO_GROUNDS, Grounds, Reason
from fedjury.protocol.round_record import RecordEntry, RoundRecord, most_record_bytes
from fedjury.protocol.task_spec import VerificationSpec
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.task.batches import RoundUpdates
from fedjury.task.history import RoundHistory

_REASONS = {
    VerdictCode.MALFORMED: (
        Reason.NO_SAFETENSORS,
        Reason.TENSOR_MISSING,
        Reason.TENSOR_UNKNOWN,
        Reason.TENSOR_TYPE,
        Reason.TENSOR_SHAPE,
        Reason.METADATA_MISSING,
        Reason.METADATA_FORMAT,
    ),
    VerdictCode.NOT_THE_SENDERS: (Reason.METADATA_OTHERS,),
    VerdictCode.NOT_FINITE: (Reason.WEIGHT_NOT_FINITE, Reason.WEIGHT_TOO_LARGE),
    VerdictCode.DUPLICATE: (Reason.SAME_TENSORS,),
    VerdictCode.MODEL_RAISES: (Reason.RAISES_WITH_UPDATE, Reason.RAISES_WITH_AGGREGATE),
}
"""What a verdict may rest on; those that are not here have no reason beside their code."""

_WITHOUT_ARGUMENT = {
    Reason.NO_SAFETENSORS,
    Reason.METADATA_FORMAT,
    Reason.RAISES_WITH_UPDATE,
    Reason.RAISES_WITH_AGGREGATE,
}


@dataclass(frozen=True)
class Known:
    """What an audit knows of a round's findings; the rest it has to take from the record.

    Attributes:
        codes: the posted verdicts, one an update.
        grounds: what each rests on; None where that cannot be derived.
        counts: how many samples each gets right, 0 where it was not evaluated; None where that
            cannot be derived.
        baseline, correct: of the round; None where they cannot be derived.
    """

    codes: Sequence[VerdictCode]
    grounds: Sequence[Grounds | None]
    counts: Sequence[int | None]
    baseline: int | None = None
    correct: int | None = None

    @classmethod
    def of_files(cls, codes: Sequence[VerdictCode], grounds: Sequence[Grounds | None]) -> "Known":
        """What is known without the round's verification slice."""
        return cls(codes, grounds, [None] * len(codes))


def fetch_record(fetcher: Fetcher, history: RoundHistory) -> RoundRecord:
    """The record that a round's report names.

    Raises:
        Difference: the signers do not have it any more, or it is none.
        StoreUnavailable: no statement can be made now.
    """
    assert history.finalized is not None
    digest = history.finalized.record_digest
    limit = most_record_bytes(history.size, len(history.jury.jurors))
    try:
        return RoundRecord.from_bytes(fetcher.fetch(digest, limit))
    except ContentTooLarge as error:
        sentence = f"the record {digest.cid} is larger than {limit} bytes, which no record is"
        raise Difference(history.number, sentence) from error
    except ContentError as error:
        sentence = f"the record {digest.cid}, which its signers keep, cannot be had: {error}"
        raise Difference(history.number, sentence) from error
    except ValueError as error:
        raise Difference(history.number, f"the record {digest.cid} is none: {error}") from error


def check_record(
    record: RoundRecord,
    facts: RoundFacts,
    spec: VerificationSpec,
    history: RoundHistory,
    updates: RoundUpdates,
    known: Known,
) -> None:
    """A record says what the chain says, and what is derived.

    What cannot be derived has to be possible.

    Args:
        record: that the report names.
        facts: of its round.
        spec: which slice the round was judged on, and whether counts are told.
        history: of the round, which is finalized.
        updates: of the round.
        known: what is derived.

    Raises:
        Difference: names the first thing that differs.
    """
    finalized = history.finalized
    assert finalized is not None
    if len(record.entries) != len(updates.known):
        raise Difference(
            history.number,
            f"the record is on {counted(len(record.entries), 'update')}, the round has "
            f"{len(updates.known)}{' that are known' if len(updates.known) < updates.size else ''}",
        )
    found = _findings(history.number, record, updates, known, spec)
    had = check_haves(record, history, updates, known.codes)
    expected = write_record(facts, spec, finalized.attempt, had, updates, found)
    if expected.to_bytes() != record.to_bytes():
        raise Difference(history.number, first_difference(record, expected, updates))


def _findings(
    round_number: int,
    record: RoundRecord,
    updates: RoundUpdates,
    known: Known,
    spec: VerificationSpec,
) -> Findings:
    """What is known, and for the rest what the record says, as far as that is possible."""
    samples = spec.slice_for(round_number).samples
    verdicts = [Verdict(code) for code in known.codes]
    grounds = [NO_GROUNDS] * len(known.codes)  # of what stands in batches that were not read
    for update, entry in zip(updates.known, record.entries, strict=True):
        index = update.index
        code, count, derived = known.codes[index], known.counts[index], known.grounds[index]
        if count is None:
            count = _possible(round_number, f"right of update {index}", entry.correct, samples)
        verdicts[index] = Verdict(code, count)
        grounds[index] = derived or _possible_grounds(round_number, index, code, entry)
    both = {"baseline": known.baseline, "correct": known.correct}
    told = {"baseline": record.baseline, "correct": record.correct}
    names = {"baseline": "as the baseline", "correct": "right of the new model"}
    totals = {
        key: _possible(round_number, names[key], told[key], samples) if found is None else found
        for key, found in both.items()
    }
    return Findings(verdicts, grounds, **totals)


def _possible(round_number: int, what: str, said: int | None, samples: int) -> int:
    """A count that the record says; none counts as 0."""
    if said is not None and said > samples:
        raise Difference(
            round_number, f"the record says {said} {what}, of {counted(samples, 'sample')}"
        )
    return said or 0


def _possible_grounds(
    round_number: int, index: int, code: VerdictCode, entry: RecordEntry
) -> Grounds:
    """What the record says that a verdict rests on, where the file does not show it."""
    reasons = _REASONS.get(code, (Reason.NONE,))
    fits = entry.reason in reasons
    if fits:
        wanted = 0 if Reason(entry.reason) in {Reason.NONE, *_WITHOUT_ARGUMENT} else 1
        fits = len(entry.arguments) == wanted and all(each >= 0 for each in entry.arguments)
    if fits and entry.reason == Reason.SAME_TENSORS:
        fits = entry.arguments[0] < index
    if not fits:
        raise Difference(
            round_number,
            f"the record says reason {entry.reason} with arguments {entry.arguments} of update "
            f"{index}, which no {code.label} update has",
        )
    return Grounds(Reason(entry.reason), tuple(entry.arguments))


# --- naming what differs ---

_SOURCES_OF_BATCHES = {"code": "derived is"}
_SOURCES = {
    "attempt": "the report says",
    "slice": "the spec says",
    "code": "the verdicts say",
    "reason": "derived is",
    "arguments": "derived is",
    "baseline": "derived is",
    "correct": "derived is",
}


def first_difference(record: RoundRecord, expected: RoundRecord, updates: RoundUpdates) -> str:
    """The first place at which two records differ, in words.

    Args:
        record, expected: on as many updates and batches.
        updates: of the round.
    """
    said, wanted = record.model_dump(), expected.model_dump()
    named = {
        "batches": [batch_name(batch.submitted) for batch in updates.batches],
        "entries": [f"update {update.index}" for update in updates.known],
    }
    for key in wanted:
        if said[key] == wanted[key]:
            continue
        if key in named:
            pairs = zip(said[key], wanted[key], named[key], strict=True)
            one, other, name = next(each for each in pairs if each[0] != each[1])
            sources = _SOURCES_OF_BATCHES if key == "batches" else _SOURCES
            return _words(one, other, "", f" of {name}", sources)
        if isinstance(wanted[key], dict):
            return _words(said[key], wanted[key], f"{key} ", "")
        return _words({key: said[key]}, {key: wanted[key]}, "", "")
    raise AssertionError("records whose bytes differ differ somewhere")


def _words(
    said: dict[str, Any],
    wanted: dict[str, Any],
    before: str,
    after: str,
    sources: Mapping[str, str] = _SOURCES,
) -> str:
    """What the first key that differs says on both sides."""
    key = next(name for name in wanted if said[name] != wanted[name])
    name, source = before + key.replace("_", " "), sources.get(key, "the chain says")
    if wanted[key] is None:
        return f"the record says {name} {said[key]}{after}, which is not told"
    if said[key] is None:
        return f"the record says no {name}{after}, which is to be told"
    return f"the record says {name} {said[key]}{after}, {source} {wanted[key]}"
