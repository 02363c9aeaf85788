"""What commands print: sentences and tables for people, JSON lines for machines."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from rich.table import Table

from fedjury.cli import streams
from fedjury.cli.console import PlainConsole
from fedjury.cli.plain_text import harmless
from fedjury.runtime.events import Event, Severity
from fedjury.runtime.redaction import without_secrets

STYLES = {Severity.INFO: None, Severity.WARNING: "yellow", Severity.ERROR: "red"}
_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_WIDE = 160


class Output:
    """Writes to standard output; warnings too, so that the order stays.

    Args:
        as_json: one JSON object a line instead of text.
        least: severity that an event needs to be told.
        outlasting: whether work goes on where standard output takes nothing any more, as a
            daemon's does; a command ends then.
    """

    def __init__(
        self,
        as_json: bool = False,
        *,
        outlasting: bool = False,
        least: Severity = Severity.INFO,
    ) -> None:
        self.as_json, self._least = as_json, _RANK[least]
        if outlasting:
            streams.outlast()
        # what goes to a file or a pipe is not cut at 80 columns
        width = None if sys.stdout.isatty() else _WIDE
        self.console = PlainConsole(
            highlight=False, markup=False, emoji=False, soft_wrap=True, width=width
        )

    def event(self, event: Event) -> None:
        """Tell of something that happens (a `fedjury.runtime.events.Listener`)."""
        if _RANK[event.severity] < self._least:
            return
        now = datetime.now(UTC)
        if self.as_json:
            streams.write_json(
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
        sentence = harmless(without_secrets(event.sentence), one_line=True)
        self.console.print(sentence, style=STYLES[event.severity])

    def result(self, document: Mapping[str, object], text: str = "") -> None:
        """A command's answer: the document for machines, the text for people."""
        if self.as_json:
            streams.write_json(document)
        elif text:
            self.console.print(harmless(text))

    def waiting(self, message: str) -> AbstractContextManager[object]:
        """Something to look at while a step without news takes its time."""
        if self.as_json:
            return nullcontext()
        spinner = "line" if self.console.options.ascii_only else "dots"
        return self.console.status(message, spinner=spinner)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table for people; machines get their document by `result`."""
        if self.as_json:
            return
        table = Table(
            title=harmless(title, one_line=True), title_justify="left", header_style="bold"
        )
        for column in columns:
            table.add_column(harmless(column, one_line=True), overflow="fold")
        for row in rows:
            table.add_row(*[harmless(cell, one_line=True) for cell in row])
        self.console.print(table, soft_wrap=False)
