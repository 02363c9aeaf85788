"""When an update that a relay gave a receipt for goes to one more relay, and when it does not."""

from pathlib import Path

import pytest

from fedjury.clients.relay_endpoint import RelayFailed, RelayRefused
from fedjury.clients.relay_events import FallsBack, FileHanded, HandedToRelay, RelayFailing
from fedjury.errors import InsufficientFunds
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Waiting
from tests.support.fake_federation import OTHER_RELAYER, RELAYER, account
from tests.support.fake_relay import FakeRelay
from tests.support.relayed_client import BATCHES_UNTIL, RelayedClient

THIRD_RELAYER = account(6)
OPENED, BATCH_SECONDS = 1000, 60
TENTH = BATCH_SECONDS // 10
TWO_THIRDS = OPENED + 40
MARGIN_FROM = BATCHES_UNTIL - TENTH
DEAD = RelayFailed("it cannot be reached (ConnectionError)")


@pytest.fixture
def relays() -> list[FakeRelay]:
    """Three relays with an account each; the first ones of a list are used."""
    signers = (RELAYER, OTHER_RELAYER, THIRD_RELAYER)
    names = ("http://one", "http://other", "http://third")
    return [FakeRelay(name, signer) for name, signer in zip(names, signers, strict=True)]


@pytest.fixture
def bench(relays: list[FakeRelay], tmp_path: Path) -> RelayedClient:
    """A client without ether and two relays, the first of which gave a receipt."""
    return handed(relays[:2], tmp_path)


def handed(relays: list[FakeRelay], directory: Path) -> RelayedClient:
    """A client without ether whose update has the receipt of the first relay."""
    bench = RelayedClient(directory, relays)
    for relay in relays:
        bench.contract.set_relayer_to(relay.signer.address, True)
    bench.sender.errors = [InsufficientFunds("account cannot pay for the gas")] * 50
    bench.settle()
    bench.cycle()
    assert [len(relay.handed) for relay in relays] == [1] + [0] * (len(relays) - 1)
    return bench


def kept_relayers(bench: RelayedClient) -> list[str]:
    """Whose receipts the client keeps for the round, in order."""
    note = bench.note()
    assert note is not None
    return [kept.relayer for kept in note.receipts]


def has_gone_to_the_other(bench: RelayedClient, relays: list[FakeRelay], reason: str) -> None:
    """The very same signed update, once, and both receipts are kept."""
    assert relays[1].handed == relays[0].handed
    assert len(relays[1].handed) == 1
    assert bench.trained == [1]
    assert kept_relayers(bench) == [RELAYER.address, OTHER_RELAYER.address]
    assert [event.reason for event in bench.told.of(HandedToRelay)] == [None, reason]
    bench.post(*relays[1].handed)
    bench.cycle(3)
    assert bench.is_published(relays[0].handed[0].digest)
    bench.pass_time(BATCHES_UNTIL)
    bench.cycle(3)
    assert bench.sender.tried == []
    assert bench.told.of(FallsBack) == []


def test_a_relay_that_died_after_its_receipt_does_not_cost_the_round(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].status_failure = DEAD
    bench.pass_time(OPENED + TENTH)
    bench.cycle(2)
    failing = bench.told.of(RelayFailing)
    assert [(event.relay, event.reason) for event in failing] == [
        ("http://one", f"it gave a receipt and does not answer any more: {DEAD}")
    ]
    reason = "the relay at http://one gave a receipt and is of no use any more"
    has_gone_to_the_other(bench, relays, reason)


