"""What is told of the stores of a task whose files are in several."""

from dataclasses import dataclass
from typing import ClassVar

from fedjury.runtime.events import Event, Severity


@dataclass(frozen=True, kw_only=True)
class StoreLeft(Event):
    """One of several content stores does not work and is not asked for a while.

    Attributes:
        store: which one.
        reason: why, in words.
        retry_seconds: until it is asked again.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    store: str
    reason: str
    retry_seconds: float

    @property
    def sentence(self) -> str:
        again = f"asking it again in {self.retry_seconds:g} s"
        return f"going on without the {self.store}: {self.reason}; {again}"


@dataclass(frozen=True, kw_only=True)
class StoreBack(Event):
    """One of several content stores works again.

    Attributes:
        store: which one.
    """

    store: str

    @property
    def sentence(self) -> str:
        return f"the {self.store} works again"


@dataclass(frozen=True, kw_only=True)
class NotEverywhere(Event):
    """A file was put into a store, or is kept by it, and by another one not.

    Attributes:
        store: which does not keep it.
        cid: of the file.
        reason: why, in words.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    store: str
    cid: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"the {self.store} does not keep {self.cid}, another store does: {self.reason}"
