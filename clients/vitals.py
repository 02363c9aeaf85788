"""What watches a client from outside of its cycles."""

from fedjury.clients.figures import ClientFigures
from fedjury.clients.lateness import UpdateLateness
from fedjury.clients.proving import RosterProofs
from fedjury.runtime.events import Event, Listener
from fedjury.runtime.monitoring.health import LONGEST_SILENCE, Health
from fedjury.task.opened import OpenedTask
from fedjury.task.vitals.chain_watch import ChainWatch
from fedjury.task.vitals.purse import UPDATE_GAS, Purse
from fedjury.task.vitals.sentry import Lookout, PurseLookout, Sentry, StoreLookout
from fedjury.task.vitals.sightings import show_sights


class ClientVitals:
    """Has a client's health and figures say how chain, store, account and round are.

    A client says nothing while it trains, which may take as long as its round.

    Args:
        task: that it takes part in.
        address: of its account.
        health, figures: of the client.
        needs_ether: whether it submits its updates itself, as without relays.

    Attributes:
        sentry: who looks, to be entered while the client runs.
    """

    def __init__(
        self,
        task: OpenedTask,
        address: str,
        health: Health,
        figures: ClientFigures,
        *,
        needs_ether: bool,
    ) -> None:
        self._late = UpdateLateness(task, RosterProofs(task, task.store, address))
        purse = Purse(task.chain, address, UPDATE_GAS) if needs_ether else None
        lookouts: list[Lookout] = [self._late, StoreLookout(task.store)]
        if purse is not None:
            lookouts.append(PurseLookout(purse))
        self.sentry = Sentry(task, address, ChainWatch(task.chain), *lookouts)
        health.silence = LONGEST_SILENCE + task.config.round_seconds
        health.checks.append(lambda: self.sentry.trouble)
        show_sights(figures, self.sentry, purse)

    def listening(self, listener: Listener) -> Listener:
        """The same listener; what the client tells of its rounds is noted as well."""

        def tell(event: Event) -> None:
            self._late.event(event)
            listener(event)

        return tell
