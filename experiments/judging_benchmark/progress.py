"""What people see while the benchmark runs: a bar, and a sentence for each measurement."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Watch:
    """Shows how far the benchmark is, on stderr; the bar only on a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def part(self, name: str, turns: int) -> None:
        """Begin a part of so many turns."""
        self._progress.reset(self._bar, description=name, total=turns)

    def turn_over(self) -> None:
        """One more turn is done."""
        self._progress.advance(self._bar)

    def say(self, sentence: str) -> None:
        """A sentence above the bar."""
        self._progress.console.print(sentence, highlight=False, markup=False, soft_wrap=True)
