"""What displays share: progress bars that stop when the work does, and sentences above them."""

from types import TracebackType
from typing import Self

from rich.progress import Progress, ProgressColumn

from fedjury.cli.output import Output
from fedjury.cli.plain_text import harmless


class ProgressDisplay:
    """Progress bars for people, where there is a terminal to draw them on.

    A file or a pipe gets none, whatever the environment says of colours; nor does --json.

    Args:
        output: where to.
        columns: of the bars.
    """

    def __init__(self, output: Output, *columns: ProgressColumn) -> None:
        self.output = output
        self.has_bars = not output.as_json and output.console.file.isatty()
        self.progress = Progress(*columns, console=output.console, disable=not self.has_bars)

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
