"""Taking in signed updates: what a relay checks, and the receipt that it gives.

There is no HTTP in it, so that any other server can be a relay.
"""

from concurrent.futures import Future
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.committer import Committer
from fedjury.relay.queue import Queue, conflict
from fedjury.relay.records import Held, RoundKey, SignedUpdate
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.window import OpenRound, Window


@dataclass(frozen=True)
class SignedReceipt:
    """A receipt with its signature.

    Attributes:
        receipt: that an update is on the relay's disk.
        relayer: the account that signed (EIP-55).
        signature: 65 bytes r‖s‖v.
    """

    receipt: Receipt
    relayer: str
    signature: bytes


@dataclass(frozen=True)
class CheckedUpdate:
    """An update whose signature is its client's, and which the open round takes.

    Attributes:
        update: the same.
        held: what was taken in of its client for its round before; None for nothing.
    """

    update: SignedUpdate
    held: Held | None


class Intake:
    """Takes in signed updates for one task. Safe to use from threads.

    Args:
        account: the relayer's; signs receipts.
        chain_id, task: where the task is.
        window: what is open.
        queue: where the updates go.
    """

    def __init__(
        self, account: LocalAccount, chain_id: int, task: str, window: Window, queue: Queue
    ) -> None:
        self._account, self._chain_id, self._task = account, chain_id, task
        self._window, self._queue = window, queue
        self._committer = Committer(queue, self._room)

    def close(self) -> None:
        """Put what waits on disk; nothing may be handed in any more."""
        self._committer.close()

    def take(self, update: SignedUpdate) -> SignedReceipt:
        """Take in an update. The same one again is given the same receipt.

        Returns:
            The receipt, once the update is on disk.

        Raises:
            Refused: says why, and whether it may be taken in later.
        """
        return self.keep(self.check(update)).result()

    def check(self, update: SignedUpdate) -> CheckedUpdate:
        """Check all of an update that is known without the disk, its signature last.

        Raises:
            Refused: says why, and whether it may be taken in later.
        """
        entry = update.entry
        if not any(entry.digest):
            raise Refused(Refusal.ZERO_DIGEST, "the digest is zero")
        held = self._queue.find(update.key, entry.client)
        if held is None:
            self._require_open(update)
        domain = UpdateDomain(self._chain_id, self._task, update.round, update.parent_model)
        if not domain.is_signed(entry):
            raise Refused(
                Refusal.BAD_SIGNATURE,
                "the signature is not this client's, for this round, model and digest",
            )
        return CheckedUpdate(update, held)

    def keep(self, checked: CheckedUpdate) -> "Future[SignedReceipt]":
        """Put an update on disk that is its client's own.

        Returns:
            The receipt, once the update is on disk; or Refused.

        Raises:
            Refused: says why, and whether it may be taken in later.
        """
        update, held = checked.update, checked.held
        if held is not None and held.digest != update.entry.digest:
            raise conflict(held)
        receipt: Future[SignedReceipt] = Future()
        if held is not None:
            receipt.set_result(self._sign(update, held))
            return receipt

        def give(done: "Future[Held]") -> None:
            if not receipt.set_running_or_notify_cancel():  # nobody waits for it any more
                return
            error = done.exception()
            if error is not None:
                receipt.set_exception(error)
            else:
                receipt.set_result(self._sign(update, done.result()))

        self._committer.put(update).add_done_callback(give)
        return receipt

    def _require_open(self, update: SignedUpdate) -> None:
        window = self._window.open
        if window is None:
            raise Refused(Refusal.NO_ROUND, f"nothing is taken in now: {self._window.reason}", 5.0)
        _require_round(update, window)
        if self._window.now() >= window.takes_until:
            raise Refused(
                Refusal.TOO_LATE,
                f"the relay takes no more updates for round {window.number}: submit it yourself",
            )
        if update.entry.client not in window.roster:
            raise Refused(
                Refusal.NOT_IN_ROSTER,
                f"{update.entry.client} is not in the roster of round {window.number}",
            )

    def _room(self, key: RoundKey) -> int:
        window = self._window.open
        if window is None or window.key != key:  # it was open when the update was checked
            raise Refused(Refusal.NO_ROUND, f"round {key.round} is not open any more", 5.0)
        return self._window.most_unposted(window)

    def _sign(self, update: SignedUpdate, held: Held) -> SignedReceipt:
        receipt = update.receipt(held.received_at)
        signature = receipt.sign(self._account, self._chain_id, self._task)
        return SignedReceipt(receipt, self._account.address, signature)


def _require_round(update: SignedUpdate, window: OpenRound) -> None:
    if update.round != window.number:
        reason = Refusal.ROUND_AHEAD if update.round > window.number else Refusal.WRONG_ROUND
        raise Refused(reason, f"round {update.round} is not the open one, which is {window.number}")
    if update.parent_model != window.parent_model:
        raise Refused(
            Refusal.WRONG_PARENT,
            f"round {window.number} starts from {window.parent_model.cid}, not from "
            f"{update.parent_model.cid}",
        )
