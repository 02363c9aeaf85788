"""What clients and jury tell of a round that neither chain nor store knows."""

from dataclasses import dataclass, field

from fedjury.clients.events import Trained, UpdatePublished
from fedjury.oracle.events import RoundJudged, UpdateJudged
from fedjury.runtime.events import Event, Listener


@dataclass
class RoundNotes:
    """Notes of one round.

    Attributes:
        training_seconds: that the clients took together.
        judging_seconds: that the jurors took together.
        baseline_correct: verification samples that the model before the round gets right, or the
            best constant answer where that is more.
        model_correct: verification samples that the model after the round gets right.
        correct: by client's address, verification samples right with its update mixed in.
    """

    training_seconds: float = 0.0
    judging_seconds: float = 0.0
    baseline_correct: int = 0
    model_correct: int = 0
    correct: dict[str, int] = field(default_factory=dict)


class NoteTaker:
    """Takes notes of events and passes them on.

    Where a juror judges a round again, the last time counts, and all the times' seconds.

    Args:
        listener: is told of every event in turn.

    Attributes:
        published: CIDs of the updates' files that clients put into the store, of all rounds.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._notes = RoundNotes()
        self.published: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Take note of an event and pass it on."""
        match event:
            case Trained():
                self._notes.training_seconds += event.seconds
            case UpdatePublished():
                self.published.add(event.cid)
            case UpdateJudged():
                self._notes.correct[event.client] = event.correct
            case RoundJudged():
                self._notes.judging_seconds += event.seconds
                self._notes.baseline_correct = event.baseline_correct
                self._notes.model_correct = event.model_correct
        self._listener(event)

    def take(self) -> RoundNotes:
        """The notes since the last time."""
        taken, self._notes = self._notes, RoundNotes()
        return taken
