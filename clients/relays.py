"""The relays that a client was told of, tried in order; one that does not work is tried again."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fedjury.clients.relay_endpoint import RelayFailed, RelayRefused
from fedjury.clients.relay_events import (
    FileHanded,
    HandedToRelay,
    RelayFailing,
)
from fedjury.clients.relay_notes import HandedUpdate, KeptReceipt
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.events import Listener
from fedjury.task.on_chain import TaskOnChain

PAUSES = (1.0, 5.0, 30.0)
"""Seconds before a relay that does not work is asked again; the last pause is repeated."""

_Key = tuple[int, Digest]  # round and the model that it begins with


class Relay(Protocol):
    """What takes in signed updates, wherever it is: `fedjury.clients.relay_endpoint`."""

    @property
    def name(self) -> str:
        """Where it is, in words for people."""

    def hand_over(
        self, domain: UpdateDomain, entry: BatchEntry, seconds: float
    ) -> tuple[Receipt, bytes]:
        """Hand a signed update over, in so many seconds at most.

        Returns:
            The receipt and the signature under it, whosever that is.

        Raises:
            RelayFailed: it was not taken, or no receipt came back.
        """

    def put_file(self, digest: Digest, data: bytes) -> None:
        """Give the relay an update's file.

        Raises:
            RelayFailed: it was not taken.
        """


@dataclass
class _Tries:
    """How often a relay failed in a round, and when it is asked again; never, if it refused."""

    failures: int = 0
    again_at: float = 0.0

    @property
    def has_refused(self) -> bool:
        return self.again_at == math.inf


class Relays:
    """Hands signed updates to the first relay that takes them.

    Args:
        task: whose relayers sign receipts.
        relays: in the order in which they are tried.
        listener: is told.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        task: TaskOnChain,
        relays: Sequence[Relay],
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._relays = task, relays
        self._listener, self._clock = listener, clock
        self._key: _Key | None = None
        self._tries: list[_Tries] = []
        self._taken_by: Relay | None = None

    def __bool__(self) -> bool:
        return bool(self._relays)

    def have_refused(self, round_number: int, parent_model: Digest) -> bool:
        """Whether every relay has refused in a round, so that none is asked any more."""
        return all(each.has_refused for each in self._tries_of((round_number, parent_model)))

    def hand_over(
        self, domain: UpdateDomain, entry: BatchEntry, seconds: float
    ) -> KeptReceipt | None:
        """Hand a signed update to the first relay that takes it, in so many seconds at most.

        Returns:
            Its receipt, which a relayer of the task signed; None where no relay that it was time
            to ask gave one.

        Raises:
            ChainUnavailable: nobody can say whether a receipt is a relayer's.
        """
        tries = self._tries_of((domain.round, domain.parent_model))
        until = self._clock() + seconds
        for relay, each in zip(self._relays, tries, strict=True):
            now = self._clock()
            if now < each.again_at or now >= until:
                continue
            try:
                kept = self._ask(relay, domain, entry, until - now)
            except RelayFailed as error:
                self._failed(relay, each, domain.round, error)
                continue
            self._taken_by = relay
            self._listener(
                HandedToRelay(
                    round=domain.round,
                    cid=entry.digest.cid,
                    relay=kept.relay,
                    relayer=kept.relayer,
                )
            )
            return kept
        return None

    def put_file(self, handed: HandedUpdate, data: bytes) -> bool:
        """Give the file of an update to the relay that gave a receipt for it last.

        Returns:
            Whether that relay took it.
        """
        name = handed.receipts[-1].relay
        named = (each for each in self._relays if each.name == name)
        relay = self._taken_by or next(named, None)  # several may be shown by one name
        if relay is None:
            return False
        try:
            relay.put_file(handed.digest, data)
        except RelayFailed as error:
            reason = f"it does not take the file: {error}"
            self._listener(RelayFailing(round=handed.round, relay=relay.name, reason=reason))
            return False
        self._listener(
            FileHanded(
                round=handed.round,
                cid=handed.digest.cid,
                relay=relay.name,
                bytes=len(data),
            )
        )
        return True

    def _ask(
        self, relay: Relay, domain: UpdateDomain, entry: BatchEntry, seconds: float
    ) -> KeptReceipt:
        receipt, signature = relay.hand_over(domain, entry, seconds)
        contract = self._task.contract
        signer = receipt.signer(signature, domain.chain_id, domain.task)
        if signer is None:
            raise RelayRefused("the signature under its receipt is nobody's")
        if not contract.is_relayer(signer):
            raise RelayRefused(f"its receipt is signed by {signer}, who is no relayer of the task")
        return KeptReceipt(relay.name, signer, receipt.received_at, signature)

    def _failed(self, relay: Relay, tries: _Tries, round_number: int, error: RelayFailed) -> None:
        pause = PAUSES[min(tries.failures, len(PAUSES) - 1)]
        tries.failures += 1
        tries.again_at = self._clock() + pause
        if isinstance(error, RelayRefused):
            tries.again_at = math.inf
        if tries.failures <= len(PAUSES):  # it has been told often enough then
            failing = RelayFailing(round=round_number, relay=relay.name, reason=str(error))
            self._listener(failing)

    def _tries_of(self, key: _Key) -> list[_Tries]:
        if key != self._key:
            self._key, self._tries = key, [_Tries() for _ in self._relays]
        return self._tries
