"""Several content stores as one.

A file is fetched from whichever store has it; the next store is asked where one fails, and where
one takes more than a little. What is added or kept is so in every store that works, and one of
them is enough. That a file is missing is known only where every store says so: one that does not
work says nothing of it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from fedjury.errors import (
    ConfigError,
    ContentError,
    ContentMismatch,
    ContentNotFound,
    ContentTooLarge,
    FedjuryError,
    NotAFile,
    StoreUnavailable,
)
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, ignore
from fedjury.runtime.patience import Patience
from fedjury.store.asking import Answer, Member, Questions
from fedjury.store.base import ContentStore
from fedjury.store.events import NotEverywhere, StoreBack, StoreLeft
from fedjury.store.time_for import time_for

HEAD_START = 0.5
"""Seconds that a store has for a file before the next one is asked as well; a tenth of the time
for the file where that is less."""

GRACE = 10.0
"""Seconds that the others have to add or keep a file, beside as many as the first store took; who
takes longer goes on by itself."""

_EXTRA = 1.0  # seconds beyond the limit, as of `ContentStore.fetch`
_SHORTEST = 0.05  # seconds; nothing is asked with less
_ADD_SECONDS = 150.0
T = TypeVar("T")
Receive = Callable[[], bytes]


class SeveralStores:
    """See the module. Safe to use from several threads at once.

    Args:
        stores: in the order in which their user wants them asked; at least two.
        patience: where none works, or some refuse for a while; none by default.
        listener: is told which stores fail, work again, and do not keep what others do.
        now: seconds that only ever grow, by which stores rest.
    """

    def __init__(
        self,
        stores: Sequence[ContentStore],
        patience: Patience | None = None,
        listener: Listener = ignore,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        names = [store.name for store in stores]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"the content store {name} is given twice")
        self._members = [Member(store, now) for store in stores]
        self._patience, self._listener = patience or Patience(), listener
        self._first = self._members[0]
        self._has_answered = False

    @property
    def name(self) -> str:
        return " and ".join(member.store.name for member in self._members)

    @property
    def size(self) -> int:
        """How many stores there are."""
        return len(self._members)

    def add(self, data: bytes) -> Digest:
        """As `ContentStore.add`: it is stored where one store says so."""
        digest, seconds = Digest.of(data), time_for(len(data), _ADD_SECONDS)
        self._patiently(lambda: self._everywhere(digest, lambda s: s.add(data), seconds))
        return digest

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        """As `ContentStore.fetch`."""

        def received() -> bytes:
            return self.receive(digest, max_bytes, timeout)()

        return self._patiently(received)

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Receive:
        """As `ContentStore.receive`: from the first store that has it.

        The store that gave the last file is asked first. Where one fails to give the file after
        all, when it is read, that is the store's failing, and `fetch` of the others follows.
        """
        end = time.monotonic() + timeout
        until = end + _EXTRA
        head_start = min(HEAD_START, timeout / 10)
        waiting = self._in_order()
        failures: list[FedjuryError] = [each.out for each in self._resting() if each.out]

        def ask(member: Member) -> Receive:
            left = max(end - time.monotonic(), _SHORTEST)
            return member.store.receive(digest, max_bytes, left)

        questions = Questions(ask)
        while waiting or questions.open:
            if waiting:
                questions.put(waiting.pop(0))
            left = until - time.monotonic()
            answer = questions.next(min(head_start, left) if waiting else left)
            if answer is None:
                if time.monotonic() >= until:
                    failures.append(StoreUnavailable(f"{self.name}: no answer in time"))
                    break
                continue
            if (content := answer.result) is not None:
                self._worked(answer.member)
                self._first = answer.member
                return partial(self._read, content, answer.member, digest, max_bytes, end)
            if isinstance(answer.error, ContentTooLarge | NotAFile):
                raise answer.error  # proven by content, whichever store it comes from
            failures.append(self._failure(answer))
        raise _meaning(digest, failures)

    def keep(self, digest: Digest, timeout: float) -> None:
        """As `ContentStore.keep`: it is kept where one store says so."""
        self._patiently(
            lambda: self._everywhere(digest, lambda s: s.keep(digest, timeout), timeout + _EXTRA),
            forgives=False,
        )

    def release(self, digest: Digest) -> None:
        """As `ContentStore.release`, by every store.

        Raises:
            StoreUnavailable: one of them may still keep it.
        """
        failure: StoreUnavailable | None = None
        for member in self._members:
            try:
                member.store.release(digest)
            except StoreUnavailable as error:
                failure = error
        if failure is not None:
            raise failure

    def check(self) -> None:
        """As `ContentStore.check`: one store that answers is enough."""
        failures: list[FedjuryError] = []
        for member in self._members:
            try:
                member.store.check()
            except StoreUnavailable as error:
                self._left(member, error)
                failures.append(error)
            else:
                self._worked(member)
        if len(failures) == len(self._members):
            raise _unavailable(failures)

    def _everywhere(
        self, digest: Digest, do: Callable[[ContentStore], object], seconds: float
    ) -> None:
        """Do something in every store that works; where one does it that is enough."""
        questions = Questions(lambda member: do(member.store))
        asked = self._in_order()
        for member in asked:
            questions.put(member)
        answers = list(_answers(questions, seconds))
        failed = [(each, self._failure(each)) for each in answers if each.error is not None]
        if len(failed) == len(answers):
            failures = [each.out for each in self._resting() if each.out]
            if questions.open:
                failures.append(StoreUnavailable(f"{self.name}: no answer in {seconds:g} s"))
            raise _meaning(digest, [*failures, *(error for _, error in failed)])
        for answer in answers:
            if answer.error is None:
                self._worked(answer.member)
        late = set(asked) - {answer.member for answer in answers}
        for member in late:
            self._tell_not(member, digest, "it has not answered, though another store has")
        for answer, error in failed:
            # what is missing in one store is nothing to tell, and one that is down is told of
            if not answer.is_down and not isinstance(error, ContentNotFound):
                self._tell_not(answer.member, digest, str(error))

    def _tell_not(self, member: Member, digest: Digest, reason: str) -> None:
        name = member.store.name
        self._listener(NotEverywhere(store=name, cid=digest.cid, reason=reason))

    def _read(
        self, content: Receive, giver: Member, digest: Digest, max_bytes: int, end: float
    ) -> bytes:
        """A file that a store said it has; where it then has not, what another one has."""
        failures: list[FedjuryError] = [each.out for each in self._resting() if each.out]
        others = [each for each in self._in_order() if each is not giver]
        gets: list[Receive] = [content]
        gets += [partial(_fetch, each, digest, max_bytes, end) for each in others]
        for get in gets:
            try:
                return get()
            except (ContentTooLarge, NotAFile):
                raise
            except (ContentError, StoreUnavailable) as error:
                failures.append(error)
        raise _meaning(digest, failures)

    def _in_order(self) -> list[Member]:
        """Stores to ask: the one that gave the last file first; all where all rest."""
        found = [each for each in self._members if not each.rests] or list(self._members)
        return sorted(found, key=lambda member: member is not self._first)

    def _resting(self) -> list[Member]:
        """Stores that are not asked; nobody where all are."""
        found = [each for each in self._members if each.rests]
        return found if len(found) < len(self._members) else []

    def _failure(self, answer: Answer[T]) -> FedjuryError:
        """A store's error; one that works and only refuses this file is asked for others."""
        error = answer.error
        if error is None:
            raise ValueError("an answer without an error")
        if isinstance(error, StoreUnavailable) and answer.is_down:
            self._left(answer.member, error)
        return error

    def _left(self, member: Member, error: StoreUnavailable) -> None:
        rest = member.failed(error)
        if rest is not None:
            self._listener(
                StoreLeft(store=member.store.name, reason=str(error), retry_seconds=round(rest, 1))
            )

    def _worked(self, member: Member) -> None:
        if member.worked():
            self._listener(StoreBack(store=member.store.name))

    def _patiently(self, action: Callable[[], T], *, forgives: bool = True) -> T:
        result = self._patience.call(action, lambda _: forgives and self._has_answered)
        self._has_answered = True
        return result


