"""The relays that a client was told of, tried in order; one that fails is tried again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedjury.clients.events import FileHanded, HandedToRelay, RelayFailing
from fedjury.clients.relay_endpoint import RelayEndpoint, RelayFailed
from fedjury.clients.relay_notes import HandedUpdate, KeptReceipt
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.events import Listener
from fedjury.task.on_chain import TaskOnChain

PAUSES = (1.0, 5.0, 30.0)
"""Seconds before a relay that failed is asked again; the last pause is repeated."""
ENOUGH = len(PAUSES)
"""Failures of each relay after which none is counted on in this round any more."""

_Key = tuple[int, Digest]  # round and the model that it begins with


@dataclass
class _Tries:
    """How often a relay failed in a round, and when it is asked again."""

    failures: int = 0
    again_at: float = 0.0


class Relays:
    """Hands signed updates to the first relay that takes them.

    Args:
        task: whose relayers sign receipts.
        endpoints: the relays.
        listener: is told.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        task: TaskOnChain,
        endpoints: Sequence[RelayEndpoint],
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task, self._endpoints = task, endpoints
        self._listener, self._clock = listener, clock
        self._key: _Key | None = None
        self._tries: list[_Tries] = []
        self._taken_by: RelayEndpoint | None = None

    def __bool__(self) -> bool:
        return bool(self._endpoints)

    def are_exhausted(self, round_number: int, parent_model: Digest) -> bool:
        """Whether each relay has failed so often in a round that none is counted on any more."""
        tries = self._tries_of((round_number, parent_model))
        return all(each.failures >= ENOUGH for each in tries)

    def hand_over(self, domain: UpdateDomain, entry: BatchEntry) -> KeptReceipt | None:
        """Hand a signed update to the first relay that takes it.

        Returns:
            Its receipt, which a relayer of the task signed; None where no relay that it was time
            to ask gave one.

        Raises:
            ChainUnavailable: nobody can say whether a receipt is a relayer's.
        """
        tries = self._tries_of((domain.round, domain.parent_model))
        for endpoint, each in zip(self._endpoints, tries, strict=True):
            if self._clock() < each.again_at:
                continue
            try:
                kept = self._ask(endpoint, domain, entry)
            except RelayFailed as error:
                self._failed(endpoint, each, domain.round, str(error))
                continue
            self._taken_by = endpoint
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
        endpoint = self._taken_by
        if endpoint is None:
            return False
        try:
            endpoint.put_file(handed.digest, data)
        except RelayFailed as error:
            reason = f"it does not take the file: {error}"
            self._listener(RelayFailing(round=handed.round, relay=endpoint.name, reason=reason))
            return False
        self._listener(
            FileHanded(
                round=handed.round,
                cid=handed.digest.cid,
                relay=endpoint.name,
                bytes=len(data),
            )
        )
        return True

    def _ask(self, endpoint: RelayEndpoint, domain: UpdateDomain, entry: BatchEntry) -> KeptReceipt:
        receipt, signature = endpoint.hand_over(domain, entry)
        contract = self._task.contract
        signer = receipt.signer(signature, domain.chain_id, domain.task)
        if signer is None:
            raise RelayFailed("the signature under its receipt is nobody's")
        if not contract.is_relayer(signer):
            raise RelayFailed(f"its receipt is signed by {signer}, who is no relayer of the task")
        return KeptReceipt(endpoint.name, signer, receipt.received_at, signature)

    def _failed(
        self, endpoint: RelayEndpoint, tries: _Tries, round_number: int, reason: str
    ) -> None:
        pause = PAUSES[min(tries.failures, len(PAUSES) - 1)]
        tries.failures += 1
        tries.again_at = self._clock() + pause
        if tries.failures <= ENOUGH:  # it has been told often enough then
            self._listener(RelayFailing(round=round_number, relay=endpoint.name, reason=reason))

    def _tries_of(self, key: _Key) -> list[_Tries]:
        if key != self._key:
            self._key, self._tries = key, [_Tries() for _ in self._endpoints]
        return self._tries
