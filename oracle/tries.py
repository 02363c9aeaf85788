"""Whose turn is it? How a round's files share the time limit and those who ask for them."""

import math
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fedjury.errors import StoreUnavailable
from fedjury.oracle.outages import Outages
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_failure import UpdateFailure

QUICK_TRY = 5.0  # seconds of a small file's first try; each later one may take twice as long
SHORTEST_TRY = 0.5  # no try is begun with less than that
SHORTEST_URGENT_TRY = 0.05  # but one of a file of which nothing is known yet
PAUSE = 1.0
_DOUBLINGS = 10
_ROUNDING = 1e-3

FetchOutcome = UpdateFailure | None


@dataclass
class Try:
    """A file that is not decided yet.

    Attributes:
        digest: of the file.
        due: when it is to be asked for, by the clock.
        began: when its last try began or is to begin, by the clock.
        count: how often it was.
        outcome: of the last try; StoreUnavailable where that said nothing.
    """

    digest: Digest
    due: float
    began: float = 0.0
    count: int = 0
    outcome: FetchOutcome | StoreUnavailable = field(
        default_factory=lambda: StoreUnavailable("there was no time to ask for a file")
    )

    @property
    def is_refused(self) -> bool:
        """Whether it was asked for, and the last answer said nothing."""
        return self.count > 0 and isinstance(self.outcome, StoreUnavailable)


class Tries:
    """The files of a round, given out one by one to those who ask for them.

    Every file has its first try before any has its second. While there are more files than
    workers, each try is so short that every file has two, so that silent files do not take the
    time of those that are there.

    Args:
        digests: of the files.
        limit: seconds for all of them.
        workers: how many ask at a time.
        clock: seconds that only ever grow.
        quick: seconds of a file's first try, but for half of what is left if that is more than
            `QUICK_TRY`.
    """

    def __init__(
        self,
        digests: Iterable[Digest],
        limit: float,
        workers: int,
        clock: Callable[[], float],
        quick: float = QUICK_TRY,
    ) -> None:
        self._workers, self._clock, self._quick = workers, clock, quick
        self._outages, self._limit = Outages(), limit
        self._deadline = clock() + limit
        self._last_start = self._deadline - SHORTEST_TRY - _ROUNDING
        self._not_before = clock()
        # without any limit to speak of, every file has its one try nevertheless
        self._least_first = SHORTEST_URGENT_TRY if limit > SHORTEST_URGENT_TRY else 0.0
        self._pause = min(PAUSE, limit / 10)
        self._lock = threading.Lock()
        self._waiting = deque(Try(digest, clock()) for digest in dict.fromkeys(digests))
        self._open = {each.digest: each for each in self._waiting}
        self._passes = Counter({0: len(self._waiting)})  # files waiting for their nth try
        self._decided: dict[Digest, FetchOutcome] = {}
        self._refused = 0  # files of which the last answer said nothing, while none is decided
        self._is_over = False

    def take(self) -> tuple[Try, float] | None:
        """The next file and the seconds that its try may take; None when none is left.

        It may be due only later: whoever takes it waits until then, as `wait_for` says.
        """
        with self._lock:
            while self._waiting and not self._is_over:
                task = self._waiting.popleft()
                self._passes[task.count] -= 1
                task.due = max(task.due, self._not_before)
                task.began = max(task.due, self._clock())
                left = max(self._deadline - task.began, 0.0)
                if left >= self._least(task):
                    return task, self._share(task, left)
        return None

    def wait_for(self, task: Try) -> float:
        """Seconds until a file is due."""
        return max(task.due - self._clock(), 0.0)

    def decide(self, task: Try, outcome: FetchOutcome) -> None:
        """A file is there, or it is certain that it never will be."""
        self._outages.worked(task.began)
        with self._lock:
            self._open.pop(task.digest, None)
            self._decided[task.digest] = outcome

    def again(self, task: Try, outcome: UpdateFailure | StoreUnavailable) -> None:
        """A file is not there now: it gets another try, in a while."""
        asked = None
        if isinstance(outcome, StoreUnavailable):
            self._outages.failed(task.began)
            asked = outcome.retry_after
        else:
            self._outages.worked(task.began)
        with self._lock:
            now = self._clock()
            self._not_before = max(self._not_before, now + (asked or 0.0))
            due = now + self._pause
            if due > self._last_start > now:
                due = self._last_start
            self._refused -= task.is_refused
            task.outcome, task.count, task.due = outcome, task.count + 1, due
            self._refused += task.is_refused
            self._waiting.append(task)
            self._passes[task.count] += 1
            if self._is_hopeless():
                self._is_over = True

    @property
    def is_over(self) -> bool:
        """Whether no more files are given out."""
        return self._is_over

    def stop(self) -> None:
        """Give out no more files."""
        with self._lock:
            self._is_over = True

    def outcomes(self) -> dict[Digest, FetchOutcome]:
        """Of every file None, or why it cannot be had.

        Raises:
            StoreUnavailable: nothing is known of some file, since the store did not work; or some
                was not found, and the store did not work for a part of the time.
        """
        with self._lock:
            undecided = [each.outcome for each in self._open.values()]
            unknown = [each for each in undecided if isinstance(each, StoreUnavailable)]
            if unknown:
                raise max(unknown, key=lambda error: error.retry_after or 0.0)
            if self._open:
                self._outages.require_short(self._limit)
            known = {each.digest: each.outcome for each in self._open.values()}
            return {**self._decided, **known}  # type: ignore[dict-item]

    def _share(self, task: Try, left: float) -> float:
        """Seconds for a try, such that all others of this pass and a whole next pass fit in.

        Where that would be too little for each, there is no next pass.
        """
        first = max(QUICK_TRY, min(self._quick, left / 2))  # so that there is another
        seconds = min(first * (1 << min(task.count, _DOUBLINGS)), left)
        if len(self._open) > self._workers:
            turns = 1 + self._turns(self._passes[task.count])
            with_another = left / (turns + self._turns(len(self._open)))
            share = max(with_another, min(SHORTEST_TRY, left / turns))
            # not all at the same time, which would be hard on us as on the store
            seconds = min(seconds, share * random.uniform(0.8, 1.0))
        return seconds

    def _least(self, task: Try) -> float:
        """Seconds without which a try is not begun."""
        if not task.count:
            return self._least_first
        return SHORTEST_URGENT_TRY if isinstance(task.outcome, StoreUnavailable) else SHORTEST_TRY

    def _turns(self, files: int) -> int:
        return math.ceil(files / self._workers)

    def _is_hopeless(self) -> bool:
        """Whether the store gave nothing and says nothing of any file: then waiting is better."""
        return not self._decided and self._refused == len(self._open)
