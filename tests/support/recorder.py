"""A listener that remembers what it was told."""

from typing import TypeVar

from fedjury.runtime.events import Event

E = TypeVar("E", bound=Event)


class Recorder:
    """A `fedjury.runtime.events.Listener` that keeps every event.

    Attributes:
        events: everything that was told, in order.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        """The names of the events in order."""
        return [event.name for event in self.events]

    def of(self, kind: type[E], round_number: int | None = None) -> list[E]:
        """The events of a class in order, in one round or in all."""
        found = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if round_number in (None, getattr(event, "round", None))]
