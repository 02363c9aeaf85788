"""A client with relays: what it hands over, how it sees that it is in, and when it goes alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RosterSet, RoundOpened
from fedjury.clients.events import UpdatePublished
from fedjury.clients.relay_endpoint import RelayFailed, RelayRefused
from fedjury.clients.relay_events import (
    CannotSubmitAlone,
    FallsBack,
    FileHanded,
    FoundInBatch,
    HandedToRelay,
    RelayFailing,
)
from fedjury.errors import InsufficientFunds
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.tensors import encode
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Severity, Waiting
from fedjury.runtime.loop import Step
from tests.support.fake_federation import (
    CHAIN_ID,
    CLIENTS,
    OTHER_RELAYER,
    RELAYER,
    STRANGER,
    TASK_ADDRESS,
    weights,
)
from tests.support.fake_relay import RECEIVED_AT, FakeRelay
from tests.support.relayed_client import BATCHES_UNTIL, RelayedClient

ME = CLIENTS[0]
MARGIN_FROM = BATCHES_UNTIL - 6  # a tenth of the time for batches
REFUSES = RelayRefused("HTTP 400: no")
FAILS = RelayFailed("HTTP 503")
HALF_OF_THE_TIME_FOR_FILES = 13
LAST_CALL = 1080  # half of the time for lone submissions


@pytest.fixture
def relays() -> list[FakeRelay]:
    return [FakeRelay("http://one"), FakeRelay("http://other")]


@pytest.fixture
def bench(relays: list[FakeRelay], tmp_path: Path) -> RelayedClient:
    return RelayedClient(tmp_path, relays[:1])


def cannot_pay(bench: RelayedClient) -> None:
    """Take the client's ether, for a while."""
    bench.sender.errors = [InsufficientFunds("account cannot pay for the gas")] * 50


# --- as it should be ---


