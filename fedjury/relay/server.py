"""The relay's HTTP interface: aiohttp around `Intake` and `HandedFiles`.

Source: docs/protocol/relays.md.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from fedjury.relay.connections import Connections
from fedjury.relay.files import HandedFiles, Incoming
from fedjury.relay.health import Health
from fedjury.relay.http_protocol import HttpProtocol
from fedjury.relay.intake import Intake
from fedjury.relay.limits import RateLimit, address_key, forwarded_address
from fedjury.relay.metrics import CONTENT_TYPE, Metrics
from fedjury.relay.proxies import Proxies
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.wire import (
    MOST_UPDATE_BYTES,
    read_cid,
    read_update,
    receipt_document,
    refusal_document,
)
from fedjury.store import time_for

LOG = logging.getLogger(__name__)

NAME = "fedjury"
BODY_SECONDS = 10.0
SHUTDOWN_SECONDS = 0.2  # for requests that are under way when the relay ends
_HTTP_STATUS = {
    Refusal.MALFORMED: 400,
    Refusal.ZERO_DIGEST: 400,
    Refusal.NOT_IN_ROSTER: 403,
    Refusal.BAD_SIGNATURE: 403,
    Refusal.NO_RECEIPT: 403,
    Refusal.UNKNOWN: 404,
    Refusal.TOO_SLOW: 408,
    Refusal.CONFLICT: 409,
    Refusal.TOO_LARGE: 413,
    Refusal.WRONG_ROUND: 422,
    Refusal.WRONG_PARENT: 422,
    Refusal.TOO_LATE: 422,
    Refusal.NO_ROOM: 422,
    Refusal.WRONG_FILE: 422,
    Refusal.ROUND_AHEAD: 425,
    Refusal.TOO_MANY: 429,
    Refusal.NO_ROUND: 503,
    Refusal.BUSY: 503,
    Refusal.DISK: 503,
    Refusal.FILES_FULL: 503,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Limits:
    """What one peer or client may ask of the server.

    Attributes:
        of_addresses: requests by the peer's address.
        of_clients: requests by the client whose signature was right.
        proxies: peers whose ``X-Forwarded-For`` is believed.
        body_seconds: in which the body of a request has to arrive; of a file's body as much as
            makes up for more time.
    """

    of_addresses: RateLimit
    of_clients: RateLimit
    proxies: Proxies = field(default_factory=Proxies)
    body_seconds: float = BODY_SECONDS


class Server:
    """Answers requests.

    Args:
        intake: takes in updates.
        files: takes in files.
        status: says what ``GET /status`` answers.
        health: says what ``GET /healthz`` answers.
        metrics: counts.
        limits: of what is asked.

    Attributes:
        connections: all that are open; made by `listen`.
    """

    def __init__(
        self,
        intake: Intake,
        files: HandedFiles,
        status: Callable[[], dict[str, object]],
        health: Health,
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self._intake, self._files, self._status = intake, files, status
        self._health, self._metrics, self._limits = health, metrics, limits
        self.connections: Connections | None = None

    async def listen(
        self, host: str, port: int, connections: Callable[..., Connections] = Connections
    ) -> tuple[web.AppRunner, asyncio.Server]:
        """Take connections.

        Args:
            host, port: where; port 0 takes a free one.
            connections: watches them, by default with the usual limits.

        Raises:
            OSError: the address cannot be listened on.
        """

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await self._answer(request, handler)
            response.headers["Server"] = NAME
            return response

        app = web.Application(middlewares=[answer], client_max_size=MOST_UPDATE_BYTES)
        app.router.add_post("/updates", self._take_update)
        app.router.add_put("/files/{cid}", self._take_file)
        app.router.add_get("/status", self._tell_status)
        app.router.add_get("/healthz", self._tell_health)
        app.router.add_get("/metrics", self._tell_metrics)
        runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        assert runner.server is not None
        serve = partial(HttpProtocol, runner.server, self._refuse)
        self.connections = connections(serve, proxies=self._limits.proxies)
        loop = asyncio.get_running_loop()
        return runner, await loop.create_server(self.connections, host, port, backlog=512)

    # --- every request ---

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        began, route = time.monotonic(), _route(request)
        if self.connections is not None:
            self.connections.busy(request.transport)
        try:
            self._admit(request, route)
            return await handler(request)
        except Refused as refused:
            return self._refuse(refused)
        except web.HTTPException as error:
            return self._refuse(_of_aiohttp(error))
        except web.RequestPayloadError:
            words = "the body does not arrive as its head says"
            response = self._refuse(Refused(Refusal.MALFORMED, words))
            response.force_close()
            return response
        except TimeoutError:
            return self._refuse(Refused(Refusal.TOO_SLOW, "the body did not arrive in time"))
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, ConnectionError):
                raise
            LOG.warning("the disk does not take it: %s", error)
            return self._refuse(Refused(Refusal.DISK, "the relay's disk does not take it", 5.0))
        finally:
            self._metrics.took(route, time.monotonic() - began)
            if self.connections is not None:
                self.connections.idle(request.transport)

    def _admit(self, request: web.Request, route: str) -> None:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(Refusal.MALFORMED, "bodies are taken without a Content-Encoding")
        if (key := self._address_of(request)) is not None:
            self._limits.of_addresses.require(key)
            self._limits.of_addresses.take(key)

    def _address_of(self, request: web.Request) -> str | None:
        """Whose address counts: the peer's, or what a proxy that is believed says of its own.

        What is no address counts as the proxy's: it may be anything, and be another each time.
        """
        peer = request.remote or ""
        lines = request.headers.getall("X-Forwarded-For", ())
        if lines and peer in self._limits.proxies:
            peer = forwarded_address(lines) or peer
            return address_key(peer) or peer
        return address_key(peer)

    def _refuse(self, refused: Refused) -> web.Response:
        self._metrics.refused(refused.reason)
        response = web.json_response(refusal_document(refused), status=_HTTP_STATUS[refused.reason])
        response.headers["Server"] = NAME
        if refused.retry_after is not None:
            response.headers["Retry-After"] = str(max(1, round(refused.retry_after)))
        if refused.reason in (Refusal.TOO_LARGE, Refusal.TOO_SLOW, Refusal.FILES_FULL):
            response.force_close()  # what is left of the body is not waited for
        return response

    # --- routes ---

    async def _take_update(self, request: web.Request) -> web.Response:
        async with asyncio.timeout(self._limits.body_seconds):
            body = await request.read()
        update = read_update(body)
        client = update.entry.client
        self._limits.of_clients.require(client)
        checked = self._intake.check(update)
        self._limits.of_clients.take(client)  # only of what is the client's own
        given = await asyncio.wrap_future(self._intake.keep(checked))
        self._metrics.accepted()
        return web.json_response(receipt_document(given))

    async def _take_file(self, request: web.Request) -> web.Response:
        digest = read_cid(request.match_info["cid"])
        if not self._files.has(digest):
            with self._files.receive(digest, request.content_length) as incoming:
                await self._take_bytes(request, incoming)
                await asyncio.to_thread(incoming.finish)
        return web.json_response({"cid": digest.cid})

    async def _take_bytes(self, request: web.Request, incoming: Incoming) -> None:
        """A file's bytes: the time that they may take grows with what has arrived of them."""
        began, seconds = asyncio.get_running_loop().time(), self._limits.body_seconds
        async with asyncio.timeout_at(began + seconds) as limit:
            async for piece in request.content.iter_any():
                incoming.write(piece)
                limit.reschedule(began + time_for(incoming.size, seconds))

    async def _tell_status(self, request: web.Request) -> web.Response:
        return web.json_response(self._status())

    async def _tell_health(self, request: web.Request) -> web.Response:
        trouble = self._health.trouble
        document = {"healthy": not trouble, "trouble": trouble}
        return web.json_response(document, status=503 if trouble else 200)

    async def _tell_metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def _route(request: web.Request) -> str:
    """One of a few names, whatever was asked for."""
    resource = request.match_info.route.resource
    return "other" if resource is None else resource.canonical.split("/")[1]


def _of_aiohttp(error: web.HTTPException) -> Refused:
    if error.status == 413:
        words = f"the body of an update has at most {MOST_UPDATE_BYTES} bytes"
        return Refused(Refusal.TOO_LARGE, words)
    if error.status in (404, 405):
        return Refused(Refusal.UNKNOWN, "there is no such path, or it is not asked like this")
    return Refused(Refusal.MALFORMED, f"{error.status} {error.reason}")
