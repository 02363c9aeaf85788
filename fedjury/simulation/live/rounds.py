"""The rounds of a live federation: everyone's turn, then what chain and store say of it."""

import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.contracts.types import Phase
from fedjury.errors import ExitCode, FatalError, StoreUnavailable, TransientError
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.round_record import RecordEntry, RoundRecord
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.tensors import Tensors, decode
from fedjury.protocol.verdicts import Verdict
from fedjury.runtime.events import TransientFailure
from fedjury.runtime.loop import Backoff, Step
from fedjury.simulation.events import TurnTaken
from fedjury.simulation.live.clock import pass_to
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.live.notes import NoteTaker
from fedjury.simulation.live.relay import LiveRelay
from fedjury.simulation.live.round_updates import read_updates
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario
from fedjury.task.batches import RoundUpdate
from fedjury.task.history import RoundHistory
from fedjury.task.records import find_record

_PATIENCE = 5  # transient errors in a row that a run outlasts
_FETCH_SECONDS = 30.0
_PAUSE_SECONDS = 0.2

T = TypeVar("T")


class VoidedRound(FatalError):
    """A live federation's round ended without a report, so there is nothing to measure."""

    exit_code = ExitCode.SCENARIO_FAILED


class RoundPlayer:
    """Gives every member of a federation its turn, and reads what comes of it.

    Transient errors are told and outlasted, a few in a row.

    Args:
        federation: whose rounds are played.
        notes: listens to the federation, and is told whose turn it is.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        federation: Federation,
        notes: NoteTaker,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._federation, self._notes, self._sleep = federation, notes, sleep
        self._opened = federation.task.from_block  # a block not after the round's opening

    def play(self, number: int, order: list[int], current: Tensors) -> RoundOutcome:
        """Play a round to its end.

        Args:
            number: of the round, which is open.
            order: indexes of the clients that take part: all of the round's roster.
            current: the model before the round.

        Returns:
            The round as chain, store and jury tell of it.

        Raises:
            VoidedRound: somebody gave the round up.
            FedjuryError: whatever stands in the way.
        """
        relay = self._federation.relay
        if relay is not None:
            self._outlast(relay.cycle)  # it takes in nothing for a round that it has not seen
        for done, index in enumerate(order):
            self._notes(TurnTaken(round=number, done=done, client=index))
            submitted = self._has_submitted(index, number)
            self._take_turn(self._federation.clients[index].cycle, submitted)
        if relay is not None:
            self._relay(relay, number, order)
        self._notes(TurnTaken(round=number, done=len(order), client=None))
        self._take_turn(self._federation.jury.cycle, lambda: self._is_over(number))
        while self._outlast(self._federation.jury.cycle) is Step.PROGRESS:
            pass  # it discloses what has judged its last round
        history = self._outlast(lambda: self._read(number))
        return self._outlast(lambda: self._outcome(history, current))

    def set_next_roster(self, members: Collection[int]) -> None:
        """Let other clients take part from the next round on.

        Args:
            members: their indexes.

        Raises:
            FedjuryError: whatever stands in the way.
        """
        self._outlast(lambda: self._federation.set_roster(members))

    def finish(self) -> None:
        """Let the jury do what is left when the last round is over: disclose its samples.

        Raises:
            FedjuryError: whatever stands in the way.
        """
        self._take_turn(self._federation.jury.cycle, lambda: False)

    def _relay(self, relay: LiveRelay, number: int, order: list[int]) -> None:
        """Have the relay submit the round's updates, and their clients publish the files.

        Nothing but its deadline closes a round of batches, so the chain's clock is set forward.
        """
        contract = self._federation.task.contract
        self._take_turn(relay.cycle, lambda: contract.current_round().batched == len(order))
        for index in order:
            published = self._has_published(relay, index, number)
            self._take_turn(self._federation.clients[index].cycle, published)
        deadline = self._outlast(contract.current_round).deadline
        self._outlast(lambda: pass_to(contract.chain, deadline))

    def _take_turn(self, cycle: Callable[[], Step], is_done: Callable[[], bool]) -> None:
        """Repeat a member's cycle until the chain shows its part in the round.

        What a cycle says of itself does not tell: a juror makes progress by waking the chain too,
        and a client whose file could not be stored at once only waits the next time.
        """
        while (step := self._outlast(cycle)) is not Step.FINISHED and not self._outlast(is_done):
            if step is Step.WAITING:
                self._sleep(_PAUSE_SECONDS)

    def _has_submitted(self, index: int, number: int) -> Callable[[], bool]:
        """Whether a client's update stands on chain, or lies with the relay."""
        contract, address = self._federation.task.contract, self._federation.addresses[index]
        if (relay := self._federation.relay) is not None:
            return lambda: relay.digest_of(number, address) is not None
        return lambda: contract.client_of(address).last_round >= number

    def _has_published(self, relay: LiveRelay, index: int, number: int) -> Callable[[], bool]:
        digest = relay.digest_of(number, self._federation.addresses[index])
        return lambda: digest is not None and digest.cid in self._notes.published

    def _is_over(self, number: int) -> bool:
        contract = self._federation.task.contract
        return contract.phase() is Phase.FINISHED or contract.current_round().number > number

    def _outlast(self, action: Callable[[], T]) -> T:
        """Repeat an action until it meets no transient error, or one too many."""
        backoff = Backoff()
        for _ in range(_PATIENCE):
            try:
                return action()
            except TransientError as error:
                seconds = backoff.take()
                reason, kind = str(error), type(error).__name__
                self._notes(TransientFailure(reason=reason, error=kind, retry_seconds=seconds))
                self._sleep(seconds)
        return action()

    def _read(self, number: int) -> RoundHistory:
        task = self._federation.task
        return task.read_round(number, task.chain.block().number, from_block=self._opened)

    def _outcome(self, history: RoundHistory, current: Tensors) -> RoundOutcome:
        finalized = history.finalized
        if finalized is None:
            raise VoidedRound(f"round {history.number} was voided")
        task, codes = self._federation.task, history.verdicts()
        updates = read_updates(task, history).known
        weights = {self._index_of(each): self._weights_of(each) for each in updates}
        record, model = (
            self._record_of(finalized),
            task.fetch_model(finalized.model_digest),
        )
        notes = self._notes.take()
        self._opened = finalized.block_number  # the next round opens in it
        return RoundOutcome(
            number=history.number,
            current=current,
            model=model,
            digest=finalized.model_digest,
            baseline_correct=notes.baseline_correct,
            model_correct=notes.model_correct,
            updates=weights,
            verdicts={
                self._index_of(each): Verdict(codes[each.index], notes.correct[each.client])
                for each in updates
            },
            grounds=dict(zip(weights, map(_grounds_of, record.entries), strict=True)),
            signers=self._signers_of(history, finalized),
            training_seconds=notes.training_seconds,
            judging_seconds=notes.judging_seconds,
        )

    def _index_of(self, update: RoundUpdate) -> int:
        return self._federation.addresses.index(update.client)

    def _signers_of(self, history: RoundHistory, finalized: RoundFinalized) -> tuple[int, ...]:
        """The jurors, by index, whose signatures stand under the report."""
        task, jurors = self._federation.task, self._federation.jury.addresses
        signers = ReportDomain(task.chain.chain_id, task.contract.address).signers(
            finalized.report,
            history.opened.model_digest,
            finalized.verdicts,
            finalized.signatures,
        )
        return tuple(jurors.index(signer) for signer in signers)

    def _weights_of(self, update: RoundUpdate) -> Tensors:
        task = self._federation.task
        limit = task.spec.update.max_bytes
        weights, _ = decode(task.store.fetch(update.digest, limit, _FETCH_SECONDS))
        return weights

    def _record_of(self, finalized: RoundFinalized) -> RoundRecord:
        record = find_record(self._federation.task.store, finalized, _FETCH_SECONDS)
        if record is None:
            raise StoreUnavailable(
                f"the record of round {finalized.round}, {finalized.record_digest.cid}, is not to "
                "be had"
            )
        return record


def _grounds_of(entry: RecordEntry) -> Grounds:
    return Grounds(Reason(entry.reason), tuple(entry.arguments))


def play_rounds(
    prepared: PreparedScenario, federation: Federation, notes: NoteTaker
) -> Iterator[RoundOutcome]:
    """Play a scenario's rounds on a live federation.

    Args:
        prepared: the scenario.
        federation: started for it.
        notes: listens to the federation, and is told whose turn it is.

    Yields:
        Each round when it is finalized, as chain, store and juror tell of it.
    """
    player, current = RoundPlayer(federation, notes), prepared.task.genesis
    last = prepared.scenario.rounds
    for number in range(1, last + 1):
        order = prepared.order(number)
        if number < last and {*order} != {*(others := prepared.order(number + 1))}:
            player.set_next_roster(others)
        outcome = player.play(number, order, current)
        current = outcome.model
        yield outcome
    player.finish()
