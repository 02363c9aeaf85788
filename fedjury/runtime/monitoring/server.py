"""The HTTP server of a daemon's monitoring: ``/metrics`` and ``/healthz``, and nothing else."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.server import Handler, HttpServer
from fedjury.runtime.monitoring.figures import CONTENT_TYPE
from fedjury.runtime.redaction import without_secrets


class MonitorServer(HttpServer):
    """Answers whoever watches the daemon. Whoever reaches it may read it: it holds no secrets.

    Args:
        trouble: what is wrong with the daemon, in a sentence; "" where nothing is.
        figures: for Prometheus.
    """

    def __init__(self, trouble: Callable[[], str], figures: Callable[[], bytes]) -> None:
        super().__init__(Proxies(()))
        self._trouble, self._figures = trouble, figures

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """As `HttpServer.add_routes`."""
        router.add_get("/healthz", self._tell_health)
        router.add_get("/metrics", self._tell_figures)

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """As `HttpServer.answer`."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            words = "there is /healthz and /metrics, to GET"
            return web.json_response({"error": words}, status=error.status)

    def refuse_broken(self, sentence: str) -> web.Response:
        """As `HttpServer.refuse_broken`."""
        return web.json_response({"error": sentence}, status=400)

    async def _tell_health(self, request: web.Request) -> web.Response:
        return health_response(self._trouble())

    async def _tell_figures(self, request: web.Request) -> web.Response:
        body = await asyncio.to_thread(self._figures)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def health_response(trouble: str) -> web.Response:
    """What ``GET /healthz`` answers: 200, or 503 where something is wrong."""
    document = {"healthy": not trouble, "trouble": without_secrets(trouble)}
    return web.json_response(document, status=503 if trouble else 200)
