"""What a daemon's output changes in its process, undone for the next test."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hooks_as_before() -> Iterator[None]:
    """Afterwards logs, warnings and errors of threads go where they went before."""
    root = logging.getLogger()
    level, handlers, hook = root.level, list(root.handlers), threading.excepthook
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        root.handlers[:] = handlers
        threading.excepthook = hook
