"""Keeping secrets out of other people's words: a service's messages, a library's logs."""

import logging
from collections.abc import Collection, Iterable

HIDDEN = "***"
_SHORTEST = 3  # what is shorter stands in words that are no secret
# Of libraries that write the URLs that they ask.
_LOGGERS = (
    "urllib3.connectionpool",
    "web3.providers.HTTPProvider",
    "web3._utils.http_session_manager.HTTPSessionManager",
)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text with *** in place of every secret of three characters and more."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


class _Redacting(logging.Filter):
    """Takes out what has become known as a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage(), self.secrets), ()
        return True


_filter = _Redacting()


def keep_out_of_logs(secrets: Collection[str]) -> None:
    """Have the libraries that log URLs leave these out from now on, at every level."""
    if secrets and not _filter.secrets:
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_filter)
    _filter.secrets.update(secrets)
