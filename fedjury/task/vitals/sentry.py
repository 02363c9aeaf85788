"""A look at chain and store now and then, from a thread of its own: whatever a daemon is at.

A juror may judge for an hour, and meanwhile the chain stands still or its account is emptied.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from fedjury.chain.contracts.types import Overview
from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import FedjuryError
from fedjury.runtime.monitoring.health import LASTING_SECONDS, LONGEST_SILENCE
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.vitals.chain_watch import ChainWatch
from fedjury.task.vitals.purse import Purse

LOOK_SECONDS = 15.0


@dataclass(frozen=True)
class Sight:
    """What a look at the chain showed.

    Attributes:
        stamp: the newest block.
        seen: what the contract holds there, for the daemon's account.
    """

    stamp: BlockStamp
    seen: Overview


class Lookout(Protocol):
    """Finds one kind of trouble."""

    def look(self, sight: Sight) -> str:
        """What is wrong, in a sentence; "" where nothing is.

        Raises:
            FedjuryError: nobody can tell; that is wrong itself where it lasts.
        """


class Sentry:
    """Looks at the chain, and has others look at what it saw.

    Args:
        task: whose contract is looked at.
        address: of the daemon's account.
        watch: of the same chain.
        lookouts: beyond that, most urgent first.
        clock: seconds that only ever grow.

    Attributes:
        sight: the newest; None before the first.
    """

    def __init__(
        self,
        task: TaskOnChain,
        address: str,
        watch: ChainWatch,
        *lookouts: Lookout,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._address, self._clock = task, address, clock
        self._watch = watch
        self.sight: Sight | None = None
        self._lookouts = [_Remembering(each, clock) for each in lookouts]
        self._chain = _Remembering(self, clock)
        self._looked_at = clock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sentry", daemon=True)

    def __enter__(self) -> "Sentry":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()  # a look that is under way is not waited for

    def work(self) -> None:
        """One look at everything."""
        self._chain.ask(None)
        if self.sight is not None:
            for each in self._lookouts:
                each.ask(self.sight)
        self._looked_at = self._clock()

    @property
    def trouble(self) -> str:
        """What is wrong, in a sentence; "" where nothing is."""
        silent = self._clock() - self._looked_at
        if silent > LONGEST_SILENCE:
            return f"chain and store have left the last look at them unanswered for {silent:.0f} s"
        found = [self._chain.trouble, self._watch.trouble]
        found += [each.trouble for each in self._lookouts]
        if self.sight is None:
            found.append("the chain has not been looked at yet")
        return next(filter(None, found), "")

    def look(self, sight: Sight | None) -> str:
        """See the newest block, and the contract there."""
        stamp = self._task.chain.block()
        self._watch.see(stamp)
        self.sight = Sight(stamp, self._task.contract.overview(self._address, at=stamp))
        return ""

    def _run(self) -> None:
        while not self._stop.is_set():
            self.work()
            self._stop.wait(LOOK_SECONDS)


class _Remembering:
    """What one lookout found last; where it could not tell, for how long."""

    def __init__(self, lookout: "Lookout | Sentry", clock: Callable[[], float]) -> None:
        self._lookout, self._clock = lookout, clock
        self._found, self._failure = "", ""
        self._failing_since = 0.0

    def ask(self, sight: Sight | None) -> None:
        try:
            self._found = self._lookout.look(sight)  # type: ignore[arg-type]
            self._failure = ""
        except FedjuryError as error:  # whatever a node answers must not end the looking
            if not self._failure:
                self._failing_since = self._clock()
            self._failure = str(error)

    @property
    def trouble(self) -> str:
        if self._failure and self._clock() - self._failing_since >= LASTING_SECONDS:
            return self._failure
        return self._found


class PurseLookout:
    """Finds an account that cannot pay for what it is there for.

    Args:
        purse: of the account.
    """

    def __init__(self, purse: Purse) -> None:
        self._purse = purse

    def look(self, sight: Sight) -> str:
        """As `Lookout.look`."""
        self._purse.look()
        return self._purse.shortage


class StoreLookout:
    """Finds a store that does not answer.

    Args:
        store: the same.
    """

    def __init__(self, store: ContentStore) -> None:
        self._store = store

    def look(self, sight: Sight) -> str:
        """As `Lookout.look`."""
        self._store.check()
        return ""
