"""A juror's judging of one round: fetch, judge, tell."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedjury.oracle.events import BatchUnread, Judging, RoundJudged, UpdateJudged
from fedjury.oracle.judging import Judgement, Terms, judge
from fedjury.oracle.round_facts import ClosedRound
from fedjury.oracle.round_files import RoundFileReader, RoundFiles
from fedjury.oracle.rules.base import Scores
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.events import Listener
from fedjury.task.batches import RoundUpdate, RoundUpdates
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class JudgedRound:
    """A round that was judged.

    Attributes:
        updates: of the round, as its batches tell them.
        judgement: on them.
        had: digests of the files that were to be had, batches and updates.
        current: the weights that the round started from.
    """

    updates: RoundUpdates
    judgement: Judgement
    had: Sequence[Digest]
    current: Tensors


class RoundJudge:
    """Judges rounds of one task.

    Args:
        task: opened.
        files: gets the files of batches and updates.
        listener: is told what happens.
        clock: seconds that only ever grow.

    Raises:
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self,
        task: OpenedTask,
        files: RoundFileReader,
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._files = task, files
        self._terms = Terms.of(task.spec, task.shapes)
        self._listener, self._clock = listener, clock

    def judge(self, closed: ClosedRound, scores: Scores, seconds: float) -> JudgedRound:
        """Fetch a round's files and judge them.

        Args:
            closed: the round.
            scores: what the round's slice says of any weights.
            seconds: that the files may take.

        Raises:
            StoreUnavailable: the store does not work, or the round's model cannot be had.
        """
        self.tell_begin(closed)
        return self.judge_files(closed, self._files.read(closed, seconds), scores)

    def judge_files(self, closed: ClosedRound, files: RoundFiles, scores: Scores) -> JudgedRound:
        """Judge a round by files that are here.

        Args:
            closed: the round.
            files: that it is judged by.
            scores: what the round's slice says of any weights.

        Raises:
            StoreUnavailable: the round's model cannot be had.
        """
        state, began = closed.facts.state, self._clock()
        current = self._task.fetch_model(state.model_digest)
        judgement = judge(current, files.candidates, self._terms, scores)
        self._tell(state.number, files, judgement, self._clock() - began)
        return JudgedRound(files.updates, judgement, files.had, current)

    def tell_begin(self, closed: ClosedRound) -> None:
        """Tell that a round is taken up."""
        state = closed.facts.state
        self._listener(Judging(round=state.number, updates=state.submitted, batched=state.batched))

    def _tell(self, number: int, files: RoundFiles, judgement: Judgement, seconds: float) -> None:
        updates = files.updates
        self._tell_of_unread(number, updates)
        told = zip(updates.slots(), judgement.verdicts, judgement.reasons, strict=True)
        for update, verdict, reason in told:
            if not isinstance(update, RoundUpdate):
                continue
            self._listener(
                UpdateJudged(
                    round=number,
                    client=update.client,
                    code=verdict.code.label,
                    correct=verdict.correct,
                    reason=reason,
                )
            )
        self._listener(
            RoundJudged(
                round=number,
                accepted=sum(verdict.accepted for verdict in judgement.verdicts),
                updates=updates.size,
                baseline_correct=judgement.baseline_correct,
                model_correct=judgement.model_correct,
                seconds=round(files.seconds + seconds, 3),
                fetching=round(files.seconds, 3),
            )
        )

    def _tell_of_unread(self, number: int, updates: RoundUpdates) -> None:
        """One event a batch, however many updates it announces."""
        for batch in updates.batches:
            if batch.failure is None:
                continue
            submitted = batch.submitted
            self._listener(
                BatchUnread(
                    round=number,
                    relayer=submitted.relayer,
                    cid=submitted.digest.cid,
                    updates=submitted.count,
                    code=batch.failure.code.label,
                    reason=batch.failure.reason,
                )
            )
