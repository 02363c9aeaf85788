"""How long-running parts tell what they do, whoever listens: a terminal, a log, a test."""

from typing import Protocol


class Notify(Protocol):
    """Called once for each thing that happens."""

    def __call__(self, event: str, message: str, **fields: object) -> None:
        """Tell of an event.

        Args:
            event: its name for machines, such as ``round-finalized``.
            message: the same for people.
            fields: its values, JSON-serializable.
        """


def ignore(event: str, message: str, **fields: object) -> None:
    """Tell nobody."""
