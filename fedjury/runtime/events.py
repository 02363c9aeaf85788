"""How long-running parts tell what they do: events with types, and who listens to them.

A part that tells defines its events beside itself, as frozen dataclasses (`fedjury.oracle.events`,
`fedjury.clients.events`, `fedjury.simulation.events`). A terminal, JSON lines, metrics or a test
are listeners, which pick events by their type.
"""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar


class Severity(Enum):
    """How much an event matters to whoever runs the program."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Event(ABC):
    """Something that happened. Fields are JSON-serializable.

    Attributes:
        severity: of every event of the class.
    """

    severity: ClassVar[Severity] = Severity.INFO

    @property
    def name(self) -> str:
        """The name for machines: the class's in kebab case, ``round-judged``."""
        return event_name(type(self))

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The event in words for people."""

    def fields(self) -> dict[str, Any]:
        """The event's values by name, those that are None left out."""
        values = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return {name: value for name, value in values if value is not None}


def event_name(kind: type[Event]) -> str:
    """The name for machines of a class's events."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


# Is told of every event, once and in order.
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, kw_only=True)
class RoundEvent(Event):
    """An event of one round.

    Attributes:
        round: the round's number.
    """

    round: int

    @property
    def sentence(self) -> str:
        return f"round {self.round}: {self.what}"

    @property
    @abstractmethod
    def what(self) -> str:
        """The sentence without the round."""


@dataclass(frozen=True, kw_only=True)
class RefusedByContract(RoundEvent):
    """A contract refused a call, as round or task were other than expected when it was made.

    Attributes:
        error: the contract's error.
        reason: the refusal in a sentence.
    """

    severity = Severity.WARNING
    error: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TransientFailure(Event):
    """A transient error was met and will be outlasted.

    Attributes:
        reason: the error's own sentence.
        error: the class of the error.
        retry_seconds: the pause before the next try.
    """

    severity = Severity.WARNING
    reason: str
    error: str
    retry_seconds: float

    @property
    def sentence(self) -> str:
        return f"{self.reason}; trying again in {self.retry_seconds:g} s"


@dataclass(frozen=True, kw_only=True)
class TaskFinished(Event):
    """A daemon found the task's last round over."""

    @property
    def sentence(self) -> str:
        return "the task's last round is over"


@dataclass(frozen=True, kw_only=True)
class Started(Event):
    """A daemon is ready to do its cycles.

    Attributes:
        role: ``juror``, ``client`` or ``relay``.
        address: of its account.
        task: the task's name.
    """

    role: str
    address: str
    task: str

    @property
    def sentence(self) -> str:
        return f"{self.role} {self.address} of {self.task}"


@dataclass(frozen=True, kw_only=True)
class Monitored(Event):
    """A daemon shows its health and its figures.

    Attributes:
        url: where, without ``/healthz`` and ``/metrics``.
    """

    url: str

    @property
    def sentence(self) -> str:
        return f"monitoring at {self.url}/healthz and {self.url}/metrics"


@dataclass(frozen=True, kw_only=True)
class NotLocked(Event):
    """The file system knows no locks, so a second process with this key would not be noticed.

    Attributes:
        directory: of the daemon's files.
        reason: the system's words.
    """

    severity = Severity.WARNING
    directory: str
    reason: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.directory} cannot be locked ({self.reason}): make sure that no other process "
            "uses it with this key"
        )


@dataclass(frozen=True, kw_only=True)
class Waiting(RoundEvent):
    """There is nothing to do now.

    Attributes:
        reason: why nothing is due.
    """

    reason: str

    @property
    def what(self) -> str:
        return self.reason


class OnChange:
    """Passes on an event unless it equals the one before, so that a daemon does not repeat itself.

    Args:
        listener: is told.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._latest: Event | None = None

    def __call__(self, event: Event) -> None:
        """Tell of an event if it is news."""
        if event != self._latest:
            self._listener(event)
            self._latest = event
