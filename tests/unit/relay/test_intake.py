import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.relay.records import RoundKey, SignedUpdate
from fedjury.relay.refusals import Refusal, Refused
from tests.support.fake_federation import CHAIN_ID, CLIENTS, OTHER_JUROR, RELAYER, STRANGER
from tests.support.relay_parts import RelayParts

OTHER = Digest(b"\7" * 32)


def refusal(action: Callable[[], object]) -> Refused:
    """What an action is refused with."""
    with pytest.raises(Refused) as refused:
        action()
    return refused.value


def test_a_receipt_is_signed_by_the_relayer_and_says_what_was_taken_in(relay: RelayParts) -> None:
    update = relay.signed(0)
    given = relay.intake.take(update)
    receipt = given.receipt
    assert receipt == Receipt(
        1, update.parent_model, CLIENTS[0].address, update.entry.digest, receipt.received_at
    )
    task = relay.federation.contract.address
    assert receipt.signer(given.signature, CHAIN_ID, task) == RELAYER.address == given.relayer


def test_a_receipt_is_given_for_what_is_on_disk(relay: RelayParts) -> None:
    given = relay.take(0)
    held = relay.queue.find(relay.signed(0).key, CLIENTS[0].address)
    assert held is not None
    assert (held.digest, held.received_at) == (given.receipt.digest, given.receipt.received_at)


def test_the_same_again_is_given_the_same_receipt(relay: RelayParts) -> None:
    first = relay.take(0)
    assert relay.take(0) == first
    assert relay.queue.taken(relay.signed(0).key) == 1


def test_the_same_again_is_given_the_same_receipt_when_the_round_is_over(
    relay: RelayParts,
) -> None:
    update, first = relay.signed(0), relay.take(0)
    relay.federation.chain.timestamp = 1200
    relay.work()
    assert relay.intake.take(update) == first


def test_another_update_of_the_same_client_is_a_conflict(relay: RelayParts) -> None:
    relay.take(0)
    refused = refusal(lambda: relay.take(0, "another"))
    assert (refused.reason, refused.later) == (Refusal.CONFLICT, False)
    assert relay.queue.taken(relay.signed(0).key) == 1


def test_of_two_that_come_at_once_the_second_is_a_conflict(relay: RelayParts) -> None:
    updates = [relay.intake.check(relay.signed(0, text)) for text in ("one", "two")]
    first, second = [relay.intake.keep(each) for each in updates]
    assert first.result().receipt.digest == updates[0].update.entry.digest
    assert refusal(second.result).reason is Refusal.CONFLICT


def test_a_zero_digest_is_refused(relay: RelayParts) -> None:
    update = relay.signed(0)
    zero = replace(update, entry=replace(update.entry, digest=Digest(bytes(32))))
    assert refusal(lambda: relay.intake.take(zero)).reason is Refusal.ZERO_DIGEST


@pytest.mark.parametrize(
    ("number", "reason", "later"),
    [(2, Refusal.ROUND_AHEAD, True), (0, Refusal.WRONG_ROUND, False)],
)
def test_another_round_is_refused(
    relay: RelayParts, number: int, reason: Refusal, later: bool
) -> None:
    refused = refusal(lambda: relay.intake.take(replace(relay.signed(0), round=number)))
    assert (refused.reason, refused.later) == (reason, later)


def test_another_parent_model_is_refused(relay: RelayParts) -> None:
    update = replace(relay.signed(0), parent_model=OTHER)
    refused = refusal(lambda: relay.intake.take(update))
    assert (refused.reason, refused.later) == (Refusal.WRONG_PARENT, False)


def test_a_stranger_is_refused(relay: RelayParts) -> None:
    refused = refusal(lambda: relay.take(STRANGER))
    assert (refused.reason, refused.later) == (Refusal.NOT_IN_ROSTER, False)


def _changed_digest(update: SignedUpdate) -> SignedUpdate:
    return replace(update, entry=replace(update.entry, digest=OTHER))


def _of_another_client(update: SignedUpdate) -> SignedUpdate:
    return replace(update, entry=replace(update.entry, client=CLIENTS[1].address))


