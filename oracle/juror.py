"""One juror: looks at the chain, does the one next thing, remembers nothing it could not lose.

A round goes through four steps: judge, sign, collect a quorum's signatures, submit.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.chain.contracts.types import Overview, Phase, RoundState
from fedjury.chain.rpc.block import BlockStamp, BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.chain.transactions.unconfirmed import Unconfirmed
from fedjury.data.verification import VerificationSet
from fedjury.oracle.collecting import Collector, LoneSigner
from fedjury.oracle.commitment import check_verification
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.idle_chain import IdleChain
from fedjury.oracle.judging import Judgement
from fedjury.oracle.round_judge import RoundJudge
from fedjury.oracle.round_updates import RoundUpdates
from fedjury.oracle.submitting import Submitter
from fedjury.oracle.waiting import JurorWaits
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report, SignedReport
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.events import Listener, OnChange, TaskFinished, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.opened import OpenedTask

IDLE_CHAIN_SECONDS = 60.0
# A juror that comes to a round late tries for so long nevertheless, if the limit is not shorter.
FAIR_SECONDS = 10.0
_NOT_HAD = {VerdictCode.UNAVAILABLE, VerdictCode.TOO_LARGE}


class Juror:
    """Judges each closed round and finalizes it.

    Args:
        task: opened.
        account: signs reports.
        sender: sends the transactions; its account pays.
        verification: the private samples, held against the spec's commitment.
        fetcher: gets update files.
        listener: is told what happens.
        collector: gathers the other jurors' signatures; by default there are none.
        keep: is given the digests of every file that was judged or worked with.
        confirmations: blocks on top of the one that is read, or a block tag (``safe``,
            ``finalized``).
        idle_chain_seconds: see `IdleChain`; such a chain is sent a transaction where a round
            waits for the time.
        now: Unix seconds.

    Raises:
        DataError: the verification set is not the one that the task commits to.
        SpecError: the task's rule is unknown here.
    """

    def __init__(
        self,
        task: OpenedTask,
        account: LocalAccount,
        sender: TransactionSender,
        verification: VerificationSet,
        fetcher: UpdateFetcher,
        listener: Listener,
        *,
        collector: Collector | None = None,
        keep: Callable[[Iterable[Digest]], None] = lambda _: None,
        confirmations: int | BlockTag = 0,
        idle_chain_seconds: float = IDLE_CHAIN_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        check_verification(task.spec, verification)
        self._task, self._account, self._now = task, account, now
        self._confirmations, self._listener = confirmations, listener
        self._say, self._keep = OnChange(listener), keep
        self._collector = collector or LoneSigner()
        self._domain = ReportDomain(task.chain.chain_id, task.contract.address)
        self._updates = RoundUpdates(task)
        self._evaluator = Evaluator(task.model, verification, alone=True)
        self._fetch_limit = fetcher.limit
        self._judge = RoundJudge(task, fetcher, self._evaluator, listener)
        self._idle_chain = IdleChain(idle_chain_seconds, now)
        unconfirmed = Unconfirmed(task.chain, confirmations)
        self._waits = JurorWaits(task, account.address, confirmations, unconfirmed, now)
        self._submitter = Submitter(task.contract, sender, self._idle_chain, unconfirmed, listener)
        self._judged: tuple[RoundState, Judgement] | None = None
        self._published: Digest | None = None

    def cycle(self) -> Step:
        """Do the one next thing.

        Raises:
            TransientError: chain or store do not work now.
            FatalError: this juror can never do its work.
        """
        stamp = self._task.chain.block(self._confirmations)
        self._idle_chain.see(stamp)
        seen = self._task.contract.overview(self._account.address, at=stamp)
        if seen.phase is Phase.FINISHED:
            self._listener(TaskFinished())
            return Step.FINISHED
        if reason := self._why_wait(seen, stamp):
            self._say(Waiting(round=seen.round.number, reason=reason))
            return Step.WAITING
        if seen.jury_size > 1:
            self._evaluator.require_definition()
        return self._finalize(seen.round, seen.quorum, stamp)

    def _why_wait(self, seen: Overview, stamp: BlockStamp) -> str:
        if seen.is_juror and not seen.paused:
            self._collector.require(seen.round.jury_version, seen.quorum)
        return self._waits.why(seen, stamp)

    def _finalize(self, state: RoundState, quorum: int, stamp: BlockStamp) -> Step:
        judgement = self._judgement(state, stamp)
        self._publish(state, judgement)
        certificate = self._collector.collect(self._sign(state, judgement), quorum)
        if certificate is None:
            self._say(Waiting(round=state.number, reason=f"for {quorum} jurors' signatures"))
            return Step.WAITING
        return self._submitter.submit(certificate)

    def _judgement(self, state: RoundState, stamp: BlockStamp) -> Judgement:
        """What was judged but could not be sent yet is not judged again."""
        if self._judged is None or self._judged[0] != state:
            updates = self._updates.read(state, stamp)
            self._judged = (state, self._judge.judge(state, updates, self._time_for_files(state)))
            self._keep_all(state, updates, self._judged[1])
        return self._judged[1]

    def _time_for_files(self, state: RoundState) -> float:
        """Seconds that a round's files have left: the limit counts from its closing on chain.

        The contract sets a round's deadline to the time at which it closes.
        """
        left = state.deadline + self._fetch_limit - self._now()
        return min(max(left, FAIR_SECONDS), self._fetch_limit)

    def _keep_all(
        self, state: RoundState, updates: Sequence[UpdateSubmitted], judgement: Judgement
    ) -> None:
        """Keep what this judgement rests on."""
        judged = zip(updates, judgement.verdicts, strict=True)
        had = [update.digest for update, verdict in judged if verdict.code not in _NOT_HAD]
        self._keep([self._task.config.spec_digest, state.model_digest, *had])

    def _publish(self, state: RoundState, judgement: Judgement) -> None:
        """Put the new model into the store, once."""
        digest = judgement.model_digest(state.model_digest)
        if judgement.model_file is not None and self._published != digest:
            self._task.store.add(judgement.model_file)
            self._keep([digest])
            self._published = digest

    def _sign(self, state: RoundState, judgement: Judgement) -> SignedReport:
        report = Report(
            round=state.number,
            jury_version=state.jury_version,
            updates_hash=state.updates_hash,
            baseline_correct=judgement.baseline_correct,
            model_correct=judgement.model_correct,
            model_digest=judgement.model_digest(state.model_digest),
        )
        return self._domain.sign(self._account, report, pack(judgement.verdicts))
