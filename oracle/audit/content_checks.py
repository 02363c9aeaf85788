"""What the files show: formal verdicts, the aggregate, and given the samples every count."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.oracle.audit.records import Difference
from fedjury.oracle.judging import Candidate, Terms, UpdateReader, inspect, judge
from fedjury.oracle.rules.base import Scores
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import Tensors, encoded_digest
from fedjury.protocol.verdicts import Verdict, VerdictCode


@dataclass(frozen=True)
class FinalizedContent:
    """A finalized round with its files, to hold against what was posted.

    Attributes:
        finalized: what was posted.
        current: the model that the round started from.
        current_digest: of that model's file.
        candidates: the round's updates as a juror would see them.
        verdicts: the posted verdicts, one an update.
        terms: from the spec.
    """

    finalized: RoundFinalized
    current: Tensors
    current_digest: Digest
    candidates: Sequence[Candidate]
    verdicts: Sequence[Verdict]
    terms: Terms

    def check_formal(self) -> dict[int, str]:
        """Derive the formal verdicts anew.

        Returns:
            By index in the round, what is gone from the store and so could not be checked.

        Raises:
            Difference: a verdict is another, or an accepted update cannot be had.
        """
        notes: dict[int, str] = {}
        original_gone = False
        found = zip(
            self.verdicts,
            self.candidates,
            inspect(UpdateReader(self.candidates, self.terms)),
            strict=True,
        )
        for index, (verdict, candidate, failure) in enumerate(found):
            gone = failure is not None and failure.code is VerdictCode.UNAVAILABLE
            if verdict.code is VerdictCode.UNAVAILABLE:
                continue
            if gone and verdict.code is not VerdictCode.ACCEPTED:
                notes[index] = f"update {index} ({verdict.code.label}) is gone from the store"
                original_gone = original_gone or verdict.code.well_formed
                continue
            if failure is None and verdict.code is VerdictCode.DUPLICATE and original_gone:
                notes[index] = (
                    f"update {index} (duplicate) may be of one that is gone from the store"
                )
                continue
            if failure and verdict.code is not failure.code:
                reason = f"{failure.code.label} ({failure.reason})"
            elif failure is None and not verdict.code.well_formed:
                reason = "well-formed"
            else:
                continue
            raise Difference(
                self.finalized.round,
                f"update {index} of {candidate.tag.client} is {verdict.code.label}, "
                f"but the file is {reason}",
            )
        return notes

    def check_aggregate(self) -> Tensors:
        """Make sure that the posted model is bit for bit the aggregate of the accepted updates.

        Returns:
            The new model.

        Raises:
            Difference: it is another.
        """
        both = zip(self.candidates, self.verdicts, strict=True)
        chosen = [candidate for candidate, verdict in both if verdict.accepted]
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

    def check_judgement(self, scores: Scores, gone: Container[int] = ()) -> Tensors:
        """Derive every verdict and count, and which model follows, from the verification set.

        Args:
            scores: what the verification set says of any weights.
            gone: indexes of updates that cannot be judged again; only for a rule that judges each
                update by itself.

        Returns:
            The new model as it follows from the updates that are there.

        Raises:
            Difference: names the first that is another.
        """
        posted, derived = (
            self.finalized,
            judge(self.current, self.candidates, self.terms, scores),
        )
        self._same("baseline", posted.baseline_correct, derived.baseline_correct)
        for index, verdict in enumerate(self.verdicts):
            if index in gone:
                continue
            other = derived.verdicts[index]
            label = f"verdict on update {index} of {self.candidates[index].tag.client}"
            self._same(label, verdict.code.label, other.code.label)
            self._same(f"count in the {label}", verdict.correct, other.correct)
        self._same("new model's count", posted.model_correct, derived.model_correct)
        if not gone:
            model = derived.model_digest(self.current_digest)
            self._same("new model", posted.model_digest.cid, model.cid)
        return derived.model

    def _same(self, what: str, posted: object, derived: object) -> None:
        if posted != derived:
            raise Difference(
                self.finalized.round, f"the {what} posted is {posted}, derived is {derived}"
            )
