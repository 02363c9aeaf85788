"""What the files show: formal verdicts, the aggregate, and given the samples every verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.oracle.audit.batches import GONE
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.audit.submissions import batch_name
from fedjury.oracle.judging import Candidate, Judgement, Terms, UpdateReader, inspect, judge
from fedjury.oracle.rules.base import ChoosingRule, Scores
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS, Grounds
from fedjury.protocol.tensors import Tensors, encoded_digest
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdate


@dataclass(frozen=True)
class Formal:
    """What the files alone say of a round's verdicts.

    Attributes:
        gone: by index in the round, sentences on what is gone from the store and could not be
            checked.
        grounds: one an update: what its verdict rests on; None where the file does not say it.
    """

    gone: Mapping[int, str]
    grounds: Sequence[Grounds | None]


@dataclass(frozen=True)
class FinalizedContent:
    """A finalized round with its files, to hold against what was posted.

    Attributes:
        finalized: what was posted.
        current: the model that the round started from.
        current_digest: of that model's file.
        slots: what each verdict is on.
        candidates: the round's updates as a juror would see them.
        codes: the posted verdicts, one an update.
        terms: from the spec.
    """

    finalized: RoundFinalized
    current: Tensors
    current_digest: Digest
    slots: Sequence[RoundUpdate | RoundBatch]
    candidates: Sequence[Candidate]
    codes: Sequence[VerdictCode]
    terms: Terms

    def check_formal(self) -> Formal:
        """Derive the formal verdicts anew.

        Raises:
            Difference: a verdict is another, or an accepted update cannot be had.
        """
        gone: dict[int, str] = {}
        grounds: list[Grounds | None] = []
        original_gone = False
        found = inspect(UpdateReader(self.candidates, self.terms))
        for index, (code, failure) in enumerate(zip(self.codes, found, strict=True)):
            note = self._why_unknown(index, code, failure, original_gone)
            if note is not None:
                gone[index] = note
                original_gone = original_gone or code.well_formed
            else:
                self._check_code(index, code, failure)
            unknown = code is VerdictCode.MODEL_RAISES or note is not None
            if code is VerdictCode.DUPLICATE and original_gone:
                unknown = True  # of two that are alike the first may be one that is gone
            own = NO_GROUNDS if failure is None else failure.grounds
            grounds.append(None if unknown else own)
        return Formal(gone, grounds)

    def _why_unknown(
        self, index: int, code: VerdictCode, failure: UpdateFailure | None, original_gone: bool
    ) -> str | None:
        """Why a posted verdict cannot be held against the file; None where it can, or need not.

        Args:
            index: of the update.
            code: that was posted.
            failure: what is found of it now.
            original_gone: whether a well-formed update before it is gone.
        """
        slot = self.slots[index]
        if isinstance(slot, RoundBatch) and slot.failure is GONE and code is GONE.code:
            cid = slot.submitted.digest.cid
            return f"{batch_name(slot.submitted)}, {cid}, ({code.label}) is gone from the store"
        decided = slot.failure is not None  # by the batch: the update's own file says nothing
        if decided or code is VerdictCode.UNAVAILABLE or code is VerdictCode.ACCEPTED:
            return None
        if failure is not None and failure.code is VerdictCode.UNAVAILABLE:
            return f"update {index} ({code.label}) is gone from the store"
        if failure is None and code is VerdictCode.DUPLICATE and original_gone:
            return f"update {index} (duplicate) may be of one that is gone from the store"
        return None

    def _check_code(self, index: int, code: VerdictCode, failure: UpdateFailure | None) -> None:
        if failure and code is not failure.code:
            reason = f"{failure.code.label} ({failure.reason})"
        elif failure is None and not code.well_formed:
            reason = "well-formed"
        else:
            return
        raise Difference(
            self.finalized.round,
            f"{self._name(index)} is {code.label}, but {self._source(index)} is {reason}",
        )

    def _name(self, index: int) -> str:
        """An update in words."""
        slot = self.slots[index]
        if isinstance(slot, RoundBatch):
            return f"update {index} in {batch_name(slot.submitted)}"
        return f"update {index} of {slot.client}"

    def _source(self, index: int) -> str:
        """What a verdict without evaluation follows from, in words."""
        slot = self.slots[index]
        if isinstance(slot, RoundBatch):
            return "the batch"
        return "the file" if slot.failure is None else "the entry"

    def check_choice(self, formal: Formal) -> None:
        """Derive what a rule accepts that never consults the samples.

        Where an update that others are judged beside is gone, or the model raises with one,
        nothing can be said.

        Raises:
            Difference: the posted verdict on a well-formed update is another.
        """
        rule, unsure = self.terms.rule, VerdictCode.MODEL_RAISES in self.codes or formal.gone
        if not isinstance(rule, ChoosingRule) or (unsure and not rule.independent):
            return
        judged = [
            index
            for index, code in enumerate(self.codes)
            if code.evaluated and index not in formal.gone
        ]
        reader = UpdateReader([self.candidates[index] for index in judged], self.terms)
        chosen = {judged[row] for row in rule.choose(self.current, reader)}
        for index in judged:
            code, wanted = self.codes[index], VerdictCode.NOT_IMPROVED
            if index in chosen:
                wanted = VerdictCode.ACCEPTED
            label = f"verdict on {self._name(index)}"
            self._same(label, code.label, wanted.label)

    def check_aggregate(self) -> Tensors:
        """Make sure that the posted model is bit for bit the aggregate of the accepted updates.

        Returns:
            The new model.

        Raises:
            Difference: it is another.
        """
        both = zip(self.candidates, self.codes, strict=True)
        chosen = [candidate for candidate, code in both if code.accepted]
        cids = []
        for model, digest in self._aggregates(UpdateReader(chosen, self.terms)):
            if digest == self.finalized.model_digest:
                return model
            cids.append(digest.cid)
        raise Difference(
            self.finalized.round,
            f"the model posted is {self.finalized.model_digest.cid}, the aggregate of the "
            f"{len(chosen)} accepted updates is {' or '.join(cids)}",
        )

    def _aggregates(self, accepted: UpdateReader) -> Iterator[tuple[Tensors, Digest]]:
        """Every model that the rule may make of the accepted updates, and its digest."""
        if len(accepted) == 0:
            yield self.current, self.current_digest
            return
        for weight in self.terms.rule.mixing_weights(self.terms.lam):
            model = self.terms.rule.aggregate(self.current, accepted, weight)
            yield model, encoded_digest(model)

    def check_judgement(self, scores: Scores, gone: Mapping[int, str]) -> Judgement:
        """Derive every verdict, and which model follows, from the verification slice.

        Args:
            scores: what the slice says of any weights.
            gone: updates that cannot be judged again; only for a rule that judges each update by
                itself.

        Returns:
            The judgement, as it follows from the updates that are there.

        Raises:
            Difference: names the first that is another.
        """
        derived = judge(self.current, self.candidates, self.terms, scores)
        for index, code in enumerate(self.codes):
            if index in gone:
                continue
            label = f"verdict on {self._name(index)}"
            self._same(label, code.label, derived.verdicts[index].code.label)
        if not gone:
            model = derived.model_digest(self.current_digest)
            self._same("new model", self.finalized.model_digest.cid, model.cid)
        return derived

    def _same(self, what: str, posted: object, derived: object) -> None:
        if posted != derived:
            raise Difference(
                self.finalized.round, f"the {what} posted is {posted}, derived is {derived}"
            )
