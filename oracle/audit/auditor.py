"""Going through a task round by round, stopping at the first thing that differs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fedjury.chain.contracts.events import JuryAnnounced, RelayerSet, RosterSet
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.oracle.audit.block_time import BlockTime, block_times
from fedjury.oracle.audit.chain_checks import check_opening, check_slices
from fedjury.oracle.audit.files import Fetcher
from fedjury.oracle.audit.finalized import FinalizedRounds
from fedjury.oracle.audit.juries import check_jury_change
from fedjury.oracle.audit.present import Present, check_present_relayers
from fedjury.oracle.audit.result import AuditResult, Difference, RoundAudit
from fedjury.oracle.audit.rosters import Rosters, check_roster_change
from fedjury.oracle.audit.slices import SliceFinder
from fedjury.oracle.audit.submissions import check_relayers, check_submissions
from fedjury.oracle.events import DifferenceFound, RoundAudited
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, ignore
from fedjury.task.history import RoundHistory, TaskHistory
from fedjury.task.opened import OpenedTask


class Auditor:
    """Audits one task.

    Every round whose verification slice is given, or disclosed, is derived wholly.

    Args:
        task: opened; its model is needed where a slice is known.
        slices: verification slices that need not be disclosed; by default none.
        timeout: seconds to wait for each file.
        listener: is told of every round.
        sleep: waits for some seconds.

    Raises:
        ModelError: slices are given and the model cannot be had here.
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self,
        task: OpenedTask,
        slices: Slices | None = None,
        timeout: float = 20.0,
        listener: Listener = ignore,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._task, self._timeout, self._listener = task, timeout, listener
        self._given = slices or Slices(task.spec, {})
        self._fetcher = Fetcher(task.store, timeout, sleep)
        self._rosters = Rosters(self._fetcher)
        needs_model = bool(self._given.numbers)
        self._finalized = FinalizedRounds(
            task, self._fetcher, self._rosters, needs_model=needs_model
        )

    def run(self, at: BlockStamp) -> AuditResult:
        """Audit everything up to a block.

        Raises:
            ChainUnavailable, StoreUnavailable: no statement can be made now.
            ModelError: the model cannot judge the samples of a slice.
        """
        result = AuditResult(self._task.name, [])
        try:
            # first of all: a node may soon have forgotten the state at this block
            present = Present.read(self._task.contract, at)
            self._audit(self._task.read_history(at), present, at, result)
        except Difference as difference:
            result.difference = difference
            self._listener(DifferenceFound(round=difference.round, difference=difference.what))
        return result

    def _audit(
        self, history: TaskHistory, present: Present, at: BlockStamp, result: AuditResult
    ) -> None:
        time_of = block_times(self._task.chain)
        slices = self._slice_finder(history, time_of, at)
        relayers = self._relayers(history, at)
        check_slices(self._task.spec, self._task.config)
        digest, previous = self._task.config.genesis_digest, None
        model = self._task.fetch_model(digest, self._timeout)
        for expected, number in enumerate(sorted(history.rounds), start=1):
            if number != expected:
                raise Difference(expected, "no event tells of this round's opening")
            story = history.rounds[number]
            self._check_members(story, previous, time_of, at)
            audit = self._audit_events(story, digest, time_of)
            if story.finalized is not None:
                model = self._finalized.audit(story, model, slices, audit)
                digest = story.finalized.model_digest
                audit.model = digest.cid
            previous = story
            result.rounds.append(audit)
            self._listener(RoundAudited(**vars(audit)))
        present.check(history, digest, self._task.config.notice_seconds, time_of)
        with self._all_told(at):
            check_present_relayers(max(history.rounds), relayers, history)

    def _relayers(self, history: TaskHistory, at: BlockStamp) -> dict[str, bool]:
        """Of all who were ever named a relayer, whether the contract takes batches from them."""
        contract = self._task.contract
        return {each: contract.is_relayer(each, at=at) for each in history.relayers}

    def _check_members(
        self,
        story: RoundHistory,
        previous: RoundHistory | None,
        time_of: BlockTime,
        at: BlockStamp,
    ) -> None:
        """A round opens with the roster and the jury that are due; its batches are by relayers."""
        with self._all_told(at):
            check_roster_change(story, previous)
            check_jury_change(story, previous, self._task.config.notice_seconds, time_of)
            check_relayers(story)

    @contextmanager
    def _all_told(self, at: BlockStamp) -> Iterator[None]:
        """Before something differs, the node told of every roster, jury and relayer that was set:
        the contract keeps no trace of those that were replaced.

        Raises:
            LogsMissing: asked more closely, the node tells of others.
        """
        kinds = [RosterSet, JuryAnnounced, RelayerSet]
        try:
            yield
        except Difference:
            told = self._task.read_events(at.number, kinds)
            if told != self._task.read_events(at.number, kinds, care=Care.FINEST):
                raise LogsMissing(
                    "the node does not tell of every roster, jury and relayer that was set"
                ) from None
            raise

    def _audit_events(self, story: RoundHistory, model: Digest, time_of: BlockTime) -> RoundAudit:
        """What else a round's events, and its roster's file, show."""
        check_opening(story, model, self._task.config, time_of)
        check_submissions(story, self._task.config, time_of)
        return RoundAudit(
            round=story.number,
            state=story.state,
            updates=story.size,
            alone=len(story.alone),
            batches=len(story.batches),
            accepted=0,
            model=model.cid,
            notes=self._rosters.check_members(story),
        )

    def _slice_finder(
        self, history: TaskHistory, time_of: BlockTime, at: BlockStamp
    ) -> SliceFinder:
        task = self._task
        return SliceFinder(
            task.spec,
            history,
            task.config,
            self._given,
            self._fetcher,
            time_of,
            at.number,
        )
