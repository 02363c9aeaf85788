"""A jury of several comes to one report: what a juror does, step by step.

Each juror says once which files it holds (HAVE); the leader of an attempt proposes by whose HAVEs
to go; each judges by what these make available and votes; a quorum's votes on one report are its
certificate. Whatever is said is on disk before, so a restart goes on where it was. Source:
docs/protocol/exchange.md.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from fedjury.chain.contracts.types import Overview
from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import TransientError
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.exchange.bitmaps import pack
from fedjury.oracle.exchange.board import Sitting
from fedjury.oracle.exchange.certifying import Certifying
from fedjury.oracle.exchange.comparing import Comparing
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.lapses import Lapses
from fedjury.oracle.exchange.proposing import Proposing
from fedjury.oracle.exchange.rounds import Rounds
from fedjury.oracle.exchange.slice_asking import SliceAsking
from fedjury.oracle.exchange.standing import Standing, standing_of
from fedjury.oracle.exchange.status import status_document
from fedjury.oracle.exchange.voting import Voting
from fedjury.oracle.exchange.waits import waiting_event
from fedjury.oracle.round_files import Wanted
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Certificate
from fedjury.protocol.statements.signed import RoundKey
from fedjury.runtime.events import RoundEvent

KEPT_ROUNDS = 50
_LATE_LOOKS = 5  # at the votes of a round that is over: who differs tells what it found by then
_REST = 4.0  # times as long as it takes to look at the disk, before it is looked at again


class Together:
    """Takes part in a jury of several.

    Args:
        me: the juror's address.
        exchange: what the juror says, hears and asks.
        rounds: takes up closed rounds.
        proposing, voting, comparing, certifying: the steps.
        lapses: sees who does not do its part.
        slices: asks the others for samples.
        holds: whether a file is here.
    """

    def __init__(
        self,
        me: str,
        exchange: Exchange,
        rounds: Rounds,
        proposing: Proposing,
        voting: Voting,
        comparing: Comparing,
        certifying: Certifying,
        lapses: Lapses,
        slices: SliceAsking,
        holds: Callable[[Digest], bool],
    ) -> None:
        self._me, self._exchange, self._rounds = me.lower(), exchange, rounds
        self._proposing, self._voting = proposing, voting
        self._comparing, self._certifying = comparing, certifying
        self._lapses, self._slices, self._holds = lapses, slices, holds
        self._joint: JointRound | None = None
        self._on = 0  # number of the round that is
        self._looking, self._held_until = threading.Lock(), 0.0
        self._held: tuple[Wanted, tuple[bytes, bytes]] | None = None
        exchange.board.status = lambda: status_document(self._joint, exchange, self._me)
        exchange.board.holding = self._holding

    def sit(self, seen: Overview, stamp: BlockStamp, slice_number: int | None) -> None:
        """Say who may ask this juror from now on.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.
            slice_number: of the round's slice; None where there is none.

        Raises:
            LogsMissing, ChainUnavailable: no usable answer.
        """
        self._on = seen.round.number
        jurors = frozenset(self._rounds.bench(seen.jury, stamp).jurors)
        coming = frozenset(self._rounds.announced(seen.next_jury, stamp))
        self._exchange.board.sit(Sitting(jurors, coming, slice_number))
        past = self._joint
        if past is not None and past.number != seen.round.number and past.late_looks < _LATE_LOOKS:
            past.late_looks += 1
            self._look_back(past)

    def others(self) -> frozenset[str]:
        """Addresses of the jurors that may ask this one: those that sit, and announced ones."""
        sitting = self._exchange.board.sitting
        return (sitting.jurors | sitting.next_jurors) - {self._me}

    def take_up(self, seen: Overview, stamp: BlockStamp) -> JointRound:
        """Take up the closed round that is on; errors as of `Rounds.take_up`, and
        DocketUnwritable, DocketUnreadable."""
        joint = self._rounds.take_up(seen, stamp)
        if joint is not self._joint:
            exchange = self._exchange
            exchange.docket.forget_before(joint.number - KEPT_ROUNDS)
            exchange.docket.open(joint.key, joint.turns.bench.jurors)
            self._comparing.recall(joint)
            exchange.sources.begin(joint.key, self._others(joint))
            exchange.following.begin(joint.admission)
            self._joint = joint
        self._pull(joint)
        self._lapses.look(joint)
        return joint

    def ask_for_slice(self, joint: JointRound, number: int) -> bool:
        """Ask the others for the round's samples; whether they are here now."""
        return self._slices.ask(number, self._others(joint))

    def certificate(self, joint: JointRound) -> Certificate | None:
        """What is to be sent now; None where nothing is, or others have their turn before."""
        found = self._certifying.known(joint)
        if found is None:
            return None
        self._comparing.check_macs(joint)
        if self._certifying.is_due(joint, found):
            return found.certificate
        self._comparing.ask(joint)
        return None

    def is_certain(self, joint: JointRound) -> bool:
        """Whether a quorum has signed."""
        return self._certifying.known(joint) is not None

    def take_part(
        self, joint: JointRound, evaluator: Evaluator, may_sign: Callable[[], bool]
    ) -> None:
        """Do what is due: vote, say what is here, lead. What cannot be done now keeps nothing
        else from being done.

        Args:
            joint: the round.
            evaluator: of its slice.
            may_sign: whether nothing is known for which the round must not be signed on.

        Raises:
            TransientError: it cannot be done now.
        """
        try:
            self._take_part(joint, evaluator, may_sign)
        finally:
            self._lapses.tell_unserved(joint)

    def _take_part(
        self, joint: JointRound, evaluator: Evaluator, may_sign: Callable[[], bool]
    ) -> None:
        failures: list[TransientError] = []
        has_voted = False
        try:
            has_voted = self._decide(joint, evaluator, may_sign)
        except TransientError as error:
            failures.append(error)
        for step in (self._proposing.have, self._pull, self._proposing.lead):
            if self.is_certain(joint):
                return
            try:
                step(joint)
            except TransientError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        if not has_voted:  # else others have their turn, before this juror goes by older proposals
            self._decide(joint, evaluator, may_sign)

    def waiting(self, joint: JointRound) -> RoundEvent:
        """What the juror waits for."""
        return waiting_event(joint, self._exchange, self._me)

    def standing(self) -> Standing | None:
        """How far the round is that was taken up last; None before the first. From any thread."""
        joint = self._joint
        if joint is None:
            return None
        return standing_of(joint, joint.number == self._on, self._exchange, self._me)

    def _decide(
        self, joint: JointRound, evaluator: Evaluator, may_sign: Callable[[], bool]
    ) -> bool:
        """Vote, whatever of it cannot be done now; then see whether a quorum has. Whether there was
        anything to vote on."""
        try:
            return self._voting.vote(joint, evaluator, may_sign)
        finally:
            self._comparing.check_macs(joint)
            self._comparing.ask(joint)
            self._certifying.certify(joint)

    def _look_back(self, joint: JointRound) -> None:
        """See who of a round that is over did not judge, or found something else: votes that came
        once a quorum had signed tell as much as others."""
        with suppress(TransientError):
            self._pull(joint)
            self._lapses.look_back(joint)
            self._comparing.check_macs(joint)
            self._comparing.ask(joint)

    def _pull(self, joint: JointRound) -> None:
        if self._exchange.pulls:
            for juror in self._others(joint):
                self._exchange.following.pull(juror)

    def _others(self, joint: JointRound) -> list[str]:
        return [juror for juror in joint.turns.bench.jurors if juror != self._me]

    def _holding(self, key: RoundKey) -> tuple[bytes, bytes] | None:
        """Which of a round's files are here now, for others that look for them.

        Whoever asks again and again has no more than a part of the disk's time.
        """
        wanted = self._exchange.sources.wanted(key)
        if wanted is None:
            return None
        with self._looking:
            began = monotonic()
            if self._held is None or self._held[0] is not wanted or began >= self._held_until:
                batches = [self._holds(digest) for digest in wanted.batches]
                entries = [digest is not None and self._holds(digest) for digest in wanted.entries]
                self._held = wanted, (pack(batches), pack(entries))
                self._held_until = monotonic() + _REST * (monotonic() - began)
            return self._held[1]
