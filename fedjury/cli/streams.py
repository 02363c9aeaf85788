"""Standard output and error as they may be: of any encoding, closed, a broken pipe, a full disk."""

import errno
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from fedjury.cli.plain_text import SIGNS_HANDLER, json_line, register_signs
from fedjury.errors import ExitCode, FedjuryError
from fedjury.runtime.events import Event
from fedjury.runtime.redaction import document_without_secrets, without_secrets

# The reader is gone, or the terminal is.
_GONE = (errno.EPIPE, errno.EIO, errno.EBADF, errno.ESHUTDOWN)
_STDOUT = 1  # the process's standard output, as its file descriptor

_outlasting = False
_writing = threading.Lock()  # lines of several threads do not mix
# While standard output is kept for our own lines: that stream, and what sys.stdout was before.
_kept: tuple[TextIO, TextIO] | None = None


class OutputLost(FedjuryError):
    """Standard output takes nothing any more.

    Attributes:
        is_gone: whether nobody reads it, as against a disk that is full.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: {error.strerror}")
        self.is_gone = error.errno in _GONE

    @property
    def exit_code(self) -> ExitCode:  # type: ignore[override]
        return ExitCode.OUTPUT_CLOSED if self.is_gone else ExitCode.CONFIG


def prepare() -> None:
    """Let both take every character in their own encoding; closed ones take and drop it all."""
    global _outlasting  # noqa: PLW0603 (the streams are the process's)
    _outlasting = False
    register_signs()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before we began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (for good)
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=SIGNS_HANDLER)


def keep_stdout() -> None:
    """From now on standard output takes our own lines alone.

    Whatever else is printed goes to standard error: what the user's dataset or model prints, and
    what a library does in C, where standard output is the process's own.
    """
    global _kept  # noqa: PLW0603 (as above)
    if _kept is None:
        _kept = _apart(sys.stdout), sys.stdout
        sys.stdout = sys.stderr


def give_stdout_back() -> None:
    """Undo `keep_stdout`, if it was called."""
    global _kept  # noqa: PLW0603 (as above)
    if _kept is not None:
        ours, sys.stdout = _kept
        if ours is not sys.stdout:
            os.dup2(ours.fileno(), _STDOUT)
            with suppress(OSError):  # lost output, which has been told
                ours.close()
        _kept = None


def _apart(stream: TextIO) -> TextIO:
    """The process's standard output by a descriptor of its own; any other stream as it is."""
    try:
        if stream.fileno() != _STDOUT:
            return stream
        apart = os.dup(_STDOUT)
        os.dup2(sys.stderr.fileno(), _STDOUT)
    except (OSError, ValueError):  # not a file's
        return stream
    return open(apart, "w", encoding=stream.encoding, errors=stream.errors)


def _ours() -> TextIO:
    return sys.stdout if _kept is None else _kept[0]


def outlast() -> None:
    """From now on lost output ends nothing: what is at work is worth more than what it says."""
    global _outlasting  # noqa: PLW0603 (as above)
    _outlasting = True


def lost(error: OSError) -> None:
    """Decide what happens where standard output failed.

    Raises:
        OutputLost: unless it is outlasted. Where nobody reads it, it is dropped from now on.
    """
    if error.errno in _GONE:
        _drop(_ours())
    if not _outlasting:
        raise OutputLost(error) from None


def write_json(document: Mapping[str, object]) -> None:
    """Write a document as one line of JSON to standard output, at once and without secrets.

    Raises:
        OutputLost: as `lost`.
    """
    out = _ours()
    try:
        line = json_line(document_without_secrets(document), out.encoding or "utf-8") + "\n"
        with _writing:
            out.write(line)
            out.flush()
    except OSError as error:
        lost(error)


def flush() -> None:
    """Write what is still to be written, at the end of the program.

    Raises:
        OutputLost: it cannot be, and that matters.
    """
    with suppress(OSError):
        sys.stderr.flush()
    try:
        _ours().flush()
    except OSError as error:
        _drop(_ours())  # or the interpreter complains of it once more
        lost(error)


def complain(text: str) -> None:
    """Write to standard error without secrets, if anybody is there."""
    try:
        sys.stderr.write(without_secrets(text))
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def complain_of(event: Event) -> None:
    """Listen to what one-shot commands tell on the way, on standard error."""
    complain(f"note: {event.sentence}\n")


def _drop(stream: object) -> None:
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[attr-defined]
        os.close(nowhere)
