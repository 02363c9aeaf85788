"""A daemon's health and figures, and the server that shows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType

from fedjury.runtime.events import Event, Listener, Monitored
from fedjury.runtime.http.thread import HttpThread
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.figures import HEALTHY, Figures
from fedjury.runtime.monitoring.health import Health
from fedjury.runtime.monitoring.server import MonitorServer


class Monitor:
    """Watches one daemon while its `with` block runs.

    Args:
        figures: that it counts in.
        listener: is told what the daemon tells.
        place: host and port to show both at; None shows them nowhere.
        health: of the daemon; by default one with the usual limits.

    Attributes:
        figures, health: as given.
        url: where it is reached, as this machine knows it; "" where it is nowhere.

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(
        self,
        figures: Figures,
        listener: Listener,
        place: tuple[str, int] | None = None,
        health: Health | None = None,
    ) -> None:
        self.figures, self.health, self.url = figures, health or Health(), ""
        self._listener, self._stack = listener, ExitStack()
        server = MonitorServer(lambda: self.health.trouble, figures.text)
        self._thread = None if place is None else HttpThread(server, *place)
        figures.ask("healthy", HEALTHY, lambda: not self.health.trouble)

    def __enter__(self) -> "Monitor":
        if self._thread is not None:
            self.url = self._stack.enter_context(self._thread).url
            self.tell(Monitored(url=self.url))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def run(self, looking: AbstractContextManager[object]) -> None:
        """Enter what looks at the daemon's surroundings until the end, if anybody can look."""
        if self._thread is not None:
            self._stack.enter_context(looking)

    def tell(self, event: Event) -> None:
        """Listen to the daemon, and pass it on."""
        self.health.event(event)
        self.figures.event(event)
        self._listener(event)

    def watch(self, cycle: Callable[[], Step]) -> Callable[[], Step]:
        """The same cycle, watched; it ends the daemon where nobody can look any more."""

        def reachable() -> Step:
            if self._thread is not None:
                self._thread.require_running()
            return cycle()

        return self.health.watch(reachable)
