"""When an update goes to one more relay, though a relay gave a receipt for it.

Relays leave out what a batch on chain already holds, so that a double costs little; being in no
batch costs a client without ether the round.
"""

from fedjury.clients.relay_endpoint import RelayFailed
from fedjury.clients.relay_events import RelayFailing
from fedjury.clients.relay_notes import HandedUpdate, KeptReceipt
from fedjury.clients.relays import Relays
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, OnChange
from fedjury.task.on_chain import TaskOnChain

SHARE = 2 / 3
"""Of the time for batches, after which one receipt is not enough. Relays take nothing in any
more in the last quarter, or two minutes if that is less, unless blocks are slow or they are told
otherwise."""
LOOKS = 10
"""How often within the time for batches a relay that gave a receipt is asked for its status."""


class Standing:
    """Finds whether those who gave receipts for an update may still post it.

    Args:
        task: that the updates are for.
        relays: that gave receipts, or may.
        listener: is told of those who may not.
    """

    def __init__(self, task: TaskOnChain, relays: Relays, listener: Listener) -> None:
        self._task, self._relays, self._listener = task, relays, listener
        self._key: tuple[int, Digest] | None = None
        self._looked: dict[str, tuple[float, str]] = {}
        self._say: dict[str, OnChange] = {}

    def why_another(self, note: HandedUpdate, now: float, end: int, seconds: float) -> str:
        """Why an update that no batch holds goes to one more relay; "" where it does not.

        Args:
            note: of the update, with a receipt at least.
            now: the time, Unix seconds.
            end: when no batches are taken any more.
            seconds: for an answer of a relay.

        Raises:
            ChainUnavailable: no usable answer.
        """
        if not self._relays.has_other(note):
            return ""
        if (note.round, note.parent_model) != self._key:
            self._key, self._looked, self._say = (note.round, note.parent_model), {}, {}
        troubles = [self._trouble(note, kept, now, seconds) for kept in note.receipts]
        standing = troubles.count("")
        if standing == 0:
            return troubles[-1]
        from_then = end - self._task.config.batch_seconds * (1 - SHARE)
        if standing == 1 and now >= from_then:
            return "two thirds of the time for batches are over and none holds it yet"
        return ""

    def _trouble(self, note: HandedUpdate, kept: KeptReceipt, now: float, seconds: float) -> str:
        """Why who gave a receipt may not post the update; "" as far as one can tell it may."""
        if not self._task.contract.is_relayer(kept.relayer):
            found = f"{kept.relayer}, who signed its receipt, is no relayer of the task any more"
        else:
            found = self._silence(kept, now, seconds)
        if not found:
            return ""
        say = self._say.setdefault(kept.relayer, OnChange(self._listener))
        say(RelayFailing(round=note.round, relay=kept.relay, reason=found))
        return f"the relay at {kept.relay} gave a receipt and is of no use any more"

    def _silence(self, kept: KeptReceipt, now: float, seconds: float) -> str:
        """Why a relay does not answer; "" where it did when it was asked last."""
        every = self._task.config.batch_seconds / LOOKS
        at, found = self._looked.setdefault(kept.relayer, (now, ""))
        if now >= at + every:
            found = ""
            try:
                self._relays.check(kept, seconds)
            except RelayFailed as error:
                found = f"it gave a receipt and does not answer any more: {error}"
            self._looked[kept.relayer] = now, found
        return found
