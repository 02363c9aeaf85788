"""HTTP that is none: answered like every other refusal, and nothing of it in the log.

aiohttp by itself writes a traceback for each, which anybody could fill a disk with, and answers
with what was sent.
"""

import asyncio
import logging
from collections.abc import Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

LINGERING_SECONDS = 0.5  # for what is left of a body that is refused, so that the answer arrives
_OF_PEERS = (HttpProcessingError, web.RequestPayloadError, web.PayloadAccessError, ConnectionError)


class HttpProtocol(web.RequestHandler):
    """Serves one connection.

    Args:
        server: whose handlers answer.
        refuse: makes the answer to what is no request, of a sentence.
    """

    __slots__ = ("_refuse",)

    def __init__(self, server: web.Server, refuse: Callable[[str], web.Response]) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            logger=_LOG,
            access_log=None,  # type: ignore[arg-type] # as aiohttp's own runner passes it
            auto_decompress=False,
            lingering_time=LINGERING_SECONDS,
        )
        self._refuse = refuse

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is answered where no handler could be asked."""
        if not isinstance(exc, _OF_PEERS) or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        response = self._refuse("the request is not HTTP/1.1")
        response.force_close()
        return response


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a record tells of an error of this program, not of a peer's."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, _OF_PEERS)


_LOG = logging.getLogger(__name__)
_LOG.addFilter(_is_ours)