def _high_s(update: SignedUpdate) -> SignedUpdate:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    old = update.entry.signature
    s = order - int.from_bytes(old[32:64], "big")
    signature = old[:32] + s.to_bytes(32, "big") + bytes([55 - old[64]])
    return replace(update, entry=replace(update.entry, signature=signature))


@pytest.mark.parametrize("change", [_changed_digest, _of_another_client, _high_s])
def test_a_signature_that_is_not_the_clients_is_refused(
    relay: RelayParts, change: Callable[[SignedUpdate], SignedUpdate]
) -> None:
    refused = refusal(lambda: relay.intake.take(change(relay.signed(0))))
    assert (refused.reason, refused.later) == (Refusal.BAD_SIGNATURE, False)
    assert relay.queue.taken(relay.signed(0).key) == 0


def test_a_conflict_is_told_to_nobody_but_the_client(relay: RelayParts) -> None:
    relay.take(0)
    wrong = _changed_digest(relay.signed(0))
    assert refusal(lambda: relay.intake.take(wrong)).reason is Refusal.BAD_SIGNATURE


def test_nothing_is_taken_in_once_the_margin_has_begun(relay: RelayParts) -> None:
    relay.federation.chain.timestamp = 1049
    relay.work()
    relay.take(0)
    relay.federation.chain.timestamp = 1050
    relay.work()
    refused = refusal(lambda: relay.take(1))
    assert (refused.reason, refused.later) == (Refusal.TOO_LATE, False)


def test_nothing_is_taken_in_before_the_chain_was_looked_at(
    start: Callable[[], RelayParts],
) -> None:
    parts = start()
    refused = refusal(lambda: parts.take(0))
    assert (refused.reason, refused.later) == (Refusal.NO_ROUND, True)
    assert "has not looked at the chain yet" in str(refused)


def test_nothing_is_taken_in_by_an_account_that_may_not_post(relay: RelayParts) -> None:
    relay.federation.contract.set_relayer_to(RELAYER.address, False)
    relay.cycle()
    refused = refusal(lambda: relay.take(0))
    assert (refused.reason, refused.later) == (Refusal.NO_ROUND, True)
    assert "is no relayer of this task" in str(refused)


def test_nothing_is_taken_in_by_an_account_that_cannot_pay(start: Callable[[], RelayParts]) -> None:
    parts = start()
    parts.account.balance = 10**9
    parts.cycle()
    refused = refusal(lambda: parts.take(0))
    assert (refused.reason, refused.later) == (Refusal.NO_ROUND, True)
    assert "cannot pay" in str(refused)


def test_what_has_no_room_is_refused(relay: RelayParts) -> None:
    relay.federation.contract.batch(OTHER_JUROR.address, 4, OTHER)
    relay.cycle()
    relay.take(0)
    relay.take(1)
    refused = refusal(lambda: relay.take(2))
    assert (refused.reason, refused.later) == (Refusal.NO_ROOM, False)
    assert relay.take(0).receipt.client == CLIENTS[0].address


def test_what_was_posted_takes_no_room_twice(start: Callable[..., RelayParts]) -> None:
    parts = start(every=3)
    parts.cycle()
    for client in range(3):
        parts.take(client)
    parts.work()
    for client in range(3, 6):
        parts.take(client)
    assert parts.queue.taken(parts.signed(0).key) == 6


def test_an_update_whose_round_ends_while_it_is_checked_is_refused(relay: RelayParts) -> None:
    checked = relay.intake.check(relay.signed(0))
    relay.window.close("the round is closed")
    refused = refusal(lambda: relay.intake.keep(checked).result())
    assert (refused.reason, refused.later) == (Refusal.NO_ROUND, True)


def test_a_disk_that_takes_nothing_gives_no_receipt(
    relay: RelayParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(relay.queue, "put", fail)
        refused = refusal(lambda: relay.take(0))
    assert (refused.reason, refused.later) == (Refusal.DISK, True)
    assert relay.queue.find(RoundKey(1, relay.signed(0).parent_model), CLIENTS[0].address) is None
    relay.take(0)
