"""The rounds of a live federation: everyone's turn, then what chain and store say of it."""

import time
from collections.abc import Callable, Iterator

from fedjury.clients.events import Trained
from fedjury.errors import TransientError
from fedjury.oracle.events import RoundJudged
from fedjury.protocol.tensors import Tensors, decode
from fedjury.runtime.events import Event, Listener
from fedjury.runtime.loop import Backoff, Step
from fedjury.simulation.events import TurnTaken
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario
from fedjury.task.history import RoundRecord

_PATIENCE = 5  # transient errors in a row before a run gives up
_FETCH_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


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


def run_live(
    prepared: PreparedScenario, federation: Federation, stopwatch: Stopwatch
) -> Iterator[RoundOutcome]:
    """Run a scenario round by round on a live federation.

    Args:
        prepared: the scenario.
        federation: started for it.
        stopwatch: listens to the federation, and is told whose turn it is.

    Yields:
        Each round when it is finalized, as chain and store tell of it.
    """
    current, opened = prepared.task.genesis, federation.task.from_block
    for number in range(1, prepared.scenario.rounds + 1):
        _play_round(federation, number, prepared.order(number), stopwatch)
        end = federation.task.chain.block().number
        record = federation.task.read_round(number, end, from_block=opened)
        outcome = _outcome(federation, record, current, stopwatch.take())
        current = outcome.model
        if record.finalized:  # in the block in which the next round opens
            opened = record.finalized.block_number
        yield outcome


def _play_round(federation: Federation, number: int, order: list[int], listener: Listener) -> None:
    for done, index in enumerate(order):
        listener(TurnTaken(round=number, done=done, client=index))
        _until_progress(federation.clients[index].cycle)
    listener(TurnTaken(round=number, done=len(order), client=None))
    _until_progress(federation.juror.cycle)


def _until_progress(cycle: Callable[[], Step]) -> None:
    backoff, failures = Backoff(), 0
    while True:
        try:
            step = cycle()
        except TransientError:
            failures += 1
            if failures > _PATIENCE:
                raise
            time.sleep(backoff.take())
            continue
        if step in (Step.PROGRESS, Step.FINISHED):
            return
        failures = 0
        time.sleep(_PAUSE_SECONDS)


def _outcome(
    federation: Federation, record: RoundRecord, current: Tensors, seconds: tuple[float, float]
) -> RoundOutcome:
    finalized = record.finalized
    assert finalized is not None
    task, index_of = federation.task, federation.addresses.index
    limit = task.spec.update.max_bytes
    return RoundOutcome(
        number=record.number,
        current=current,
        model=task.fetch_model(finalized.model_digest),
        digest=finalized.model_digest,
        baseline_correct=finalized.baseline_correct,
        model_correct=finalized.model_correct,
        updates={
            index_of(update.client): decode(task.store.fetch(update.digest, limit, _FETCH_SECONDS))[
                0
            ]
            for update in record.updates
        },
        verdicts={index_of(update.client): verdict for update, verdict in record.judged()},
        training_seconds=seconds[0],
        judging_seconds=seconds[1],
    )
