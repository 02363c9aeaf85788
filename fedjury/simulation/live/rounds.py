"""The rounds of a live federation: everyone's turn, then what chain and store say of it."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from fedjury.chain.contracts.types import Phase
from fedjury.clients.events import Trained
from fedjury.errors import ExitCode, FatalError, TransientError
from fedjury.oracle.events import RoundJudged
from fedjury.protocol.tensors import Tensors, decode
from fedjury.runtime.events import Event, Listener, TransientFailure
from fedjury.runtime.loop import Backoff, Step
from fedjury.simulation.events import TurnTaken
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario
from fedjury.task.history import RoundRecord

_PATIENCE = 5  # transient errors in a row that a run outlasts
_FETCH_SECONDS = 30.0
_PAUSE_SECONDS = 0.2

T = TypeVar("T")


class VoidedRound(FatalError):
    """A live federation's round ended without a report, so there is nothing to measure."""

    exit_code = ExitCode.SCENARIO_FAILED


class Stopwatch:
    """Adds up what clients and juror tell that their work took.

    Args:
        listener: is told of every event in turn.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.training = self.judging = 0.0

    def __call__(self, event: Event) -> None:
        """Take note of an event and pass it on."""
        if isinstance(event, Trained):
            self.training += event.seconds
        if isinstance(event, RoundJudged):
            self.judging += event.seconds
        self._listener(event)

    def take(self) -> tuple[float, float]:
        """Seconds of training and of judging since the last time."""
        taken = self.training, self.judging
        self.training = self.judging = 0.0
        return taken


class RoundPlayer:
    """Gives every member of a federation its turn, and reads what comes of it.

    Transient errors are told and outlasted, a few in a row.

    Args:
        federation: whose rounds are played.
        stopwatch: listens to the federation, and is told whose turn it is.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        federation: Federation,
        stopwatch: Stopwatch,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._federation, self._stopwatch, self._sleep = federation, stopwatch, sleep
        self._opened = federation.task.from_block  # a block not after the round's opening

    def play(self, number: int, order: list[int], current: Tensors) -> RoundOutcome:
        """Play a round to its end.

        Args:
            number: of the round, which is open.
            order: indexes of the clients that take part.
            current: the model before the round.

        Returns:
            The round as chain and store tell of it.

        Raises:
            VoidedRound: somebody gave the round up.
            FedjuryError: whatever stands in the way.
        """
        for done, index in enumerate(order):
            self._stopwatch(TurnTaken(round=number, done=done, client=index))
            submitted = self._has_submitted(index, number)
            self._take_turn(self._federation.clients[index].cycle, submitted)
        self._stopwatch(TurnTaken(round=number, done=len(order), client=None))
        self._take_turn(self._federation.juror.cycle, lambda: self._is_over(number))
        record = self._outlast(lambda: self._read(number))
        return self._outlast(lambda: self._outcome(record, current))

    def _take_turn(self, cycle: Callable[[], Step], is_done: Callable[[], bool]) -> None:
        """Repeat a member's cycle until the chain shows its part in the round.

        What a cycle says of itself does not tell: a juror makes progress by waking the chain too,
        and a client whose file could not be stored at once only waits the next time.
        """
        while not self._outlast(lambda: cycle() is Step.FINISHED or is_done()):
            self._sleep(_PAUSE_SECONDS)

    def _has_submitted(self, index: int, number: int) -> Callable[[], bool]:
        contract, address = self._federation.task.contract, self._federation.addresses[index]
        return lambda: contract.client_of(address).last_round >= number

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
                self._stopwatch(TransientFailure(reason=reason, error=kind, retry_seconds=seconds))
                self._sleep(seconds)
        return action()

    def _read(self, number: int) -> RoundRecord:
        task = self._federation.task
        return task.read_round(number, task.chain.block().number, from_block=self._opened)

    def _outcome(self, record: RoundRecord, current: Tensors) -> RoundOutcome:
        finalized = record.finalized
        if finalized is None:
            raise VoidedRound(f"round {record.number} was voided")
        task, index_of = self._federation.task, self._federation.addresses.index
        limit = task.spec.update.max_bytes
        updates = {
            index_of(update.client): decode(task.store.fetch(update.digest, limit, _FETCH_SECONDS))
            for update in record.updates
        }
        model = task.fetch_model(finalized.model_digest)
        training_seconds, judging_seconds = self._stopwatch.take()
        self._opened = finalized.block_number  # the next round opens in it
        return RoundOutcome(
            number=record.number,
            current=current,
            model=model,
            digest=finalized.model_digest,
            baseline_correct=finalized.baseline_correct,
            model_correct=finalized.model_correct,
            updates={index: weights for index, (weights, _) in updates.items()},
            verdicts={index_of(update.client): verdict for update, verdict in record.judged()},
            training_seconds=training_seconds,
            judging_seconds=judging_seconds,
        )


def play_rounds(
    prepared: PreparedScenario, federation: Federation, stopwatch: Stopwatch
) -> Iterator[RoundOutcome]:
    """Play a scenario's rounds on a live federation.

    Args:
        prepared: the scenario.
        federation: started for it.
        stopwatch: listens to the federation, and is told whose turn it is.

    Yields:
        Each round when it is finalized, as chain and store tell of it.
    """
    player, current = RoundPlayer(federation, stopwatch), prepared.task.genesis
    for number in range(1, prepared.scenario.rounds + 1):
        outcome = player.play(number, prepared.order(number), current)
        current = outcome.model
        yield outcome
