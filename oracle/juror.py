"""One juror: looks at the chain, does the one next thing, remembers nothing it could not lose.

A round goes through four steps: judge, publish, sign, submit. In a jury of several the jurors agree
beforehand on what is available, and a quorum of them signs (`fedjury.oracle.exchange`). Slices that
are spent are disclosed where the spec says so.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.errors import ConfigError, StoreUnavailable
from fedjury.oracle.disclosing import Discloser
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluators import Evaluators
from fedjury.oracle.events import RosterRefused
from fedjury.oracle.exchange.assembly import Kit, assemble
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.standing import Standing
from fedjury.oracle.exchange.together import Together
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.file_time import TimeForFiles
from fedjury.oracle.idle_chain import IdleChain
from fedjury.oracle.leaks import Leaks
from fedjury.oracle.reporting import Draft, Reporter
from fedjury.oracle.round_clock import RoundClock
from fedjury.oracle.round_facts import FactReader
from fedjury.oracle.round_files import RoundFileReader
from fedjury.oracle.round_judge import RoundJudge
from fedjury.oracle.slice_events import SliceLeaked, SliceMissing
from fedjury.oracle.slices import Slices
from fedjury.oracle.submitting import Submitter
from fedjury.oracle.waiting import JurorWaits
from fedjury.oracle.waking import Waker
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Certificate
from fedjury.protocol.signing import join_signatures
from fedjury.runtime.events import Listener, OnChange, TaskFinished, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import WrongRoster

IDLE_CHAIN_SECONDS = 60.0


@dataclass
class _Round:
    """How far the juror is with a round, as the contract holds it.

    Attributes:
        seen: the round with its roster and its jury.
        draft: what it found; None until it has judged.
        certificate: the same with its signature; None until all that it rests on is kept.
    """

    seen: Overview
    draft: Draft | None = None
    certificate: Certificate | None = None

    def is_of(self, seen: Overview) -> bool:
        """Whether nothing of the round has changed."""
        mine = self.seen.round, self.seen.roster, self.seen.jury
        return mine == (seen.round, seen.roster, seen.jury)


class Juror:
    """Judges each closed round and finalizes it.

    Args:
        task: opened.
        account: signs reports.
        sender: sends the transactions; its account pays.
        slices: the private samples, held against the spec's commitments.
        fetcher: gets the files of batches and updates.
        listener: is told what happens.
        exchange: with the other jurors; without it the juror can only be its jury's only one.
        keep: is given the digests of all files that a report rests on before it is signed, and
            raises StoreUnavailable where they are not kept.
        next_jury: hash of the jury that the juror wants next, 32 bytes; None is the sitting one's.
        confirmations: blocks on top of the one that is read, or a block tag (``safe``,
            ``finalized``).
        idle_chain_seconds: see `IdleChain`; such a chain is sent a transaction where a round
            waits for the time, or a slice for blocks.
        now: Unix seconds.

    Raises:
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        sender: TransactionSender,
        slices: Slices,
        fetcher: UpdateFetcher,
        listener: Listener,
        *,
        exchange: Exchange | None = None,
        keep: Callable[[Iterable[Digest]], None] = lambda _: None,
        next_jury: bytes | None = None,
        confirmations: int | BlockTag = 0,
        idle_chain_seconds: float = IDLE_CHAIN_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._task, self._account, self._slices = task, account, slices
        self._confirmations, self._listener = confirmations, listener
        self._say, self._say_of_leak = OnChange(listener), OnChange(listener)
        self._clock = RoundClock(task.chain, confirmations, now)
        self._facts, self._leaks = FactReader(task), Leaks(task)
        self._evaluators = Evaluators(task.model, slices)
        self._time = TimeForFiles(task.config.availability_seconds)
        self._reporter = Reporter(task, account, keep, next_jury)
        files = RoundFileReader(task, fetcher, expect=exchange.sources.expect if exchange else None)
        self._judge = RoundJudge(task, files, listener)
        self._together = None
        if exchange is not None:
            kit = Kit(task, account, files, self._judge, self._reporter, self._time, self._clock)
            self._together = assemble(kit, exchange, fetcher.holds, listener)
        self._idle_chain = IdleChain(idle_chain_seconds, now)
        waker = Waker(self._idle_chain, sender, listener)
        unconfirmed = Unconfirmed(task.chain, confirmations)
        self._waits = JurorWaits(task, account.address, confirmations, unconfirmed, self._clock)
        self._submitter = Submitter(task.contract, sender, waker, unconfirmed, listener)
        self._discloser = Discloser(task, slices, sender, waker, listener)
        self._current: _Round | None = None

    def cycle(self) -> Step:
        """Do the one next thing.

        Raises:
            TransientError: chain or store do not work now.
            FatalError: this juror can never do its work.
        """
        stamp = self._task.chain.block(self._confirmations)
        self._idle_chain.see(stamp)
        seen = self._task.contract.overview(self._account.address, at=stamp)
        is_finished = seen.phase is Phase.FINISHED
        step = Step.WAITING if is_finished else self._work(seen, stamp)
        if step is not Step.WAITING:
            return step
        step = self._discloser.work(seen, stamp)
        if step is not Step.FINISHED:
            return step
        if not is_finished:
            return Step.WAITING
        self._listener(TaskFinished())
        return Step.FINISHED

    def standing(self) -> Standing | None:
        """How far the jury is with its newest closed round; None in a jury of one, and before the
        first. From any thread."""
        return None if self._together is None else self._together.standing()

    def others(self) -> frozenset[str]:
        """The other jurors, sitting and announced; none before the first cycle. From any thread."""
        return frozenset() if self._together is None else self._together.others()

    def _work(self, seen: Overview, stamp: BlockStamp) -> Step:
        """The next step of the round that is on."""
        together = self._together_in(seen)
        if together is not None and (seen.is_juror or seen.is_next_juror):
            together.sit(seen, stamp, self._slice_number(seen))
        if reason := self._waits.why(seen, stamp):
            return self._wait(seen, reason)
        try:
            if together is not None:
                return self._jointly(together, seen, stamp)
            return self._alone(seen, stamp)
        except WrongRoster as error:
            self._say(RosterRefused(round=seen.round.number, reason=str(error)))
            return Step.WAITING

    def _together_in(self, seen: Overview) -> Together | None:
        """The exchange, where the round's jury is of several; None in a jury of one.

        Raises:
            ConfigError: it is of several, and there is no exchange.
        """
        if seen.jury.size == 1:
            return None
        if self._together is None and seen.is_juror:
            raise ConfigError(
                f"jury {seen.jury.version} has {seen.jury.size} members, who sign together: say "
                "where this one listens to the others with --listen"
            )
        return self._together

    def _alone(self, seen: Overview, stamp: BlockStamp) -> Step:
        """The only juror of its jury."""
        evaluator = self._evaluator(seen)
        if evaluator is None:
            return Step.WAITING
        certificate = self._certificate(seen, stamp, evaluator)
        return Step.WAITING if certificate is None else self._submitter.submit(certificate)

    def _jointly(self, together: Together, seen: Overview, stamp: BlockStamp) -> Step:
        """One juror of several."""
        joint = together.take_up(seen, stamp)
        if not together.is_certain(joint):
            evaluator = self._given_evaluator(together, joint, seen)
            if evaluator is None:
                return Step.WAITING
            evaluator.require_definition()
            together.take_part(joint, evaluator, lambda: not self._has_leaked(seen, evaluator))
        certificate = together.certificate(joint)
        if certificate is None:
            self._say(together.waiting(joint))
            return Step.WAITING
        return self._submitter.submit(certificate)

    def _wait(self, seen: Overview, reason: str) -> Step:
        self._say(Waiting(round=seen.round.number, reason=reason))
        return Step.WAITING

    def _slice_number(self, seen: Overview) -> int | None:
        number = seen.round.number
        return None if self._slices.wanted_for(number) is None else self._slices.number_for(number)

    def _given_evaluator(
        self, together: Together, joint: JointRound, seen: Overview
    ) -> Evaluator | None:
        """The same as `_evaluator`; where the slice is not here the other jurors are asked."""
        number = self._slice_number(seen)
        if number is not None and not self._slices.here([number]):
            together.ask_for_slice(joint, number)
        return self._evaluator(seen)

    def _evaluator(self, seen: Overview) -> Evaluator | None:
        """What the round's slice says of weights; None where there is none."""
        number = seen.round.number
        wanted, slice_number = self._slices.wanted_for(number), self._slices.number_for(number)
        if wanted is None:
            self._wait(seen, "the task's spec has no slice for this round")
            return None
        evaluator = self._evaluators.get(slice_number)
        if evaluator is None:
            missing = SliceMissing(
                round=number,
                slice=slice_number,
                commitment=wanted.commitment,
                others_asked=seen.jury.size > 1,
            )
            self._say(missing)
        return evaluator

    def _certificate(
        self, seen: Overview, stamp: BlockStamp, evaluator: Evaluator
    ) -> Certificate | None:
        """The signed report on the round; None where it is not to be signed.

        What was judged but could not be signed or sent yet is not judged again.
        """
        if self._current is None or not self._current.is_of(seen):
            self._current = _Round(seen)
        current = self._current
        if current.draft is None:
            current.draft = self._drafted(seen, stamp, evaluator)
        if current.certificate is None and not self._has_leaked(seen, evaluator):
            self._reporter.publish(current.draft)
            signed = self._reporter.sign(current.draft)
            current.certificate = Certificate(
                signed.report, signed.verdicts, join_signatures([signed])
            )
        return current.certificate

    def _drafted(self, seen: Overview, stamp: BlockStamp, evaluator: Evaluator) -> Draft:
        state = seen.round
        try:
            closed = self._facts.read(seen, stamp)
            seconds = self._time.left(state, self._clock.now(stamp))
            judged = self._judge.judge(closed, evaluator, seconds)
        except StoreUnavailable:
            self._time.store_failed(state.number)
            raise
        return self._reporter.draft_alone(closed.facts, judged)

    def _has_leaked(self, seen: Overview, evaluator: Evaluator) -> bool:
        """Whether the round's samples were told on chain before it closed."""
        state = seen.round
        digest = Digest.of(evaluator.verification.to_bytes())
        told = self._leaks.find(digest, state.deadline)
        if told is not None:
            self._say_of_leak(
                SliceLeaked(
                    round=state.number,
                    slice=self._slices.number_for(state.number),
                    discloser=told.discloser,
                    block=told.block_number,
                )
            )
        return told is not None
