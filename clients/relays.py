"""The relays that a client was told of, tried in order; one that does not work is tried again."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from fedjury.clients.relay_endpoint import RelayFailed, RelayRefused, RelayStatus
from fedjury.clients.relay_events import (
    FileHanded,
    HandedToRelay,
    RelayFailing,
)
from fedjury.clients.relay_notes import HandedUpdate, KeptReceipt
from fedjury.clients.relay_tries import Key, Tries, patience
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.events import Listener
from fedjury.task.on_chain import TaskOnChain


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

    def status(self, seconds: float) -> RelayStatus:
        """Ask the relay whose it is, in so many seconds at most.

        Raises:
            RelayFailed: it does not say.
        """

    def put_file(self, digest: Digest, data: bytes) -> None:
        """Give the relay an update's file.

        Raises:
            RelayFailed: it was not taken.
        """


@dataclass
class _Link:
    """A relay, and whose it is.

    Attributes:
        relay: the relay.
        relayers: in lower case the accounts that it names as its own, or that signed its receipts.
        is_known: whether it said that it is a relay of the task, since the client was started.
    """

    relay: Relay
    relayers: frozenset[str] = frozenset()
    is_known: bool = False

    def belongs_to(self, relayers: Collection[str]) -> bool:
        return not self.relayers.isdisjoint(each.lower() for each in relayers)

    def learn(self, relayer: str) -> None:
        self.relayers |= {relayer.lower()}


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
        self._task, self._links = task, [_Link(relay) for relay in relays]
        self._listener, self._clock = listener, clock
        self._patience = patience(task.config.batch_seconds)
        self._key: Key | None = None
        self._tries: list[Tries] = []

    def __bool__(self) -> bool:
        return bool(self._links)

    def have_refused(self, round_number: int, parent_model: Digest) -> bool:
        """Whether every relay has refused in a round, so that none is asked any more."""
        return all(each.has_refused for each in self._tries_of((round_number, parent_model)))

    def has_other(self, note: HandedUpdate) -> bool:
        """Whether there is a relay that may take an update beside those that gave receipts."""
        tries, holders = self._tries_of((note.round, note.parent_model)), _holders(note)
        return any(
            not each.has_refused and not each.has_taken and not link.belongs_to(holders)
            for link, each in zip(self._links, tries, strict=True)
        )

    def hand_over(
        self,
        domain: UpdateDomain,
        entry: BatchEntry,
        seconds: float,
        note: HandedUpdate | None = None,
        reason: str | None = None,
    ) -> KeptReceipt | None:
        """Hand a signed update to the first relay that takes it, in so many seconds at most.

        Args:
            domain: in which it is signed.
            entry: the update.
            seconds: that are left for it.
            note: tells who gave a receipt for it before, and is not asked again.
            reason: why it goes to one more relay, where some gave receipts.

        Returns:
            Its receipt, which a relayer of the task signed; None where no relay that it was time
            to ask gave one.

        Raises:
            ChainUnavailable: nobody can say whether a receipt is a relayer's.
        """
        tries = self._tries_of((domain.round, domain.parent_model))
        until = self._clock() + seconds
        holders = _holders(note)
        for link, each in zip(self._links, tries, strict=True):
            now = self._clock()
            if each.has_taken or now < each.again_at or now >= until:
                continue
            try:
                self._know(link, until - now)
                if link.belongs_to(holders):
                    continue
                kept = self._ask(link, domain, entry, until - self._clock())
            except RelayFailed as error:
                now, name = self._clock(), link.relay.name
                if told := each.fail(domain.round, name, error, now, self._patience):
                    self._listener(told)
                continue
            each.has_taken = True
            self._listener(
                HandedToRelay(
                    round=domain.round,
                    cid=entry.digest.cid,
                    relay=kept.relay,
                    relayer=kept.relayer,
                    reason=reason,
                )
            )
            return kept
        return None

    def check(self, kept: KeptReceipt, seconds: float) -> None:
        """See that the relay that gave a receipt still answers, if it is one of these.

        Raises:
            RelayFailed: it does not, or not as a relay of the task.
        """
        link = self._link_of(kept)
        if link is not None:
            self._read_status(link, seconds)

    def put_file(self, handed: HandedUpdate, data: bytes, relayer: str) -> bool:
        """Give the file of an update to the relay whose batch holds it, by its receipt.

        Where that relay gave none, the one that gave a receipt last gets the file.

        Args:
            handed: the update, with a receipt at least.
            data: the file.
            relayer: who posted the batch.

        Returns:
            Whether the relay took it.
        """
        posted = [kept for kept in handed.receipts if kept.relayer == relayer]
        link = self._link_of((posted or handed.receipts)[-1])
        if link is None:
            return False
        relay = link.relay
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

    def _know(self, link: _Link, seconds: float) -> None:
        if not link.is_known:
            self._read_status(link, seconds)

    def _read_status(self, link: _Link, seconds: float) -> None:
        try:
            status = link.relay.status(seconds)
        except RelayRefused as error:  # a proxy's page, perhaps: later it may be there
            raise RelayFailed(f"its /status cannot be used: {error}") from None
        if status.task.lower() != self._task.name.lower():
            raise RelayRefused(f"it is a relay of another task, {status.task}")
        link.is_known = True
        link.learn(status.relayer)

    def _ask(
        self, link: _Link, domain: UpdateDomain, entry: BatchEntry, seconds: float
    ) -> KeptReceipt:
        receipt, signature = link.relay.hand_over(domain, entry, seconds)
        contract = self._task.contract
        signer = receipt.signer(signature, domain.chain_id, domain.task)
        if signer is None:
            raise RelayRefused("the signature under its receipt is nobody's")
        if not contract.is_relayer(signer):
            raise RelayRefused(f"its receipt is signed by {signer}, who is no relayer of the task")
        link.learn(signer)
        return KeptReceipt(link.relay.name, signer, receipt.received_at, signature)

    def _link_of(self, kept: KeptReceipt) -> _Link | None:
        """Whose receipt that is; several relays may be shown by one name."""
        owners = [link for link in self._links if link.belongs_to([kept.relayer])]
        named = [link for link in self._links if link.relay.name == kept.relay]
        # of two relays with one account, the one with the receipt's name
        return next((link for link in owners if link in named), None) or next(
            iter(owners or [link for link in named if not link.is_known]), None
        )

    def _tries_of(self, key: Key) -> list[Tries]:
        if key != self._key:
            self._key, self._tries = key, [Tries() for _ in self._links]
        return self._tries


def _holders(note: HandedUpdate | None) -> Collection[str]:
    """The relayers that gave receipts."""
    return () if note is None else {kept.relayer for kept in note.receipts}
