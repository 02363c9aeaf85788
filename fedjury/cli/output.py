"""What commands print: sentences and tables for people, JSON lines for machines."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from fedjury.runtime.events import Event, Severity

STYLES = {Severity.INFO: None, Severity.WARNING: "yellow", Severity.ERROR: "red"}
_WIDE = 160


class Output:
    """Writes to standard output; warnings too, so that the order stays.

    Args:
        as_json: one JSON object a line instead of text.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        # what goes to a file or a pipe is not cut at 80 columns
        width = None if sys.stdout.isatty() else _WIDE
        self.console = Console(highlight=False, soft_wrap=True, width=width)

    def event(self, event: Event) -> None:
        """Tell of something that happens (a `fedjury.runtime.events.Listener`)."""
        now = datetime.now(UTC)
        if self.as_json:
            self._line(
                {
                    "time": now.isoformat(timespec="milliseconds"),
                    "event": event.name,
                    "severity": event.severity.value,
                    "message": event.sentence,
                    **event.fields(),
                }
            )
            return
        self.console.print(f"[dim]{now.astimezone():%H:%M:%S}[/dim] ", end="", markup=True)
        self.console.print(event.sentence, style=STYLES[event.severity], markup=False)

    def result(self, document: Mapping[str, object], text: str = "") -> None:
        """A command's answer: the document for machines, the text for people."""
        if self.as_json:
            self._line(document)
        elif text:
            self.console.print(text, markup=False)

    def waiting(self, message: str) -> AbstractContextManager[object]:
        """Something to look at while a step without news takes its time."""
        return nullcontext() if self.as_json else self.console.status(message)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table for people; machines get their document by `result`."""
        if self.as_json:
            return
        table = Table(title=title, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*row)
        self.console.print(table, soft_wrap=False)

    def _line(self, document: Mapping[str, object]) -> None:
        sys.stdout.write(json.dumps(document, default=str, ensure_ascii=False) + "\n")
        sys.stdout.flush()