def test_the_signed_update_is_handed_over_and_nothing_is_sent(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    assert [bench.cycle(), bench.cycle(), bench.cycle()] == [
        Step.PROGRESS,
        Step.WAITING,
        Step.WAITING,
    ]
    digest = Digest.of(bench.federation.update(0, weights(0)))
    (entry,) = relays[0].handed
    assert (entry.client, entry.digest) == (ME.address, digest)
    assert bench.federation.domain().is_signed(entry)
    assert (bench.sender.tried, bench.trained, bench.is_published(digest)) == ([], [1], False)
    place = relays[0].name
    handed = HandedToRelay(round=1, cid=digest.cid, relay=place, relayer=RELAYER.address)
    waits = Waiting(round=1, reason=f"handed to the relay at {place}; waiting for its batch")
    assert bench.told.events[1:] == [handed, waits]


def test_the_file_is_published_once_a_batch_holds_the_update(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    (entry,) = relays[0].handed
    other = bench.federation.signed(1, bench.federation.update(1, weights(1)))
    batch = bench.post(entry, other)
    place = BatchFile.of([entry, other]).place_of(ME.address)
    bench.cycle(3)
    assert place is not None
    found = FoundInBatch(
        round=1, cid=entry.digest.cid, relayer=RELAYER.address, index=batch.index + place
    )
    assert bench.told.of(FoundInBatch) == [found]
    assert len(bench.told.of(UpdatePublished)) == 1
    assert bench.is_published(entry.digest)
    assert bench.told.names[-1] == "waiting"
    bench.pass_time(1095)
    bench.cycle(3)
    assert bench.sender.tried == []


def test_each_round_is_handed_over_anew(bench: RelayedClient, relays: list[FakeRelay]) -> None:
    for number in (1, 2, 3):
        bench.settle()
        bench.post(relays[0].handed[-1])
        bench.cycle()
        bench.finalize(VerdictCode.ACCEPTED)
        assert bench.trained[-1] == number
    bench.cycle()
    assert [event.round for event in bench.told.of(UpdatePublished)] == [1, 2, 3]
    assert bench.told.names.count("verdict-received") == 3
    assert bench.sender.tried == []


def test_the_receipt_is_kept_as_evidence(bench: RelayedClient, relays: list[FakeRelay]) -> None:
    bench.settle()
    note = bench.note()
    assert note is not None
    (kept,) = note.receipts
    receipt = note.receipt(ME.address, kept)
    assert (receipt.digest, receipt.received_at) == (relays[0].handed[0].digest, RECEIVED_AT)
    assert receipt.signer(kept.signature, CHAIN_ID, TASK_ADDRESS) == RELAYER.address == kept.relayer
    bench.contract.void()
    bench.cycle(3)
    assert bench.journal.handed.of_round(1) == [note]


# --- files ---


def test_a_relay_that_is_given_the_file_publishes_it(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays[:1], hand_file=True)
    relays[0].store = bench.federation.store
    bench.settle()
    (entry,) = relays[0].handed
    assert relays[0].given == []
    bench.post(entry)
    bench.cycle(3)
    (file,) = relays[0].given
    assert Digest.of(file) == entry.digest
    assert [event.bytes for event in bench.told.of(FileHanded)] == [len(file)]
    assert bench.told.of(UpdatePublished) == []


def test_a_relay_gets_no_file_before_the_batch_is_confirmed(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays[:1], confirmations=3, hand_file=True)
    bench.mine(3)
    bench.settle()
    bench.post(*relays[0].handed)
    for _ in range(3):
        bench.cycle()
        assert relays[0].given == []
        bench.mine(1)
    bench.cycle()
    assert [Digest.of(file) for file in relays[0].given] == [batch_digest(relays)]


@pytest.mark.parametrize("failure", [REFUSES, FAILS])
def test_a_file_that_the_relay_does_not_take_the_client_publishes(
    failure: RelayFailed, relays: list[FakeRelay], tmp_path: Path
) -> None:
    relays[0].file_failure = failure
    bench = RelayedClient(tmp_path, relays[:1], hand_file=True)
    bench.settle()
    bench.post(*relays[0].handed)
    bench.cycle(2)
    assert bench.is_published(batch_digest(relays))
    assert len(bench.told.of(RelayFailing)) == 1


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_file_that_the_relay_keeps_to_itself_the_client_publishes(
    is_killed: bool, relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays[:1], hand_file=True)
    bench.settle()
    bench.post(*relays[0].handed)
    bench.cycle(2)
    assert (len(relays[0].given), bench.is_published(batch_digest(relays))) == (1, False)
    if is_killed:
        bench.restart()
        bench.cycle()
    bench.pass_time(1000 + HALF_OF_THE_TIME_FOR_FILES)
    bench.cycle()
    assert (len(relays[0].given), bench.is_published(batch_digest(relays))) == (1, True)


def test_a_relay_has_time_to_publish_the_file(relays: list[FakeRelay], tmp_path: Path) -> None:
    bench = RelayedClient(tmp_path, relays[:1], hand_file=True)
    bench.settle()
    bench.post(*relays[0].handed)
    bench.pass_time(1005)
    bench.cycle()
    bench.pass_time(1004 + HALF_OF_THE_TIME_FOR_FILES)
    bench.cycle()
    bench.federation.store.add(relays[0].given[0])
    bench.pass_time(1095)
    bench.cycle()
    assert bench.told.of(UpdatePublished) == []


def test_after_a_restart_the_relay_of_the_receipt_gets_the_file(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    relays[0].failure = REFUSES
    bench = RelayedClient(tmp_path, relays, hand_file=True)
    bench.settle()
    bench.restart()
    bench.post(*relays[1].handed)
    bench.cycle()
    assert (len(relays[0].given), len(relays[1].given)) == (0, 1)


# --- several relays ---


def test_relays_are_tried_in_order_with_one_update(relays: list[FakeRelay], tmp_path: Path) -> None:
    relays[0].failure = REFUSES
    bench = RelayedClient(tmp_path, relays)
    bench.settle()
    assert relays[0].handed == relays[1].handed
    (failing,) = bench.told.of(RelayFailing)
    assert (failing.relay, failing.reason) == (relays[0].name, "HTTP 400: no")
    note = bench.note()
    assert note is not None
    assert [kept.relay for kept in note.receipts] == [relays[1].name]


def test_a_second_relay_gets_nothing_where_the_first_takes_it(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays)
    bench.settle()
    bench.cycle(3)
    assert (len(relays[0].handed), relays[1].handed) == (1, [])


# --- relays that lie or do not work ---


def goes_alone(bench: RelayedClient, reason: str) -> None:
    """The client has submitted once, itself, and says why."""
    (update,) = bench.alone()
    assert update.client == ME.address
    assert bench.is_published(update.digest)
    assert [event.reason for event in bench.told.of(FallsBack)] == [reason]
    bench.cycle(2)
    assert len(bench.sender.tried) == 1


def test_a_relay_that_refuses_shuts_out_nobody_who_has_ether(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].failure = REFUSES
    bench.settle()
    goes_alone(bench, "every relay refuses the update")
    assert len(relays[0].handed) == 1


def test_a_relay_that_does_not_work_shuts_out_nobody_who_has_ether(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].failure = FAILS
    bench.settle()
    assert bench.sender.tried == []
    assert bench.told.of(Waiting)[-1].reason == "no relay has taken the update yet; asking again"
    bench.pass_time(MARGIN_FROM)
    bench.settle()
    goes_alone(bench, "no relay has the update, and the time for batches is over")


def test_a_receipt_of_somebody_who_is_no_relayer_is_worth_nothing(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].signer = STRANGER
    bench.settle()
    goes_alone(bench, "every relay refuses the update")
    (failing,) = bench.told.of(RelayFailing)
    assert failing.severity is Severity.WARNING
    assert failing.reason.endswith(f"signed by {STRANGER.address}, who is no relayer of the task")


def test_a_receipt_for_another_update_is_worth_nothing(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].digest = Digest(b"\7" * 32)
    bench.settle()
    goes_alone(bench, "every relay refuses the update")


def test_a_relay_that_is_down_for_a_moment_is_asked_again(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].failure = FAILS
    bench.settle()
    relays[0].failure = None
    bench.restart()  # which asks at once
    bench.settle()
    assert len({entry.digest for entry in relays[0].handed}) == 1
    assert [event.name for event in bench.told.events] == ["handed-to-relay", "waiting"]


def without_a_batch(bench: RelayedClient, relays: list[FakeRelay]) -> None:
    """The time for batches passes, and what stands on chain does not hold the update."""
    bench.pass_time(BATCHES_UNTIL - 1)
    bench.settle()
    assert bench.sender.tried == []
    bench.pass_time(BATCHES_UNTIL)
    bench.settle()
    goes_alone(
        bench, f"no batch holds the update, for which the relay at {relays[0].name} gave a receipt"
    )
    assert bench.told.of(FoundInBatch) == []


def test_a_relay_that_gives_a_receipt_and_posts_nothing_is_seen_through(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    without_a_batch(bench, relays)


def test_a_batch_without_the_update_does_not_count(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(bench.federation.signed(1, bench.federation.update(1, weights(1))))
    without_a_batch(bench, relays)


def test_a_batch_with_another_digest_does_not_count(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(replace(relays[0].handed[0], digest=Digest(b"\7" * 32)))
    without_a_batch(bench, relays)


def test_a_batch_whose_file_nobody_has_does_not_count(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.federation.store.missing[bench.post(*relays[0].handed).digest] = 1000
    without_a_batch(bench, relays)


def test_a_batch_that_the_store_says_nothing_of_does_not_count(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.federation.store.refused.add(bench.post(*relays[0].handed).digest)
    without_a_batch(bench, relays)


def test_a_batch_with_another_count_than_announced_does_not_count(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.federation.relay(*relays[0].handed, count=2)
    without_a_batch(bench, relays)


@pytest.mark.parametrize("content", [b"", b"fedjury\x02", bytes(200), b"x" * 5000], ids=len)
def test_a_batch_that_is_no_batch_file_does_not_count(
    content: bytes, bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.contract.batch(RELAYER.address, 1, bench.federation.store.add(content))
    without_a_batch(bench, relays)


def test_withheld_files_of_many_batches_do_not_hide_one_that_is_there(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    for number in range(30):
        bench.contract.batch(OTHER_RELAYER.address, 1, Digest(bytes([number]) * 32))
    bench.post(*relays[0].handed)
    bench.cycle()
    assert bench.told.of(FoundInBatch)[0].index == 30
    assert bench.sender.tried == []


def test_a_task_without_batches_is_taken_part_in_alone(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    config = replace(bench.federation.task.config, batch_seconds=0)
    bench.federation.task = replace(bench.federation.task, config=config)
    bench.restart()
    bench.settle()
    goes_alone(bench, "this task takes no batches")
    assert relays[0].handed == []


def test_who_comes_when_the_time_for_batches_is_over_goes_alone(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.pass_time(MARGIN_FROM)
    bench.settle()
    goes_alone(bench, "no relay has the update, and the time for batches is over")
    assert relays[0].handed == []


# --- without ether ---


def test_who_has_no_ether_says_so_once_and_waits_for_the_next_round(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    cannot_pay(bench)
    bench.settle()
    bench.pass_time(BATCHES_UNTIL)
    assert bench.cycle(3) is Step.WAITING
    (told,) = bench.told.of(CannotSubmitAlone)
    assert told.severity is Severity.WARNING
    assert told.sentence == (
        "round 1: the update cannot be submitted alone: account cannot pay for the gas; unless a "
        "batch turns up that holds it, this round goes on without this client"
    )
    bench.contract.void()
    bench.settle()
    assert [entry.client for entry in relays[0].handed] == [ME.address] * 2
    assert bench.told.of(HandedToRelay)[-1].round == 2


def test_that_the_fees_change_is_no_news(bench: RelayedClient) -> None:
    bench.sender.errors = [InsufficientFunds(f"it needs {wei} wei") for wei in (9, 7, 7, 8, 6, 5)]
    bench.settle()
    bench.pass_time(BATCHES_UNTIL)
    bench.cycle(4)
    assert [event.reason for event in bench.told.of(CannotSubmitAlone)] == ["it needs 9 wei"]
    bench.contract.void()
    bench.settle()
    bench.pass_time(1000 + BATCHES_UNTIL)
    bench.settle()
    assert [event.round for event in bench.told.of(CannotSubmitAlone)] == [1, 2]


def test_going_alone_is_announced_as_a_try(bench: RelayedClient, relays: list[FakeRelay]) -> None:
    cannot_pay(bench)
    bench.settle()
    bench.pass_time(BATCHES_UNTIL)
    bench.settle()
    before, after = bench.told.events[-2:]
    assert before.sentence == (
        f"round 1: no batch holds the update, for which the relay at {relays[0].name} gave a "
        "receipt; going to submit the update alone, if the account can pay for it"
    )
    assert after.name == "cannot-submit-alone"


def test_who_has_no_ether_still_sees_a_batch_whose_file_comes_late(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    cannot_pay(bench)
    bench.settle()
    bench.federation.store.missing[bench.post(*relays[0].handed).digest] = 3
    bench.pass_time(BATCHES_UNTIL)
    bench.cycle(2)
    assert len(bench.told.of(CannotSubmitAlone)) == 1
    bench.cycle(2)
    assert len(bench.told.of(FoundInBatch)) == 1
    assert bench.is_published(relays[0].handed[0].digest)


def test_who_has_no_ether_gets_in_by_a_relay_that_comes_back(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    cannot_pay(bench)
    relays[0].failure = FAILS
    bench.settle()
    relays[0].failure = None
    bench.restart()
    bench.settle()
    bench.post(relays[0].handed[-1])
    bench.cycle()
    assert len(bench.told.of(FoundInBatch)) == 1
    assert bench.sender.tried == []


# --- confirmations and reorganizations ---


@pytest.fixture
def deep(relays: list[FakeRelay], tmp_path: Path) -> RelayedClient:
    """A client that reads the chain with three confirmations, and sees round 1."""
    bench = RelayedClient(tmp_path, relays[:1], confirmations=3)
    bench.mine(3)
    return bench


def test_the_file_is_published_when_the_batch_has_its_confirmations(
    deep: RelayedClient, relays: list[FakeRelay]
) -> None:
    deep.settle()
    deep.post(*relays[0].handed)
    digest = relays[0].handed[0].digest
    for _ in range(3):
        deep.cycle()
        assert not deep.is_published(digest)
        assert deep.told.of(Waiting)[-1].reason == "in a batch; waiting for confirmations"
        deep.mine(1)
    deep.cycle()
    assert deep.is_published(digest)
    assert deep.sender.tried == []


def test_a_batch_that_is_not_confirmed_is_waited_for_as_long_as_there_is_time(
    deep: RelayedClient, relays: list[FakeRelay]
) -> None:
    deep.settle()
    deep.post(*relays[0].handed)
    deep.pass_time(LAST_CALL - 1)
    deep.settle()
    assert deep.sender.tried == []
    deep.pass_time(LAST_CALL)
    deep.settle()
    (update,) = deep.alone()
    assert update.digest == relays[0].handed[0].digest
    words = "no batch that is confirmed holds the update, for which the relay at"
    assert deep.told.of(FallsBack)[0].reason.startswith(words)


def test_a_batch_that_a_reorganization_takes_back_does_not_count(
    deep: RelayedClient, relays: list[FakeRelay]
) -> None:
    deep.settle()
    batch = deep.post(*relays[0].handed)
    deep.mine(3)
    deep.cycle()
    assert len(deep.told.of(FoundInBatch)) == 1
    deep.contract.events.remove(batch)
    deep.pass_time(BATCHES_UNTIL)
    deep.settle()
    assert [update.digest for update in deep.alone()] == [batch_digest(relays)]


def batch_digest(relays: list[FakeRelay]) -> Digest:
    """What the client handed over first."""
    return relays[0].handed[0].digest


def test_a_round_that_begins_with_another_model_is_signed_for_anew(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    other = bench.federation.store.add(encode(weights(1)))
    (opened,) = [event for event in bench.contract.events if isinstance(event, RoundOpened)]
    bench.contract.events.remove(opened)
    bench.contract.number -= 1
    bench.contract.open_round(other)
    bench.settle()
    before, after = relays[0].handed
    assert before.digest != after.digest
    assert UpdateDomain(CHAIN_ID, TASK_ADDRESS, 1, other).is_signed(after)
    bench.post(before)
    bench.cycle()
    assert bench.told.of(FoundInBatch) == []
    bench.post(after)
    bench.cycle()
    assert [event.cid for event in bench.told.of(FoundInBatch)] == [after.digest.cid]


def test_a_lone_update_after_another_models_batch_is_published_too(
    deep: RelayedClient, relays: list[FakeRelay]
) -> None:
    deep.settle()
    batch = deep.post(*relays[0].handed)
    deep.mine(3)
    deep.cycle()
    (opened,) = [event for event in deep.contract.events if isinstance(event, RoundOpened)]
    for event in (opened, batch):
        deep.contract.events.remove(event)
    deep.contract.number -= 1
    deep.contract.open_round(deep.federation.store.add(encode(weights(1))))
    deep.mine(3)
    relays[0].failure = REFUSES
    deep.settle()
    (update,) = deep.alone()
    assert (update.digest != batch_digest(relays), deep.is_published(update.digest)) == (
        True,
        False,
    )
    deep.mine(3)
    deep.cycle()
    assert deep.is_published(update.digest)


def test_relays_have_no_more_time_than_there_is(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.pass_time(MARGIN_FROM - 1)
    bench.settle()
    (seconds,) = relays[0].seconds
    assert 0 < seconds <= BATCHES_UNTIL - MARGIN_FROM + 1


def test_the_same_round_and_model_never_get_a_second_update(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    relays[0].failure = FAILS
    bench.settle()
    (signed,) = relays[0].handed
    for file in bench.directory.glob("*.safetensors"):
        file.unlink()
    relays[0].failure = None
    bench.restart()
    bench.settle()
    assert relays[0].handed == [signed]
    goes_alone(bench, "another update was signed for this round, whose file is lost")
    assert bench.alone()[0].digest != signed.digest


# --- restarts ---


def test_a_restart_with_a_receipt_hands_nothing_over_again(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.restart()
    bench.settle()
    assert (len(relays[0].handed), bench.trained) == (1, [1])
    assert bench.told.names == ["waiting"]
    without_a_batch(bench, relays)


def test_a_restart_after_the_batch_publishes(bench: RelayedClient, relays: list[FakeRelay]) -> None:
    bench.settle()
    bench.post(*relays[0].handed)
    bench.restart()
    bench.settle()
    assert bench.told.names == ["found-in-batch", "update-published", "waiting"]


def test_a_restart_after_the_round_publishes_and_tells_the_verdict(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(*relays[0].handed)
    bench.finalize(VerdictCode.UNAVAILABLE)
    bench.restart()
    bench.settle()
    assert bench.told.names[:2] == ["update-published", "verdict-received"]
    assert bench.is_published(batch_digest(relays))


def test_a_restart_without_relays_waits_for_the_batch_too(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.relays = []
    bench.restart()
    bench.settle()
    assert bench.sender.tried == []
    bench.post(*relays[0].handed)
    bench.cycle()
    assert bench.is_published(batch_digest(relays))


def test_a_lost_journal_does_not_lead_to_a_second_update(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(*relays[0].handed)
    for file in bench.directory.iterdir():
        file.unlink()
    bench.restart()
    bench.settle()
    assert bench.told.names == ["found-in-batch", "file-lost", "waiting"]
    assert (bench.trained, len(relays[0].handed)) == ([1], 1)


@pytest.mark.parametrize("is_voided", [True, False])
def test_a_file_of_a_relayed_round_that_is_over_is_missed_by_nobody(
    is_voided: bool, bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(*relays[0].handed)
    bench.cycle()
    if is_voided:
        bench.contract.void()
    else:
        bench.finalize(VerdictCode.ACCEPTED)
    for file in bench.directory.glob("round-*.safetensors"):
        file.unlink()
    bench.restart()
    bench.settle()
    told = "round-voided" if is_voided else "verdict-received"
    assert bench.told.names[0] == told
    assert "file-lost" not in bench.told.names


def test_a_damaged_note_is_as_good_as_none(bench: RelayedClient, relays: list[FakeRelay]) -> None:
    bench.settle()
    (file,) = bench.directory.glob("handed-*.json")
    file.write_text('{"round": [')
    bench.restart()
    bench.settle()
    assert [entry.digest for entry in relays[0].handed] == [batch_digest(relays)] * 2


def test_who_has_submitted_alone_hands_nothing_over(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.relays = []
    bench.restart()
    bench.settle()
    bench.relays = relays[:1]
    bench.restart()
    bench.settle()
    assert relays[0].handed == []
    assert bench.told.of(Waiting)[0].reason == "submitted; waiting for the others and the jury"


# --- the roster, and a round that is full or over ---


def test_who_is_not_in_the_roster_hands_nothing_over(
    relays: list[FakeRelay], tmp_path: Path
) -> None:
    bench = RelayedClient(tmp_path, relays[:1], CLIENTS[4])
    bench.settle()
    assert (relays[0].handed, bench.trained) == ([], [])
    assert bench.told.of(Waiting)[0].reason == "not in the roster of round 1"


def test_going_alone_takes_the_proof_that_a_relayed_update_did_not(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(*relays[0].handed)
    bench.finalize(VerdictCode.ACCEPTED)
    bench.pass_time(1000 + BATCHES_UNTIL)
    bench.settle()
    (call,) = bench.sender.tried
    assert list(call[3]) == bench.federation.roster.proof(ME.address)


def test_a_roster_that_is_not_what_the_chain_says_lets_nobody_hand_anything_over(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    wrong = Roster.of(client.address for client in CLIENTS[1:4]).to_bytes()
    bench.federation.change(RosterSet, digest=bench.federation.store.add(wrong))
    bench.settle()
    assert (relays[0].handed, bench.told.names) == ([], ["roster-wrong"])


def test_a_round_that_is_full_of_lone_submissions_still_takes_a_batch(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    config = replace(bench.federation.task.config, max_updates=1)
    bench.federation.task = replace(bench.federation.task, config=config)
    bench.restart()
    bench.contract.submit(CLIENTS[1].address, Digest(b"\7" * 32))
    bench.settle()
    assert len(relays[0].handed) == 1
    bench.pass_time(BATCHES_UNTIL)
    bench.settle()
    assert bench.sender.tried == []
    assert bench.told.of(Waiting)[-1].reason == "full without this client; waiting for the next"


def test_announced_updates_do_not_fill_a_round(bench: RelayedClient) -> None:
    config = replace(bench.federation.task.config, max_updates=1)
    bench.federation.task = replace(bench.federation.task, config=config)
    bench.relays = []
    bench.restart()
    bench.contract.batch(RELAYER.address, 2, Digest(b"\7" * 32))
    bench.settle()
    assert len(bench.alone()) == 1


def test_a_round_that_closed_without_the_update_is_waited_out(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.contract.submit(CLIENTS[1].address, Digest(b"\7" * 32))
    bench.pass_time(1100)
    bench.settle()
    assert bench.told.of(Waiting)[-1].reason == "closed without this client; waiting for the next"
    bench.post(*relays[0].handed)
    bench.cycle()
    assert bench.is_published(batch_digest(relays))


def test_a_store_that_is_down_does_not_keep_the_client_from_going_alone(
    bench: RelayedClient, relays: list[FakeRelay]
) -> None:
    bench.settle()
    bench.post(*relays[0].handed)
    bench.pass_time(BATCHES_UNTIL)
    bench.federation.store.refused.add(Digest.of(BatchFile.of(relays[0].handed).content))
    bench.settle()
    assert len(bench.alone()) == 1
