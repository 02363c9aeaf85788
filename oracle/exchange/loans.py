"""Room in memory for files on their way, whoever they come from."""

import threading
from collections.abc import Callable

ROOM_BYTES = 2**28  # of files that other jurors give, at a time, if there is more than one


class Loan:
    """A file in memory, whose room is given back once nobody holds it.

    Args:
        data: of the file.
        give_back: is called then.
    """

    def __init__(self, data: bytes, give_back: Callable[[], None]) -> None:
        self._data, self._give_back = data, give_back

    def __call__(self) -> bytes:
        return self._data

    def __del__(self) -> None:
        self._give_back()


class Room:
    """Lends bytes of memory. Safe to use from threads.

    Args:
        size: bytes at a time; whoever wants more gets all of it.
    """

    def __init__(self, size: int = ROOM_BYTES) -> None:
        self._size, self._left = size, size
        self._changed = threading.Condition(threading.RLock())

    def take(self, wanted: int, seconds: float) -> Callable[[], None] | None:
        """Take room, waiting for it as long as that.

        Returns:
            What gives it back; None where there was none in time.
        """
        taken = min(wanted, self._size)
        with self._changed:
            if not self._changed.wait_for(lambda: self._left >= taken, seconds):
                return None
            self._left -= taken
        return lambda: self._give_back(taken)

    def _give_back(self, taken: int) -> None:
        with self._changed:
            self._left += taken
            self._changed.notify_all()
