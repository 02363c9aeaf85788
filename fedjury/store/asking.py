"""One of several stores, and asking stores in other threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from fedjury.errors import FedjuryError, StoreUnavailable
from fedjury.store.base import ContentStore

FIRST_REST = 5.0
LONGEST_REST = 60.0
MOST_OPEN = 256
"""Questions that a store may leave unanswered: each holds a thread and a connection, also after
another store has given the file."""
T = TypeVar("T")


class Member:
    """One of several stores, with what is known of it.

    Args:
        store: itself.
        now: seconds that only ever grow.

    Attributes:
        out: why it is not asked now; None while it is.
        turns: are held by questions that it has not answered.
    """

    def __init__(self, store: ContentStore, now: Callable[[], float] = time.monotonic) -> None:
        self.store, self._now = store, now
        self.turns = threading.BoundedSemaphore(MOST_OPEN)
        self.out: StoreUnavailable | None = None
        self._rest, self._rests_until = FIRST_REST, float("-inf")
        self._lock = threading.Lock()

    @property
    def rests(self) -> bool:
        """Whether it failed so lately that it is not asked."""
        return self.out is not None and self._now() < self._rests_until

    def failed(self, error: StoreUnavailable) -> float | None:
        """It does not work: for how many seconds it is not asked; None where that is no news."""
        with self._lock:
            is_news = self.out is None
            if self.rests:
                return None
            rest = max(self._rest, min(error.retry_after or 0.0, LONGEST_REST))
            self.out, self._rests_until = error, self._now() + rest
            self._rest = min(2 * self._rest, LONGEST_REST)
            return rest if is_news else None

    def worked(self) -> bool:
        """It works; whether that is news."""
        with self._lock:
            is_news, self.out, self._rest = self.out is not None, None, FIRST_REST
            return is_news


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What a store answered.

    Attributes:
        member: the store.
        result: where it gave one.
        error: what it raised instead; None where it did not.
        is_down: whether it does not work at all, as against refusing this alone.
    """

    member: Member
    result: T | None
    error: FedjuryError | None = None
    is_down: bool = False


class Questions(Generic[T]):
    """A question that is put to stores, each in a thread that holds nobody up.

    Args:
        ask: asks a store.
    """

    def __init__(self, ask: Callable[[Member], T]) -> None:
        self._ask = ask
        self._answers: SimpleQueue[Answer[T] | BaseException] = SimpleQueue()
        self._open = 0

    def put(self, member: Member) -> None:
        """Ask a store, unless it has left too much unanswered: then that is the answer."""
        self._open += 1
        if not member.turns.acquire(blocking=False):
            error = StoreUnavailable(f"the {member.store.name} answers nothing that it is asked")
            self._answers.put(Answer(member, None, error))
            return
        threading.Thread(target=self._run, args=(member,), daemon=True).start()

    @property
    def open(self) -> int:
        """How many have not answered."""
        return self._open

    def next(self, seconds: float) -> Answer[T] | None:
        """The next answer; None where none comes in this time."""
        try:
            found = self._answers.get(timeout=max(seconds, 0.001))
        except Empty:
            return None
        self._open -= 1
        if isinstance(found, BaseException):
            raise found
        return found

    def _run(self, member: Member) -> None:
        answer: Answer[T] | BaseException
        try:
            answer = self._answer_of(member)
        except BaseException as error:  # a bug is the caller's to see, in the caller's thread
            answer = error
        member.turns.release()
        self._answers.put(answer)

    def _answer_of(self, member: Member) -> Answer[T]:
        try:
            return Answer(member, self._ask(member))
        except StoreUnavailable as error:
            return Answer(member, None, error, is_down=not _works(member.store))
        except FedjuryError as error:
            return Answer(member, None, error)


def _works(store: ContentStore) -> bool:
    """Whether a store answers, though it may have refused something."""
    try:
        store.check()
    except StoreUnavailable:
        return False
    return True
