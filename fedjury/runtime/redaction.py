"""Keeping secrets out of all that a process says: services' messages, libraries' logs, tracebacks.

Whoever learns of a secret (an endpoint's key, a keystore's password) says so here. What is printed
goes through `without_secrets`; every log record does so when it is made, whoever handles it.
"""

import logging
import re
import traceback
from collections.abc import Collection, Iterable, Mapping
from typing import Any

HIDDEN = "***"
_SHORTEST = 3  # what is shorter stands in words that are no secret
_LONG = 16  # what is shorter may be part of a hash by chance
# Addresses, hashes and CIDs, of which nothing is cut out because a short secret stands in them.
_IDENTIFIER = re.compile(r"(\b0x[0-9a-fA-F]{16,}\b|\bQm[1-9A-HJ-NP-Za-km-z]{44}\b)")
_USER_PART = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s/@'\"<>]+@")
_WORD = re.compile(r"[a-z_]+")
_OF_OURS = ("event", "severity")  # keys whose values are this program's own words too
_UNREADABLE = "a log message that does not fit its arguments"

_known: set[str] = set()
_made_by: list[Any] = []  # the factory of log records that ours goes by, once it is in place


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text with *** in place of every secret of three characters and more."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def keep_secret(secrets: Collection[str]) -> None:
    """Have these left out of all that this process prints and logs from now on, at every level."""
    _known.update(secret for secret in secrets if len(secret) >= _SHORTEST)
    if _known and not _made_by:
        _made_by.append(logging.getLogRecordFactory())
        logging.setLogRecordFactory(_make_record)


def without_secrets(text: str) -> str:
    """The text without anything that was said to be secret, and without the user part of any URL.

    Hashes, addresses and CIDs are whole even where a short secret is part of them.
    """
    text = _USER_PART.sub(rf"\1{HIDDEN}@", text)
    if not _known:
        return text
    text = redacted(text, [secret for secret in _known if len(secret) >= _LONG])
    parts = _IDENTIFIER.split(text)
    parts[::2] = [redacted(part, _known) for part in parts[::2]]
    return "".join(parts)


def document_without_secrets(value: Any) -> Any:
    """A JSON document with all strings `without_secrets`; what is no JSON as its text.

    Out of keys, which are mostly this program's own words, and out of an event's name and severity
    no secret is cut that may be such a word: whoever reads the document looks for them.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_own_words(str(k)): _value_without_secrets(k, v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [document_without_secrets(each) for each in value]
    return without_secrets(str(value))


def _value_without_secrets(key: Any, value: Any) -> Any:
    if key in _OF_OURS and isinstance(value, str):
        return _own_words(value)
    return document_without_secrets(value)


def _own_words(text: str) -> str:
    """The text without those secrets that cannot be a word of this program."""
    text = _USER_PART.sub(rf"\1{HIDDEN}@", text)
    words = {each for each in _known if len(each) < _LONG and _WORD.fullmatch(each)}
    return redacted(text, _known - words)


def traceback_text(error: BaseException) -> str:
    """An error's traceback, with those that led to it, without secrets."""
    return without_secrets("".join(traceback.format_exception(error))).rstrip()


def _make_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A log record whose message and traceback are without secrets, for whatever handler."""
    record: logging.LogRecord = _made_by[0](*args, **kwargs)
    try:
        message = record.getMessage()
    except Exception:  # logging would print message and arguments as they are
        message = _UNREADABLE
    record.msg, record.args = without_secrets(message), ()
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = traceback_text(record.exc_info[1])  # formatters take it as it is
    if record.stack_info:
        record.stack_info = without_secrets(record.stack_info)
    return record
