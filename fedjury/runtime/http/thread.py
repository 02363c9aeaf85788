"""An HTTP server in a thread of its own, beside a daemon's cycles."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from fedjury.errors import ConfigError
from fedjury.runtime.http.connections import Connections
from fedjury.runtime.http.server import HttpServer

_STOP_SECONDS = 1.0
_WORKERS = 128  # for what waits for a disk: one peer may take only a few of them at a time


class HttpThread:
    """Runs a server while its `with` block does.

    Args:
        server: that answers.
        host, port: where it listens; port 0 takes a free one.
        connections: watches its connections, by default with the usual limits.

    Attributes:
        url: where it is reached, as this machine knows it.

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(
        self,
        server: HttpServer,
        host: str,
        port: int,
        connections: Callable[..., Connections] = Connections,
    ) -> None:
        self._server, self._host, self._port = server, host, port
        self._connections = connections
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._bound: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self.url = ""

    def __enter__(self) -> "HttpThread":
        self._thread.start()
        try:
            port = self._bound.result()
        except OSError as error:
            place = f"{self._host}:{self._port}"
            raise ConfigError(f"cannot listen on {place}: {error.strerror or error}") from error
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{port}"
        return self

    def require_running(self) -> None:
        """The server still runs: a daemon that nobody can reach must not go on in silence.

        Raises:
            RuntimeError: it has ended by itself, which only a bug does.
        """
        if not self._thread.is_alive():
            raise RuntimeError("the HTTP server has ended by itself")

    def __exit__(self, *_: object) -> None:
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_default_executor(ThreadPoolExecutor(_WORKERS, "http-worker"))
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        try:
            runner, listening = await self._server.listen(self._host, self._port, self._connections)
        except BaseException as error:
            self._bound.set_exception(error)
            return
        self._bound.set_result(int(listening.sockets[0].getsockname()[1]))
        await self._stop.wait()
        listening.close()
        await runner.cleanup()
