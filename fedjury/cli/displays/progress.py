"""What displays share: progress bars that stop when the work does, and sentences above them."""

from types import TracebackType
from typing import Self

from rich.progress import Progress, ProgressColumn

from fedjury.cli.output import Output
from fedjury.cli.plain_text import harmless


class ProgressDisplay:
    """Progress bars for people.

    Args:
        output: where to.
        columns: of the bars.
        shown: whether there are bars at all; never with --json.
    """

    def __init__(self, output: Output, *columns: ProgressColumn, shown: bool = True) -> None:
        self.output = output
        self.progress = Progress(
            *columns, console=output.console, disable=output.as_json or not shown
        )

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.stop()

    def say(self, message: str, style: str | None = None) -> None:
        """A sentence for people, above the bars."""
        if not self.output.as_json:
            self.progress.console.print(harmless(message, one_line=True), style=style)
