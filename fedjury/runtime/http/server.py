"""An HTTP server on aiohttp; what it answers, and in which words it refuses, is a subclass's."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from fedjury.runtime.http.connections import Connections
from fedjury.runtime.http.limits import address_key, forwarded_address
from fedjury.runtime.http.protocol import HttpProtocol
from fedjury.runtime.http.proxies import Proxies

NAME = "fedjury"
SHUTDOWN_SECONDS = 0.2  # for requests that are under way when the program ends
_BACKLOG = 512

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer(ABC):
    """Takes connections and has a subclass answer their requests.

    Args:
        proxies: peers whose ``X-Forwarded-For`` is believed.
        most_body_bytes: of a request's body, where a handler reads one whole.

    Attributes:
        connections: all that are open; made by `listen`.
    """

    def __init__(self, proxies: Proxies, most_body_bytes: int = 1) -> None:
        self._proxies, self._most_body_bytes = proxies, most_body_bytes
        self.connections: Connections | None = None

    @abstractmethod
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Say which handler answers what."""

    @abstractmethod
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What a handler answers, or a refusal.

        Args:
            request: any at all, also one that no handler was added for.
            handler: the one that was added; otherwise it raises `web.HTTPException`.
        """

    @abstractmethod
    def refuse_broken(self, sentence: str) -> web.Response:
        """The answer to what is no request.

        Args:
            sentence: says what it is not.
        """

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
            return await self._answer(request, handler)

        app = web.Application(middlewares=[answer], client_max_size=self._most_body_bytes)
        app.on_response_prepare.append(_name)
        self.add_routes(app.router)
        runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        assert runner.server is not None
        serve = partial(HttpProtocol, runner.server, self._refuse_broken)
        self.connections = connections(serve, proxies=self._proxies)
        loop = asyncio.get_running_loop()
        return runner, await loop.create_server(self.connections, host, port, backlog=_BACKLOG)

    def address_of(self, request: web.Request) -> str | None:
        """Whose address counts: the peer's, or what a proxy that is believed says of its own.

        What is no address counts as the proxy's: it may be anything, and be another each time.

        Returns:
            The key that limits count it as; None where it is this machine's own, without limit.
        """
        peer = request.remote or ""
        lines = request.headers.getall("X-Forwarded-For", ())
        if lines and peer in self._proxies:
            peer = forwarded_address(lines) or peer
            return address_key(peer) or peer
        return address_key(peer)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.connections is not None:
            self.connections.busy(request.transport)
        try:
            return await self.answer(request, handler)
        finally:
            if self.connections is not None:
                self.connections.idle(request.transport)

    def _refuse_broken(self, sentence: str) -> web.Response:
        response = self.refuse_broken(sentence)
        response.headers["Server"] = NAME
        return response


async def _name(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = NAME
