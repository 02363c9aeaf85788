"""A dry run of a juror: judges every closed round and says what it would report, without a key.

It reads chain and store, and sends, signs and publishes nothing. Once a round is over it derives
the report anew by what the record says that the jurors held, and says whether the jury finalized
the same. What it tells holds counts of the secret samples, as a juror's log does.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.errors import StoreUnavailable
from fedjury.oracle.audit.chain_checks import check_verdicts
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.dry_comparing import differences
from fedjury.oracle.dry_deriving import Derived, Deriver, NotDerivable
from fedjury.oracle.dry_events import DryCompared, DryDiffers, DryNotCompared, DryReport
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluators import Evaluators
from fedjury.oracle.events import RosterRefused
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.file_time import TimeForFiles
from fedjury.oracle.leaks import Leaks
from fedjury.oracle.recording import Held, RoundFacts
from fedjury.oracle.reporting import FIRST_ATTEMPT, Basis, Draft, drafted
from fedjury.oracle.round_clock import RoundClock
from fedjury.oracle.round_facts import FactReader
from fedjury.oracle.round_files import RoundFileReader
from fedjury.oracle.round_judge import JudgedRound, RoundJudge
from fedjury.oracle.slice_events import SliceLeaked, SliceMissing
from fedjury.oracle.slices import Slices
from fedjury.oracle.waiting import why_open
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.runtime.events import Listener, OnChange, TaskFinished, Waiting, ignore
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from fedjury.task.history import RoundHistory
from fedjury.task.juries import find_jury
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import WrongRoster

NOBODY = "0x" + "0" * 40
"""The account that a dry run looks at the contract as: it has none."""


@dataclass(frozen=True)
class _Told:
    """What was told of a round before it was over.

    Attributes:
        seen: the round with its roster and its jury.
        verdicts: packed; None where nothing was told of it.
    """

    seen: Overview
    verdicts: bytes | None


class DryRun:
    """Judges what is closed, and compares what is over.

    Args:
        task: opened.
        slices: the verification slices that are here.
        fetcher: gets update files into the cache.
        cache: a directory of the dry run's own, emptied after each round that is over.
        listener: is told what happens.
        confirmations: blocks on top of the one that is read, or a block tag.
        now: Unix seconds.

    Raises:
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self,
        task: OpenedTask,
        slices: Slices,
        fetcher: UpdateFetcher,
        cache: DirectoryStore,
        listener: Listener,
        *,
        confirmations: int | BlockTag = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._task, self._slices, self._cache = task, slices, cache
        self._confirmations, self._listener = confirmations, listener
        self._say = OnChange(listener)
        self._clock = RoundClock(task.chain, confirmations, now)
        self._facts, self._leaks = FactReader(task), Leaks(task)
        self._evaluators = Evaluators(task.model, slices)
        self._time = TimeForFiles(task.config.availability_seconds)
        files = RoundFileReader(task, fetcher)
        self._judge, self._quiet = (
            RoundJudge(task, files, listener),
            RoundJudge(task, files, ignore),
        )
        self._deriver = Deriver(task, files)
        self._told: dict[int, _Told] = {}
        self._next = 1

    def cycle(self) -> Step:
        """Judge the round that is on where it is closed, or compare one that is over.

        Raises:
            TransientError: chain or store do not work now.
            FatalError: what the jury judges cannot be judged here.
        """
        stamp = self._task.chain.block(self._confirmations)
        seen = self._task.contract.overview(NOBODY, at=stamp)
        is_finished = seen.phase is Phase.FINISHED
        if not is_finished and self._judge_closed(seen, stamp):
            return Step.PROGRESS
        if self._next < seen.round.number:  # a finished task's is the one after its last
            self._compare(self._next, stamp)
            self._told.pop(self._next, None)
            for digest in self._cache.digests():
                self._cache.forget(digest)
            self._next += 1
            return Step.PROGRESS
        if not is_finished:
            return Step.WAITING
        self._listener(TaskFinished())
        return Step.FINISHED

    # --- the round that is on ---

    def _judge_closed(self, seen: Overview, stamp: BlockStamp) -> bool:
        """Say what a juror would report of the round; whether that was something to do."""
        number = seen.round.number
        told = self._told.get(number)
        if told is not None and _is_same(told.seen, seen):
            return False
        reason = why_open(seen.round, self._task.config, lambda: self._clock.now(stamp))
        if reason:
            self._say(Waiting(round=number, reason=reason))
            return False
        evaluator = self._evaluator(number)
        if evaluator is None:
            self._tell_of_missing(number)
            return False
        self._told[number] = _Told(seen, self._report(seen, stamp, evaluator))
        return True

    def _evaluator(self, number: int) -> Evaluator | None:
        """What a round's slice says of weights; None where there is none, or it is not here."""
        if self._slices.wanted_for(number) is None:
            return None
        return self._evaluators.get(self._slices.number_for(number))

    def _tell_of_missing(self, number: int) -> None:
        wanted = self._slices.wanted_for(number)
        if wanted is None:
            self._say(Waiting(round=number, reason="the task's spec has no slice for this round"))
            return
        place = self._slices.number_for(number)
        self._say(SliceMissing(round=number, slice=place, commitment=wanted.commitment))

    def _report(self, seen: Overview, stamp: BlockStamp, evaluator: Evaluator) -> bytes | None:
        """The verdicts of what a juror would report, packed; None where it would not."""
        state, is_alone = seen.round, seen.jury.size == 1
        if not is_alone:
            evaluator.require_definition()
        try:
            closed = self._facts.read(seen, stamp)
            seconds = self._time.left(state, self._clock.now(stamp))
            judged = self._judge.judge(closed, evaluator, seconds)
        except WrongRoster as error:
            self._say(RosterRefused(round=state.number, reason=str(error)))
            return None
        except StoreUnavailable:
            self._time.store_failed(state.number)
            raise
        digest = Digest.of(evaluator.verification.to_bytes())
        leak = self._leaks.find(digest, state.deadline)
        if leak is not None:
            self._listener(
                SliceLeaked(
                    round=state.number,
                    slice=self._slices.number_for(state.number),
                    discloser=leak.discloser,
                    block=leak.block_number,
                )
            )
            return None
        draft = drafted(self._task, closed.facts, judged, self._basis(closed.facts, judged, stamp))
        self._tell(draft, is_record_known=is_alone)
        return draft.verdicts

    def _basis(self, facts: RoundFacts, judged: JudgedRound, stamp: BlockStamp) -> Basis:
        """What a juror on its own goes by; of a jury of several nobody knows what they hold."""
        held: dict[str, Held] = {}
        if facts.jury.size == 1:
            (juror,) = find_jury(self._task, facts.jury, stamp.number).jurors
            held[juror] = Held.alone(judged.updates, judged.judgement.verdicts)
        return Basis(FIRST_ATTEMPT, held, facts.jury.hash)

    def _tell(self, draft: Draft, *, is_record_known: bool) -> None:
        report = draft.report
        counts = Counter(code.label for code in unpack(draft.verdicts))
        self._listener(
            DryReport(
                round=report.round,
                model=report.model_digest.cid,
                record=report.record_digest.cid if is_record_known else None,
                verdicts=dict(sorted(counts.items())),
            )
        )

    # --- rounds that are over ---

    def _compare(self, number: int, stamp: BlockStamp) -> None:
        history = self._task.read_round(number, stamp.number)
        if history.finalized is None:
            self._listener(DryNotCompared(round=number, reason="it was voided"))
            return
        evaluator = self._evaluator(number)
        if evaluator is None:
            self._listener(DryNotCompared(round=number, reason="its slice is not here"))
            return
        told = self._told.get(number)
        verdicts = None if told is None else told.verdicts
        try:
            found = self._differences(history, evaluator, is_news=verdicts is None)
        except NotDerivable as error:
            self._listener(DryNotCompared(round=number, reason=str(error)))
            return
        except Difference as error:
            found = [error.what]
        kind = DryDiffers if found else DryCompared
        self._listener(
            kind(
                round=number,
                model=history.finalized.model_digest.cid,
                record=history.finalized.record_digest.cid,
                differences=found,
                foreseen_otherwise=_otherwise(verdicts, history.finalized.verdicts),
            )
        )

    def _differences(
        self, history: RoundHistory, evaluator: Evaluator, *, is_news: bool
    ) -> list[str]:
        """What the jury finalized otherwise.

        Args:
            history: of the round.
            evaluator: of its slice.
            is_news: whether nothing was told of the round's verdicts before.
        """
        assert history.finalized is not None
        codes: list[VerdictCode] = check_verdicts(history, history.finalized)
        record = self._deriver.record(history)
        judge = self._judge if is_news else self._quiet
        derived: Derived = self._deriver.derive(history, record, codes, judge, evaluator)
        if is_news:
            self._tell(derived.draft, is_record_known=True)
        return differences(history, codes, record, derived)


def _is_same(told: Overview, seen: Overview) -> bool:
    """Whether nothing of a round has changed."""
    return (told.round, told.roster, told.jury) == (seen.round, seen.roster, seen.jury)


def _otherwise(told: bytes | None, posted: bytes) -> int:
    """How many verdicts are other than those that were told."""
    return 0 if told is None else sum(a != b for a, b in zip(told, posted, strict=False))
