"""rich's console for text that is not ours, on output that may go away."""

from collections.abc import Iterable

from rich.console import Console
from rich.segment import Segment

from fedjury.cli import streams
from fedjury.cli.plain_text import harmless


class PlainConsole(Console):
    """A console that takes no markup unless told, shows no escape sequence but its own, and leaves
    it to `streams` what happens when its output fails."""

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        return super()._render_buffer(
            each if each.control else Segment(harmless(each.text), each.style) for each in buffer
        )

    def on_broken_pipe(self) -> None:
        """Leave it to whoever called; rich would end the process."""
        raise  # noqa: PLE0704 (the BrokenPipeError that this is called for)

    def _check_buffer(self) -> None:
        try:
            super()._check_buffer()
        except OSError as error:
            del self._buffer[:]
            streams.lost(error)
