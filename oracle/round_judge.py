"""A juror's judging of one round: fetch, judge, tell."""

import time
from collections.abc import Sequence

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.chain.contracts.types import RoundState
from fedjury.oracle.events import Judging, RoundJudged, UpdateJudged
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.judging import Candidate, Judgement, Terms, judge
from fedjury.oracle.rules.base import Scores
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask


class RoundJudge:
    """Judges rounds of one task.

    Args:
        task: opened.
        fetcher: gets update files.
        listener: is told what happens.

    Raises:
        SpecError: the task's rule is unknown here.
    """

    def __init__(self, task: OpenedTask, fetcher: UpdateFetcher, listener: Listener) -> None:
        self._task, self._fetcher = task, fetcher
        self._terms = Terms.of(task.spec, task.shapes)
        self._listener = listener

    def judge(
        self,
        state: RoundState,
        updates: Sequence[UpdateSubmitted],
        scores: Scores,
        seconds: float,
    ) -> Judgement:
        """Fetch a round's files and judge them.

        Args:
            state: the closed round.
            updates: the round's updates in the contract's order.
            scores: what the round's slice says of any weights.
            seconds: that the files may take.

        Raises:
            StoreUnavailable: the store does not work, or the round's model cannot be had.
        """
        self._listener(Judging(round=state.number, updates=len(updates)))
        started = time.monotonic()
        candidates = self._candidates(state.number, updates, seconds)
        current = self._task.fetch_model(state.model_digest)
        judgement = judge(current, candidates, self._terms, scores)
        self._tell(state, updates, judgement, time.monotonic() - started)
        return judgement

    def _candidates(
        self, number: int, updates: Sequence[UpdateSubmitted], seconds: float
    ) -> list[Candidate]:
        failures = self._fetcher.fetch_all([update.digest for update in updates], seconds)
        return [
            Candidate(
                self._task.tag(number, update.client),
                lambda digest=update.digest: self._fetcher.cached(digest),  # type: ignore[misc]
                failure,
            )
            for update, failure in zip(updates, failures, strict=True)
        ]

    def _tell(
        self,
        state: RoundState,
        updates: Sequence[UpdateSubmitted],
        judgement: Judgement,
        seconds: float,
    ) -> None:
        told = zip(updates, judgement.verdicts, judgement.reasons, strict=True)
        for update, verdict, reason in told:
            self._listener(
                UpdateJudged(
                    round=state.number,
                    client=update.client,
                    code=verdict.code.label,
                    correct=verdict.correct,
                    reason=reason,
                )
            )
        self._listener(
            RoundJudged(
                round=state.number,
                accepted=sum(verdict.accepted for verdict in judgement.verdicts),
                updates=len(updates),
                baseline_correct=judgement.baseline_correct,
                model_correct=judgement.model_correct,
                seconds=round(seconds, 3),
            )
        )
