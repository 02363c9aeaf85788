"""Judging one round: from update files to verdicts and the new model. Pure: no chain, no network.

The same code serves the daemon, the audit and experiments.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fedjury.oracle.aggregation.updates import ChosenUpdates
from fedjury.oracle.rules.base import Rule, RuleInput, Scores
from fedjury.oracle.rules.registry import find_rule, rule_spec
from fedjury.oracle.ruling import RuledRound, rule_round
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Shapes, Tensors, content_hash, encode
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_file import UpdateRejected, read_update
from fedjury.protocol.update_tag import UpdateTag
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.task.rule_words import why_despite_count

# Tensors of a round's updates that are kept after they were read once.
KEPT_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Candidate:
    """An update to judge.

    Attributes:
        tag: whose it has to be; where its batch could not be read, the relayer's.
        load: gives the file's bytes; called more than once, so that a round's updates need
            not all lie in memory.
        failure: set instead where the file could not be had, or what the update's batch says of
            it decides.
    """

    tag: UpdateTag
    load: Callable[[], bytes]
    failure: UpdateFailure | None = None


@dataclass(frozen=True)
class Terms:
    """What of the spec a judge needs.

    Attributes:
        shapes: names and shapes of the model's tensors.
        max_magnitude: largest absolute weight allowed.
        lam: the task's λ.
        rule: the verification rule.
    """

    shapes: Shapes
    max_magnitude: float
    lam: float
    rule: Rule

    @classmethod
    def of(cls, spec: TaskSpec, shapes: Shapes) -> "Terms":
        """The terms of a spec.

        Raises:
            SpecError: the rule is unknown here.
        """
        return cls(shapes, spec.update.max_magnitude, spec.lam, find_rule(spec.rule))


@dataclass(frozen=True)
class Judgement:
    """What a juror finds of one round.

    Attributes:
        baseline_correct: verification samples that w classifies right, or the best constant answer
            where that is more.
        model_correct: those that the new model classifies right.
        verdicts: one an update, in order.
        reasons: the same for people.
        grounds: the same in numbers, for the round record.
        model: the new model.
        model_file: its canonical file; None where the model stays.
    """

    baseline_correct: int
    model_correct: int
    verdicts: list[Verdict]
    reasons: list[str]
    grounds: list[Grounds]
    model: Tensors
    model_file: bytes | None

    def model_digest(self, current: Digest) -> Digest:
        """Digest of the new model's file, or of the current one where it stays."""
        return current if self.model_file is None else Digest.of(self.model_file)


class UpdateReader:
    """The tensors of candidates, read when asked for and kept as far as a budget allows.

    Args:
        candidates: of one round.
        terms: from the spec.
        budget: bytes of tensors to keep.
    """

    def __init__(
        self, candidates: Sequence[Candidate], terms: Terms, budget: int = KEPT_BYTES
    ) -> None:
        self.candidates, self._terms, self._room = candidates, terms, budget
        self._kept: dict[int, Tensors] = {}

    def __len__(self) -> int:
        return len(self.candidates)

    def __iter__(self) -> Iterator[Tensors]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int, /) -> Tensors:
        """The tensors of one candidate; nobody may change them.

        Raises:
            UpdateRejected: the file fails a check.
        """
        if index in self._kept:
            return self._kept[index]
        candidate, terms = self.candidates[index], self._terms
        tensors = read_update(candidate.load(), candidate.tag, terms.shapes, terms.max_magnitude)
        size = sum(tensor.nbytes for tensor in tensors.values())
        if size <= self._room:
            self._room -= size
            self._kept[index] = tensors
        return tensors


def inspect(reader: UpdateReader) -> Iterator[UpdateFailure | None]:
    """The formal checks: for each candidate None, or the verdict that it earns unevaluated."""
    seen: dict[bytes, int] = {}
    for index, candidate in enumerate(reader.candidates):
        if candidate.failure:
            yield candidate.failure
            continue
        try:
            digest = content_hash(reader[index])
        except UpdateRejected as rejected:
            yield UpdateFailure(rejected.code, str(rejected), rejected.grounds)
            continue
        earlier = seen.setdefault(digest, index)
        yield (
            None
            if earlier == index
            else UpdateFailure(
                VerdictCode.DUPLICATE,
                f"the same tensors as update {earlier}",
                Grounds(Reason.SAME_TENSORS, (earlier,)),
            )
        )


def judge(
    current: Tensors,
    candidates: Sequence[Candidate],
    terms: Terms,
    scores: Scores,
) -> Judgement:
    """Judge a round.

    Args:
        current: the global model w.
        candidates: the round's updates in the order of the contract.
        terms: from the spec.
        scores: what the verification set says of any weights.

    Raises:
        ModelError: the model raises even with the weights that the task began with.
        UnknownOperation: it has an operation without a definition, and others have to find the
            same.
        OutOfMemory, NoScratchSpace: this machine cannot judge now.
    """
    reader = UpdateReader(candidates, terms)
    failures = list(inspect(reader))
    well_formed = [index for index, failure in enumerate(failures) if failure is None]
    updates = ChosenUpdates(reader, well_formed)
    ruled = rule_round(terms.rule, RuleInput(current, updates, terms.lam, scores))
    verdicts, reasons, grounds = _formal(failures)
    for row, index in enumerate(well_formed):
        verdicts[index], reasons[index] = _found(ruled, row, terms.rule)
        if row in ruled.raised:
            grounds[index] = Grounds(ruled.raised[row].reason)
    baseline = ruled.ruling.baseline
    model, file = current, None
    if ruled.model is not None:
        model, file = ruled.model, encode(ruled.model)
    return Judgement(baseline, scores.correct(model), verdicts, reasons, grounds, model, file)


def _formal(
    failures: Sequence[UpdateFailure | None],
) -> tuple[list[Verdict], list[str], list[Grounds]]:
    codes = [failure.code if failure else VerdictCode.NOT_IMPROVED for failure in failures]
    reasons = [failure.reason if failure else "" for failure in failures]
    grounds = [failure.grounds if failure else Grounds() for failure in failures]
    return [Verdict(code) for code in codes], reasons, grounds


def _found(ruled: RuledRound, row: int, rule: Rule) -> tuple[Verdict, str]:
    """Verdict and reason of a well-formed update."""
    if row in ruled.raised:
        return Verdict(VerdictCode.MODEL_RAISES), ruled.raised[row].sentence
    accepted, correct = ruled.ruling.accepted[row], ruled.ruling.correct[row]
    code = VerdictCode.ACCEPTED if accepted else VerdictCode.NOT_IMPROVED
    baseline = ruled.ruling.baseline
    reason = f"{correct} right with it, {baseline} to beat"
    if why := why_despite_count(rule_spec(rule), correct, baseline, accepted=accepted):
        reason += f"; {why}"
    return Verdict(code, correct), reason
