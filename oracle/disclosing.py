"""Disclosing verification slices: what a juror does once a round's end is deep enough."""

from collections.abc import Sequence

from fedjury.chain.contracts.events import RoundFinalized, RoundVoided
from fedjury.chain.contracts.events import SliceDisclosed as Told
from fedjury.chain.contracts.types import Overview, Phase
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.oracle.event_tail import EventTail
from fedjury.oracle.slice_events import SliceDisclosed, SlicesNotDisclosed
from fedjury.oracle.slices import Slices
from fedjury.oracle.waking import Waker
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, OnChange, Waiting
from fedjury.runtime.loop import Step
from fedjury.task.opened import OpenedTask


class Discloser:
    """Puts slices that are spent into the store, and tells on chain where they are.

    A round's slice is spent with the round's end, be it finalized or voided; a single slice with
    the end of the last round. What is still to be disclosed stands on chain, so that a restart
    finds it.

    Args:
        task: opened.
        slices: of which those that are here are disclosed; of others it is told that they are due.
        sender: pays for the transactions.
        waker: has a chain without traffic make blocks.
        listener: is told what happens.
    """

    def __init__(
        self,
        task: OpenedTask,
        slices: Slices,
        sender: TransactionSender,
        waker: Waker,
        listener: Listener,
    ) -> None:
        self._task, self._slices, self._sender = task, slices, sender
        self._waker, self._listener, self._say = waker, listener, OnChange(listener)
        self._warn = OnChange(listener)
        self._spec = task.spec.verification
        self._ends = EventTail(task, [RoundFinalized, RoundVoided])
        self._told = EventTail(task, [Told])
        numbers = range(1, len(self._spec.slices) + 1)
        self._left = set(numbers) if self._spec.disclosed else set()
        self._digests: dict[int, Digest] = {}
        self._looked_at = -1

    def work(self, seen: Overview, stamp: BlockStamp) -> Step:
        """Disclose the next slice that is due.

        Args:
            seen: what the contract holds at the block that is read.
            stamp: that block.

        Returns:
            FINISHED where no slice of a round that is over is left that can be disclosed here.

        Raises:
            TransientError: it cannot be done now.
        """
        due = [number for number in sorted(self._left) if self._is_spent(number, seen)]
        spent = self._at_hand(due)
        if not spent:
            if due and seen.phase is Phase.FINISHED:
                self._tell_of_missing(due)
            return Step.FINISHED
        newest = self._task.chain.block().number
        if newest == self._looked_at:
            return self._wait(spent[0], newest)
        over = self._over_at(newest - self._spec.depth, newest)
        told = self._told_up_to(newest)
        for number in spent:
            if self._last_round(number) in over and self._disclose(number, told, stamp):
                return Step.PROGRESS
        spent = self._at_hand([number for number in due if number in self._left])
        if not spent:
            return Step.PROGRESS if self._left.intersection(due) else Step.FINISHED
        self._looked_at = newest
        return self._wait(spent[0], newest)

    def _at_hand(self, due: Sequence[int]) -> list[int]:
        """Those of some slices that are here, or were disclosed."""
        here = self._slices.here(number for number in due if number not in self._digests)
        return sorted({*here, *(number for number in due if number in self._digests)})

    def _told_up_to(self, newest: int) -> list[Told]:
        return [each for each in self._told.read(newest, newest) if isinstance(each, Told)]

    def _tell_of_missing(self, due: Sequence[int]) -> None:
        """Tell which slices are to be disclosed, by others, as they are not here."""
        told = {each.slice for each in self._told_up_to(self._task.chain.block().number)}
        if missing := [number for number in due if number not in told]:
            self._warn(SlicesNotDisclosed(slices=missing))

    def _is_spent(self, number: int, seen: Overview) -> bool:
        """Whether a slice's last round is over at the block that is read."""
        if not self._spec.each_round:
            return seen.phase is Phase.FINISHED
        return seen.round.number > number

    def _last_round(self, number: int) -> int:
        """The last round that is judged on a slice."""
        return number if self._spec.each_round else self._task.config.rounds

    def _over_at(self, deep: int, newest: int) -> set[int]:
        """Numbers of the rounds that are over in a block so deep."""
        events = self._ends.read(deep, newest) if deep >= self._task.from_block else []
        return {each.round for each in events if isinstance(each, RoundFinalized | RoundVoided)}

    def _disclose(self, number: int, told: Sequence[Told], stamp: BlockStamp) -> bool:
        """Disclose a slice, unless that is done; whether there was anything to do."""
        digest = self._digests.get(number)
        blocks = [each.block_number for each in told if each.digest == digest]
        if not blocks:
            return self._publish(number, told)
        if min(blocks) <= stamp.number:
            self._left.remove(number)
        return False

    def _publish(self, number: int, told: Sequence[Told]) -> bool:
        """Put a slice into the store, and tell of it unless somebody has; False where its file is
        gone."""
        verification = self._slices.get(number)
        if verification is None:
            self._digests.pop(number, None)
            self._warn(SlicesNotDisclosed(slices=[number]))
            return False
        data = verification.to_bytes()
        digest = Digest.of(data)
        self._task.store.add(data)
        if not any(each.digest == digest for each in told):
            receipt = self._sender.send(self._task.contract.disclose_slice(number, digest))
            self._listener(
                SliceDisclosed(
                    slice=number,
                    cid=digest.cid,
                    block=receipt.block_number,
                    gas=receipt.gas_used,
                    transaction="0x" + receipt.transaction_hash.hex(),
                )
            )
        self._digests[number] = digest
        return True

    def _wait(self, number: int, newest: int) -> Step:
        """A slice waits for blocks, which a chain without traffic makes only for transactions."""
        round_number = self._last_round(number)
        if self._waker.wake_on(round_number, newest):
            return Step.PROGRESS
        what = (
            "is disclosed, which is to be confirmed"
            if number in self._digests
            else (f"is to be disclosed, {self._spec.depth} blocks after the round's end")
        )
        self._say(Waiting(round=round_number, reason=f"slice {number} {what}"))
        return Step.WAITING
