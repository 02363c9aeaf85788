"""`fedjury` in the test's own process, for commands that end: loading torch anew takes seconds."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from fedjury.cli import main
from tests.support.hooks import hooks_as_before
from tests.support.processes import Finished, is_option
from tests.support.threads import threads_as_before


def command(*arguments: object) -> Finished:
    """Run `fedjury` with these arguments; an error not made on purpose fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with (
        _as_before(),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main([str(argument) for argument in arguments])
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Finished(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def succeed(*arguments: object) -> Finished:
    """Run a command that has to exit with 0."""
    return command(*arguments).checked()


@contextmanager
def _as_before() -> Iterator[None]:
    """No options from the environment; afterwards the process is as it was."""
    options = {name: os.environ.pop(name) for name in list(os.environ) if is_option(name)}
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    path = list(sys.path)
    try:
        with hooks_as_before(), threads_as_before():
            yield
    finally:
        os.environ.update(options)
        sys.path[:] = path
        for number, handler in handlers.items():
            signal.signal(number, handler)
