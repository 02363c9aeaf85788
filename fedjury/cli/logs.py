"""What a daemon says: its events, and the warnings and errors of libraries, from a level on."""

import logging
import threading
from datetime import UTC, datetime

from fedjury.cli import streams
from fedjury.cli.output import Output
from fedjury.runtime.events import Severity
from fedjury.runtime.redaction import traceback_text
from fedjury.runtime.signals import Stopped

LOG = logging.getLogger("fedjury")
# Of libraries less is told than of ourselves: what is worth a line to them is none to a user.
_LIBRARIES = {
    "debug": logging.DEBUG,
    "info": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OURS = {
    "debug": Severity.INFO,
    "info": Severity.INFO,
    "warning": Severity.WARNING,
    "error": Severity.ERROR,
}


def daemon_output(as_json: bool, level: str) -> Output:
    """The output of a daemon, which goes on whatever happens to it.

    With JSON all that is said is one object a line on standard output: events, and with
    ``"event": "log"`` what libraries log and warn of, and errors in threads.

    Args:
        as_json: whether JSON is printed.
        level: ``debug``, ``info``, ``warning`` or ``error``: the least that is said.
    """
    logging.captureWarnings(True)
    logging.getLogger().setLevel(_LIBRARIES[level])
    threading.excepthook = _log_of_thread
    if as_json:
        logging.basicConfig(handlers=[_JsonHandler()], level=_LIBRARIES[level], force=True)
    return Output(as_json, outlasting=True, least=_OURS[level])


class _JsonHandler(logging.Handler):
    """Writes log records as JSON lines among the events."""

    def emit(self, record: logging.LogRecord) -> None:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "event": "log",
            "severity": _severity(record.levelno),
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = traceback_text(record.exc_info[1])
        streams.write_json(line)


def _severity(level: int) -> str:
    if level >= logging.ERROR:
        return Severity.ERROR.value
    if level >= logging.WARNING:
        return Severity.WARNING.value
    return Severity.INFO.value if level >= logging.INFO else "debug"


def _log_of_thread(hook: threading.ExceptHookArgs) -> None:
    """A thread ended by an error, which would be printed as it is."""
    if hook.exc_value is None or isinstance(hook.exc_value, Stopped | SystemExit):
        return
    name = "a thread" if hook.thread is None else f"thread {hook.thread.name}"
    LOG.error("%s has ended by an error", name, exc_info=hook.exc_value)


def tell_of_crash(error: BaseException, *, as_json: bool, exit_code: int) -> None:
    """Say that the program ends by an error nobody foresaw, with its traceback.

    Args:
        error: the same.
        as_json: whether as one line of JSON on standard output, instead of standard error.
        exit_code: that the program ends with.
    """
    text = traceback_text(error)
    if not as_json:
        streams.complain(text + "\n")
        return
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "event": "crash", "severity": Severity.ERROR.value}
    message = text.rpartition("\n")[2]
    more = {"error": type(error).__name__, "message": message, "traceback": text}
    streams.write_json({**line, **more, "exit_code": exit_code})