def test_a_relayer_that_was_removed_after_its_receipt_does_not_cost_the_round(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.contract.set_relayer_to(RELAYER.address, False)
    bench.cycle(2)
    (failing,) = bench.told.of(RelayFailing)
    assert failing.reason == (
        f"{RELAYER.address}, who signed its receipt, is no relayer of the task any more"
    )
    reason = "the relay at http://one gave a receipt and is of no use any more"
    has_gone_to_the_other(bench, relays, reason)


def test_late_in_the_time_for_batches_a_second_relay_gets_the_update(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.pass_time(TWO_THIRDS)
    bench.cycle(2)
    assert bench.told.of(RelayFailing) == []
    waits = bench.told.of(Waiting)[-1].reason
    assert waits == "handed to the relays at http://one and http://other; waiting for one of " + (
        "their batches"
    )
    reason = "two thirds of the time for batches are over and none holds it yet"
    has_gone_to_the_other(bench, relays, reason)


def test_before_that_a_relay_that_answers_is_left_to_itself(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    for second in range(OPENED, TWO_THIRDS):
        bench.pass_time(second)
        bench.cycle()
    assert relays[1].handed == []
    assert 5 <= relays[0].asked <= 7  # once before it got the update, then every six seconds


def test_what_a_batch_holds_goes_to_nobody_else(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.post(*relays[0].handed)
    relays[0].status_failure = DEAD
    bench.contract.set_relayer_to(RELAYER.address, False)
    for second in range(OPENED, BATCHES_UNTIL):
        bench.pass_time(second)
        bench.cycle()
    assert (relays[0].asked, relays[1].asked, relays[1].handed) == (1, 0, [])


def test_what_a_batch_holds_that_is_not_confirmed_goes_to_nobody_else(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays[:2], confirmations=3)
    bench.contract.set_relayer_to(OTHER_RELAYER.address, True)
    bench.mine(3)
    bench.settle()
    bench.post(*relays[0].handed)
    bench.pass_time(TWO_THIRDS)
    bench.cycle(2)
    assert relays[1].handed == []


def test_within_the_margin_nothing_is_handed_over_any_more(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].status_failure = DEAD
    bench.pass_time(MARGIN_FROM)
    bench.cycle(2)
    assert relays[1].handed == []


def test_a_third_relay_gets_the_update_only_where_one_of_two_fails(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = handed(relays, tmp_path)
    bench.pass_time(TWO_THIRDS)
    bench.cycle(3)
    assert [len(relay.handed) for relay in relays] == [1, 1, 0]
    bench.contract.set_relayer_to(OTHER_RELAYER.address, False)
    bench.cycle(3)
    assert [len(relay.handed) for relay in relays] == [1, 1, 1]
    assert kept_relayers(bench) == [each.signer.address for each in relays]


def test_a_second_relay_that_refuses_leaves_the_first_ones_receipt_to_wait_for(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[1].failure = RelayRefused("HTTP 422: no time")
    bench.pass_time(TWO_THIRDS)
    bench.cycle(4)
    assert len(relays[1].handed) == 1
    assert bench.told.of(Waiting)[-1].reason == "handed to the relay at http://one; " + (
        "waiting for its batch"
    )
    assert bench.sender.tried == []


def test_after_a_restart_the_relay_of_the_receipt_is_known_by_its_account(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].name = relays[1].name = "http://behind-one-proxy"
    bench.restart()
    bench.pass_time(TWO_THIRDS)
    bench.cycle(3)
    assert [len(relay.handed) for relay in relays[:2]] == [1, 1]
    assert kept_relayers(bench) == [RELAYER.address, OTHER_RELAYER.address]


def test_an_update_whose_file_is_lost_goes_to_nobody_else(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    for file in bench.directory.glob("round-*.safetensors"):
        file.unlink()
    bench.pass_time(TWO_THIRDS)
    bench.cycle(3)
    assert (relays[1].handed, bench.trained) == ([], [1])


def test_the_file_goes_to_the_relay_whose_batch_holds_the_update(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays[:2], hand_file=True)
    bench.contract.set_relayer_to(OTHER_RELAYER.address, True)
    bench.settle()
    bench.pass_time(TWO_THIRDS)
    bench.cycle(2)
    bench.post(*relays[0].handed)  # by the first one's account
    bench.cycle(2)
    assert [len(relay.given) for relay in relays[:2]] == [1, 0]
    assert [event.relay for event in bench.told.of(FileHanded)] == ["http://one"]


def test_the_next_round_starts_with_the_first_relay_again(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.pass_time(TWO_THIRDS)
    bench.cycle(2)
    bench.post(*relays[0].handed)
    bench.cycle(2)
    bench.finalize(VerdictCode.ACCEPTED)
    bench.settle()
    assert [len(relay.handed) for relay in relays[:2]] == [2, 1]
