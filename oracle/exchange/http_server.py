"""A juror's HTTP server for the other jurors: aiohttp around the board.

Source: docs/protocol/exchange.md.
"""

import asyncio
import logging
import os
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

from aiohttp import web

from fedjury.oracle.exchange import authorization
from fedjury.oracle.exchange.authorization import Caller
from fedjury.oracle.exchange.board import BYTES, Answer, Board
from fedjury.oracle.exchange.news import News
from fedjury.oracle.exchange.paths import HEALTH, OTHER, kind_of
from fedjury.oracle.exchange.peer_limits import PeerLimits, Shares, TooMuch
from fedjury.oracle.exchange.sealing import seal
from fedjury.oracle.exchange.traffic import Count, uncounted
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import RoundKey, Signed, TaskDomain
from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.server import Handler, HttpServer
from fedjury.store import time_for

LOG = logging.getLogger(__name__)

SEND_SECONDS = 30.0  # for a small answer; what is larger has more
_TARGET = re.compile(r"/(?!/)[!-~]{0,999}|/")
_PIECE_BYTES = 1 << 16


class Refused(Exception):
    """A request that is not answered.

    Args:
        status: of HTTP.
        reason: why, in a word.
        wait: seconds after which it is worth another try; None leaves that open.
    """

    def __init__(self, status: int, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.wait = status, reason, wait


class ExchangeServer(HttpServer):
    """Answers jurors, and tells strangers no more than that the juror runs.

    Args:
        board: what is served, and to whom.
        me: the juror's own address.
        domain: of the task.
        hear: is given the announcement that a juror sends along with a request.
        proxies: peers whose ``X-Forwarded-For`` is believed.
        limits: of what is asked.
        count: is told of every answer: what kind of thing was asked for, ``answered`` or why not,
            and the bytes of its body.
        now: Unix seconds.
    """

    def __init__(
        self,
        board: Board,
        me: str,
        domain: TaskDomain,
        hear: Callable[[Signed[Announcement]], object],
        *,
        proxies: Proxies | None = None,
        limits: PeerLimits | None = None,
        count: Count = uncounted,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(proxies or Proxies())
        self._board, self._me, self._domain = board, me.lower(), domain
        self._hear, self._count, self._now = hear, count, now
        self._shares, self._news = Shares(limits or PeerLimits()), News()
        board.docket.watch(self._news.tell)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """As `HttpServer.add_routes`."""
        router.add_get("/{path:.*}", self._serve, allow_head=False)

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """As `HttpServer.answer`."""
        kind = kind_of(request.raw_path)
        try:
            self._shares.take_of_address(self.address_of(request))
            if request.can_read_body:
                raise Refused(413, "body")
            response = await handler(request)
        except TooMuch as error:
            return self._refuse(Refused(429, error.reason, error.wait), kind)
        except Refused as refused:
            return self._refuse(refused, kind)
        except web.HTTPException as error:
            return self._refuse(Refused(error.status, "unknown"), kind)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, ConnectionError):
                raise
            LOG.warning("the disk does not give it: %s", error)
            return self._refuse(Refused(503, "disk", 5.0), kind)
        except Exception as error:  # a bug: others may bring it about, but not fill the log by it
            LOG.error("a request cannot be answered: %.200r", error)
            return self._refuse(Refused(500, "failed"), kind)
        is_there = response.status == web.HTTPOk.status_code
        self._count(kind, "answered" if is_there else "refused", response.body_length)
        return response

    def refuse_broken(self, sentence: str) -> web.Response:
        """As `HttpServer.refuse_broken`."""
        return self._refuse(Refused(400, "malformed"), OTHER)

    # --- one request ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        target = request.raw_path
        if _TARGET.fullmatch(target) is None:
            raise Refused(400, "malformed")
        if target == HEALTH:
            return await self._send(request, self._board.health())
        caller = self._caller(request, target)
        self._shares.take_of_juror(caller.address)
        async with self._shares.turn(caller.address):
            await self._hear_announcement(request, caller)
        await self._wait_for_news(caller, target)
        async with self._shares.turn(caller.address):
            path = await asyncio.to_thread(lambda: self._board.file_of(target))
            if path is not None:
                return await self._send_file(request, path, caller)
            answer = await asyncio.to_thread(lambda: self._answer_to(caller, target))
            self._shares.count_bytes(caller.address, len(answer.body))
            return await self._send(request, answer)

    def _answer_to(self, caller: Caller, target: str) -> Answer:
        """What the juror answers, as it is sent."""
        answer = self._board.answer(caller.address, target)
        if not answer.is_secret:
            return answer
        return replace(answer, body=seal(answer.body, caller.key))

    async def _wait_for_news(self, caller: Caller, target: str) -> None:
        """Wait as long as the request says, but no longer than until there is news."""
        wanted = self._board.news_of(target)
        if wanted is None:
            return
        key, after, seconds = wanted
        async with self._shares.poll(caller.address):
            await self._news.wait(lambda: self._is_news(key, after), seconds)

    def _is_news(self, key: RoundKey, after: int) -> bool:
        """Whether more is known of a key, or the others' attention is wanted elsewhere."""
        docket = self._board.docket
        return bool(docket.feed(key, after)[0]) or docket.is_past(key)

    def _caller(self, request: web.Request, target: str) -> Caller:
        """Who asks; what costs little is looked at first.

        Raises:
            Refused: it is no juror, or the request is not for this juror, or not of now.
        """
        try:
            signed = authorization.read_authorization(request.headers[authorization.HEADER])
        except (KeyError, ValueError):
            raise Refused(401, "unsigned") from None
        asked = signed.statement
        if not self._board.admits(signed.signer):
            raise Refused(403, "stranger")
        if (asked.peer, asked.target) != (self._me, target):
            raise Refused(401, "misdirected")
        if abs(asked.date - self._now()) > authorization.MOST_DRIFT:
            raise Refused(401, "date")
        caller = authorization.caller_of(signed, self._domain)
        if caller is None:
            raise Refused(401, "signature")
        return caller

    async def _hear_announcement(self, request: web.Request, caller: Caller) -> None:
        text = request.headers.get(authorization.ANNOUNCEMENT_HEADER)
        if text is None:
            return
        with suppress(ValueError):
            signed = authorization.from_header(text, Announcement)
            if signed.signer == caller.address:
                await asyncio.to_thread(lambda: self._hear(signed))

    # --- answers ---

    async def _send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        body, at = memoryview(answer.body), 0

        async def piece() -> memoryview:
            nonlocal at
            at += _PIECE_BYTES
            return body[at - _PIECE_BYTES : at]

        response = self._begin(answer.status, answer.media_type, len(body))
        if answer.is_secret:
            response.headers[authorization.SEALED_HEADER] = "ecies"
        return await self._send_pieces(request, response, len(body), piece)

    async def _send_file(
        self, request: web.Request, path: Path, caller: Caller
    ) -> web.StreamResponse:
        """A file as it lies on the disk, of which only a piece is in memory."""
        file = await asyncio.to_thread(lambda: path.open("rb"))
        with file:
            size = os.fstat(file.fileno()).st_size
            self._shares.count_bytes(caller.address, size)
            response = self._begin(200, BYTES, size)

            async def piece() -> bytes:
                return await asyncio.to_thread(lambda: file.read(_PIECE_BYTES))

            return await self._send_pieces(request, response, size, piece)

    async def _send_pieces(
        self,
        request: web.Request,
        response: web.StreamResponse,
        size: int,
        piece: Callable[[], Awaitable[bytes | memoryview]],
    ) -> web.StreamResponse:
        """Send an answer to whoever takes it in time."""
        try:
            async with asyncio.timeout(time_for(size, SEND_SECONDS)):
                await response.prepare(request)
                while data := await piece():
                    await response.write(data)
                await response.write_eof()
        except TimeoutError:
            self._count(kind_of(request.raw_path), "slow", 0)
            if request.transport is not None:
                request.transport.abort()
        return response

    def _begin(self, status: int, media_type: str, size: int) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        response.content_type, response.content_length = media_type, size
        self._mark(response)
        return response

    def _refuse(self, refused: Refused, kind: str) -> web.Response:
        self._count(kind, refused.reason, 0)
        response = web.json_response({"error": refused.reason}, status=refused.status)
        self._mark(response)
        if refused.wait is not None:
            response.headers["Retry-After"] = str(max(1, round(refused.wait)))
        if refused.status in (400, 413):
            response.force_close()  # a body is not waited for
        return response

    def _mark(self, response: web.StreamResponse) -> None:
        response.headers[authorization.JUROR_HEADER] = self._me
        response.headers["Date"] = formatdate(self._now(), usegmt=True)
