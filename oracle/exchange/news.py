"""Waiting in an event loop for what other threads learn."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class News:
    """Wakes those who wait in one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()

    def tell(self) -> None:
        """There is news; from whatever thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake)

    async def wait(self, has_come: Callable[[], bool], seconds: float) -> bool:
        """Wait for something.

        Args:
            has_come: looks, when there is news, whether it is what is waited for.
            seconds: for no longer than this.

        Returns:
            Whether it has come.
        """
        self._loop = asyncio.get_running_loop()
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            async with asyncio.timeout(seconds):
                while not has_come():
                    await news.wait()
                    news.clear()
        except TimeoutError:
            return has_come()
        finally:
            self._waiting.discard(news)
        return True

    def _wake(self) -> None:
        for news in self._waiting:
            news.set()