def _answers(questions: Questions[T], seconds: float) -> Iterator[Answer[T]]:
    """Answers within a time, which is shorter once one store has done what it was asked to do."""
    began = time.monotonic()
    until = began + seconds
    while questions.open and (answer := questions.next(until - time.monotonic())) is not None:
        yield answer
        if answer.error is None:
            now = time.monotonic()
            until = min(until, now + (now - began) + GRACE)


def connections_per_file(store: ContentStore) -> int:
    """How many connections a store may hold for one file that is fetched."""
    return store.size if isinstance(store, SeveralStores) else 1


def _fetch(member: Member, digest: Digest, max_bytes: int, end: float) -> bytes:
    left = max(end - time.monotonic(), _SHORTEST)
    return member.store.fetch(digest, max_bytes, left)


def _meaning(digest: Digest, failures: Sequence[FedjuryError]) -> FedjuryError:
    """What it means that no store does what it was asked to do."""
    if any(isinstance(each, StoreUnavailable) for each in failures):
        return _unavailable(failures)
    for kind in (ContentTooLarge, NotAFile, ContentMismatch):
        for each in failures:
            if isinstance(each, kind):
                return each
    words = "; ".join(str(each) for each in failures if isinstance(each, ContentError))
    return ContentNotFound(words or f"{digest.cid} is in no store")


def _unavailable(failures: Sequence[FedjuryError]) -> StoreUnavailable:
    error = StoreUnavailable("; ".join(dict.fromkeys(map(str, failures))))
    waits = [
        each.retry_after
        for each in failures
        if isinstance(each, StoreUnavailable) and each.retry_after is not None
    ]
    error.retry_after = min(waits, default=None)
    return error
