"""The relay's HTTP interface, around `Intake` and `HandedFiles`.

Source: docs/protocol/relays.md.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from fedjury.relay.files import HandedFiles, Incoming
from fedjury.relay.intake import Intake
from fedjury.relay.metrics import Metrics
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.wire import (
    MOST_UPDATE_BYTES,
    read_cid,
    read_update,
    receipt_document,
    refusal_document,
)
from fedjury.runtime.http.limits import RateLimit
from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.server import Handler, HttpServer
from fedjury.runtime.monitoring.figures import CONTENT_TYPE
from fedjury.runtime.monitoring.health import Health
from fedjury.runtime.monitoring.server import health_response
from fedjury.store import time_for

LOG = logging.getLogger(__name__)

BODY_SECONDS = 10.0
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


class Server(HttpServer):
    """Answers requests.

    Args:
        intake: takes in updates.
        files: takes in files.
        status: says what ``GET /status`` answers.
        health: says what ``GET /healthz`` answers.
        metrics: counts.
        limits: of what is asked.
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
        super().__init__(limits.proxies, MOST_UPDATE_BYTES)
        self._intake, self._files, self._status = intake, files, status
        self._health, self._metrics, self._limits = health, metrics, limits

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """As `HttpServer.add_routes`."""
        router.add_post("/updates", self._take_update)
        router.add_put("/files/{cid}", self._take_file)
        router.add_get("/status", self._tell_status)
        router.add_get("/healthz", self._tell_health)
        router.add_get("/metrics", self._tell_metrics)

    # --- every request ---

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """As `HttpServer.answer`."""
        began, route = time.monotonic(), _route(request)
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

    def refuse_broken(self, sentence: str) -> web.Response:
        """As `HttpServer.refuse_broken`."""
        return self._refuse(Refused(Refusal.MALFORMED, sentence))

    def _admit(self, request: web.Request, route: str) -> None:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(Refusal.MALFORMED, "bodies are taken without a Content-Encoding")
        if (key := self.address_of(request)) is not None:
            _require(self._limits.of_addresses, key)
            self._limits.of_addresses.take(key)

    def _refuse(self, refused: Refused) -> web.Response:
        self._metrics.refused(refused.reason)
        response = web.json_response(refusal_document(refused), status=_HTTP_STATUS[refused.reason])
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
        _require(self._limits.of_clients, client)
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
        return health_response(self._health.trouble)

    async def _tell_metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def _require(limit: RateLimit, key: str) -> None:
    """Make sure that a key has a request left, without taking it.

    Raises:
        Refused: it has none; says when it will have one.
    """
    if wait := limit.wait(key):
        raise Refused(Refusal.TOO_MANY, f"too many requests: wait {wait:.1f} s", wait)


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
