"""Whether an open round is about to close without a client's update."""

import time
from collections.abc import Callable

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.types import Phase
from fedjury.clients.events import UpdateSubmitted
from fedjury.clients.proving import RosterProofs
from fedjury.clients.relay_events import FoundInBatch
from fedjury.runtime.events import Event
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import WrongRoster
from fedjury.task.vitals.sentry import Sight

LATE_SHARE = 0.75
"""Of a round's time, what may pass until a client's update stands on chain."""


class UpdateLateness:
    """Finds a round without the client's update (a `fedjury.task.vitals.sentry.Lookout`).

    Args:
        task: whose rounds they are.
        proofs: know whether the client is in the round's roster; used by nobody else.
        now: this machine's clock, Unix seconds.
    """

    def __init__(
        self, task: TaskOnChain, proofs: RosterProofs, now: Callable[[], float] = time.time
    ) -> None:
        self._config, self._proofs, self._now = task.config, proofs, now
        self._latest = 0

    def event(self, event: Event) -> None:
        """Listen to what the client tells: the round that its update is in."""
        if isinstance(event, UpdateSubmitted | FoundInBatch):
            self._latest = event.round

    def look(self, sight: Sight) -> str:
        """That a quarter of the round's time is left and the update is not in it; "" otherwise.

        Nothing is wrong with a client that is not in the round's roster.

        Raises:
            ChainUnavailable, StoreUnavailable: nobody can tell whether it is.
        """
        seen, state = sight.seen, sight.seen.round
        if seen.phase is not Phase.OPEN or state.number in (seen.last_round, self._latest):
            return ""
        now = max(self._now(), sight.stamp.timestamp)
        if now < state.deadline - (1 - LATE_SHARE) * self._config.round_seconds:
            return ""
        try:
            proof = self._proofs.find(seen.roster, sight.stamp.number)
        except WrongRoster as error:
            return str(error)
        if proof is None:
            return ""
        until = local_time(state.deadline)
        return f"round {state.number} takes updates until {until}, and has none of this client yet"
