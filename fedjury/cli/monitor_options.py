"""Where a daemon shows its health and its figures, and how much it says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fedjury.runtime.events import Listener
    from fedjury.runtime.monitoring.figures import Figures
    from fedjury.runtime.monitoring.monitor import Monitor


@dataclass(frozen=True)
class MonitorOptions:
    """Where whoever watches the daemon finds it."""

    monitor: Annotated[
        str | None,
        typer.Option(
            help="Host and port to serve /healthz and /metrics (Prometheus) at, such as "
            "127.0.0.1:8481; port 0 takes a free one. Default: nowhere."
        ),
    ] = None

    @property
    def place(self) -> tuple[str, int] | None:
        """Host and port of --monitor; None where it is not given.

        Raises:
            ConfigError: it is neither.
        """
        from fedjury.runtime.http.place import parse_place  # noqa: PLC0415 (slow)

        return None if self.monitor is None else parse_place(self.monitor, "--monitor")

    def open(self, figures: "Figures", listener: "Listener") -> "Monitor":
        """What watches the daemon, to be entered before it does anything that takes long.

        Args:
            figures: of the daemon.
            listener: is told what it tells.

        Raises:
            ConfigError: as of `place`.
        """
        from fedjury.runtime.monitoring.monitor import Monitor  # noqa: PLC0415 (slow)

        return Monitor(figures, listener, self.place)
