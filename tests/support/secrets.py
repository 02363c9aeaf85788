"""What a process knows as secrets, for one test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from fedjury.runtime import redaction


@contextmanager
def secrets_forgotten() -> Iterator[None]:
    """Afterwards the process knows the secrets that it knew before, and makes log records so."""
    known, made_by = set(redaction._known), list(redaction._made_by)
    factory = logging.getLogRecordFactory()
    yield
    redaction._known.clear()
    redaction._known.update(known)
    redaction._made_by[:] = made_by
    logging.setLogRecordFactory(factory)
