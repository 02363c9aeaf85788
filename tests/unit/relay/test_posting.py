from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from fedjury.errors import (
    ConfigError,
    DiskUnwritable,
    FeeTooHigh,
    InsufficientFunds,
    LogsMissing,
    NotMined,
    RevertedUnexplained,
    TransactionReverted,
    TransactionUndone,
)
from fedjury.protocol.digest import Digest
from fedjury.relay.events import BatchDropped, BatchPosted, BatchRefused, UpdatesLeft
from fedjury.relay.queue import Queue
from fedjury.relay.records import BatchState
from fedjury.relay.refusals import Refused
from fedjury.relay.relay import require_relayer
from fedjury.relay.schedule import Schedule, choose_schedule
from fedjury.runtime.loop import Step
from tests.support.fake_federation import OTHER_JUROR, RELAYER, STRANGER
from tests.support.relay_parts import Killed, RelayParts, addresses, end_batches

Start = Callable[..., RelayParts]
OTHER = Digest(b"\7" * 32)
MODEL = Digest(b"\5" * 32)


def clients(parts: RelayParts) -> list[list[str]]:
    """The clients of each batch on chain."""
    return [sorted(entry.client for entry in batch) for batch in parts.posted()]


def states(parts: RelayParts) -> list[BatchState]:
    """How far the batches of the current round have come."""
    return [each.state for each in parts.queue.batches.of(parts.signed(0).key)]


def next_round(parts: RelayParts) -> None:
    """Let the round be over, and the next one be open."""
    parts.federation.contract.void()


# --- when ---


def test_what_waits_is_posted_once_a_round_when_the_margin_begins(relay: RelayParts) -> None:
    for client in range(3):
        relay.take(client)
    relay.federation.chain.timestamp = 1049
    relay.work()
    assert relay.posted() == []
    end_batches(relay)
    relay.work()
    assert clients(relay) == [addresses(0, 1, 2)]
    relay.work()
    assert len(relay.account.sent) == 1


def test_what_waits_is_posted_as_soon_as_it_is_enough(start: Start) -> None:
    parts = start(every=2)
    parts.cycle()
    parts.take(0)
    parts.work()
    assert parts.posted() == []
    for client in (1, 2, 3):
        parts.take(client)
    parts.work()
    parts.take(4)
    end_batches(parts)
    parts.work()
    assert clients(parts) == [addresses(0, 1, 2, 3), addresses(4)]
    assert [nonce for _, nonce in parts.account.sent] == [0, 1]


def test_what_waits_is_posted_as_soon_as_the_whole_roster_is_in(relay: RelayParts) -> None:
    for client in range(6):
        relay.take(client)
    relay.work()
    assert clients(relay) == [addresses(*range(6))]


def test_a_batch_is_made_once_the_disk_takes_it_again(relay: RelayParts) -> None:
    relay.take(0)
    end_batches(relay)
    database = relay.queue._database
    with database._writing:
        database._writer.execute("PRAGMA query_only = ON")
    for _ in range(2):
        with pytest.raises(DiskUnwritable, match="disk"):
            relay.cycle()
    with database._writing:
        database._writer.execute("PRAGMA query_only = OFF")
    relay.work()
    assert clients(relay) == [addresses(0)]


def test_nothing_is_posted_where_nothing_waits(relay: RelayParts) -> None:
    end_batches(relay)
    relay.work()
    assert relay.account.sent == []


def test_the_margin_is_a_quarter_of_the_time_and_at_most_two_minutes() -> None:
    assert choose_schedule(100, None, None) == Schedule(None, 25)
    assert choose_schedule(3600, 7, None) == Schedule(7, 120)
    with pytest.raises(ConfigError, match="takes no batches"):
        choose_schedule(0, None, None)
    with pytest.raises(ConfigError, match="takes batches for 60 s"):
        choose_schedule(60, None, 60)


# --- in which order ---


def test_the_file_is_in_the_store_and_the_nonce_on_disk_before_a_batch_is_sent(
    relay: RelayParts,
) -> None:
    seen: list[tuple[BatchState, int | None]] = []

    def look() -> None:
        (batch,) = relay.queue.batches.of(relay.signed(0).key)
        relay.federation.store.fetch(batch.digest, 1 << 20, 1.0)
        seen.append((batch.state, batch.nonce))

    relay.account.before = look
    relay.take(0)
    end_batches(relay)
    relay.work()
    assert seen == [(BatchState.NOTED, 0)]
    assert states(relay) == [BatchState.POSTED]


# --- killed, and started again ---


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_relay_killed_around_the_sending_posts_once(start: Start, moment: str) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)

    def die() -> None:
        raise Killed

    setattr(parts.account, moment, die)
    end_batches(parts)
    with pytest.raises(Killed):
        parts.work()
    setattr(parts.account, moment, lambda: None)
    parts = start()
    parts.work()
    assert clients(parts) == [addresses(0)]
    assert len(parts.account.mined) == 1
    assert states(parts) == [BatchState.POSTED]


def test_a_relay_killed_while_its_transaction_is_pending_replaces_it(start: Start) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)
    parts.account.is_mining = False
    end_batches(parts)
    with pytest.raises(Killed):
        parts.work()
    parts.account.is_mining = True
    parts = start()
    parts.take(0)
    parts.work()
    assert parts.account.sent == [(1, 0), (1, 0)]
    assert clients(parts) == [addresses(0)]


def test_what_was_pending_when_it_was_killed_and_is_mined_meanwhile_is_not_sent_again(
    start: Start,
) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)
    parts.account.is_mining = False
    end_batches(parts)
    with pytest.raises(Killed):
        parts.work()
    parts.account.mine()
    parts = start()
    parts.work()
    assert parts.account.sent == [(1, 0)]
    assert clients(parts) == [addresses(0)]
    (posted,) = [each for each in parts.told if isinstance(each, BatchPosted)]
    assert posted.gas is None


def test_what_is_mined_in_the_moment_before_it_is_sent_again_is_posted_once(start: Start) -> None:
    parts = start()
    parts.cycle()
    parts.take(0)
    parts.account.is_mining = False
    end_batches(parts)
    with pytest.raises(Killed):
        parts.work()

    def mine_now() -> None:
        parts.account.at_first = lambda: None
        parts.account.mine()

    parts.account.is_mining, parts.account.at_first = True, mine_now
    parts = start()
    for _ in range(3):
        parts.work()
    assert parts.account.sent == [(1, 0)]
    assert clients(parts) == [addresses(0)]
    assert states(parts) == [BatchState.POSTED]


def test_a_batch_is_not_sent_again_where_the_node_hides_its_event(start: Start) -> None:
    parts = start(every=1)
    parts.cycle()
    parts.take(0)
    parts.account.is_mining = False
    with pytest.raises(Killed):
        parts.work()
    event = parts.account.mine()
    parts.federation.contract.withheld.append(event)
    parts = start(every=1)
    parts.account.is_mining = True
    for _ in range(3):
        with pytest.raises(LogsMissing):
            parts.work()
    parts.federation.contract.withheld.clear()
    parts.work()
    assert parts.account.sent == [(1, 0)]
    assert states(parts) == [BatchState.POSTED]


# --- the nonce ---


def test_a_nonce_that_another_transaction_took_is_given_up_for_another(relay: RelayParts) -> None:
    relay.take(0)
    relay.account.before = relay.account.spend_nonce
    relay.account.errors = [NotMined("not mined")]
    end_batches(relay)
    with pytest.raises(NotMined):
        relay.work()
    relay.account.spend_nonce()
    relay.account.before = lambda: None
    relay.work()
    assert relay.account.sent == [(1, 1)]
    assert clients(relay) == [addresses(0)]
    assert relay.names().count("nonce-lost") == 1


def test_a_nonce_is_given_up_only_once_what_took_it_is_deep(start: Start) -> None:
    parts = start(confirmations=3)
    parts.cycle()
    parts.take(0)
    parts.account.errors = [NotMined("not mined")]
    end_batches(parts)
    with pytest.raises(NotMined):
        parts.work()
    parts.account.spend_nonce()
    for _ in range(3):
        parts.work()
        assert parts.account.sent == []
        parts.federation.chain.height += 1
    parts.work()
    assert parts.account.sent == [(1, 1)]


def test_a_restarted_relay_notes_no_nonce_of_its_last_batch_whatever_a_node_lags(
    start: Start,
) -> None:
    parts = start(every=1, confirmations=12)
    parts.cycle()
    parts.take(0)
    parts.work()
    parts = start(every=1, confirmations=12)
    parts.account.lag = 1
    parts.cycle()
    parts.take(1)
    parts.work()
    assert parts.account.sent == [(1, 0), (1, 1)]
    assert "nonce-lost" not in parts.names()


def test_a_nonce_that_was_lost_is_not_noted_again_whatever_a_node_lags(relay: RelayParts) -> None:
    relay.account.spend_nonce()
    relay.account.lag = 1
    relay.take(0)
    end_batches(relay)
    relay.work()
    assert relay.account.sent == [(1, 1)]
    assert relay.names().count("nonce-lost") == 1


def test_a_fee_that_is_too_high_is_waited_for_at_the_same_nonce(relay: RelayParts) -> None:
    relay.take(0)
    end_batches(relay)
    relay.account.errors = [FeeTooHigh("too high"), FeeTooHigh("too high")]
    for _ in range(2):
        with pytest.raises(FeeTooHigh):
            relay.work()
    relay.work()
    assert relay.account.sent == [(1, 0)]


# --- what the contract refuses ---


@pytest.mark.parametrize("error", ["RoundClosed", "TooLateForBatches", "WrongRound", "NotARelayer"])
def test_a_batch_that_comes_too_late_is_told_and_not_sent_again_elsewhere(
    relay: RelayParts, error: str
) -> None:
    relay.take(0)
    end_batches(relay)
    relay.account.errors = [TransactionReverted(error)]
    relay.work()
    assert relay.names().count("batch-refused") == 1
    next_round(relay)
    relay.work()
    (dropped,) = [each for each in relay.told if isinstance(each, BatchDropped)]
    assert (dropped.round, dropped.count) == (1, 1)
    assert relay.account.sent == []
    assert relay.posted() == []


def test_a_refusal_that_nobody_foresaw_ends_the_relay(relay: RelayParts) -> None:
    relay.take(0)
    end_batches(relay)
    relay.account.errors = [TransactionReverted("ZeroDigest")]
    with pytest.raises(TransactionReverted, match="ZeroDigest"):
        relay.work()


def test_a_batch_that_was_mined_and_refused_for_no_reason_that_shows_is_sent_again(
    relay: RelayParts,
) -> None:
    relay.take(0)
    end_batches(relay)
    relay.account.at_first = relay.account.spend_nonce
    relay.account.errors = [RevertedUnexplained("submitBatch reverted when mined in block 9")]
    assert [relay.cycle(), relay.cycle()] == [Step.PROGRESS, Step.WAITING]
    (refused,) = [each for each in relay.told if isinstance(each, BatchRefused)]
    assert refused.reason == "submitBatch reverted when mined in block 9"
    relay.account.at_first = lambda: None
    relay.work()
    assert relay.account.sent == [(1, 1)]
    assert clients(relay) == [addresses(0)]


def test_what_is_handed_in_while_a_batch_becomes_posted_is_not_taken_to_have_no_room(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = start(every=5)
    parts.cycle()
    for client in range(5):
        parts.take(client)
    spend, taken = parts.window.spend, list[object]()
    last = Thread(target=lambda: taken.append(parts.take(5)))

    def spend_while_another_comes(count: int) -> None:
        spend(count)
        if last.ident is None:
            last.start()
            last.join(0.2)

    monkeypatch.setattr(parts.window, "spend", spend_while_another_comes)
    parts.work()
    last.join()
    assert len(taken) == 1
    parts.work()
    assert clients(parts) == [addresses(0, 1, 2, 3, 4), addresses(5)]


def test_a_batch_is_cut_to_the_room_that_another_relayer_left(relay: RelayParts) -> None:
    for client in range(4):
        relay.take(client)
    relay.federation.contract.batch(OTHER_JUROR.address, 4, OTHER)
    relay.federation.store.add(b"")
    relay.account.errors = [TransactionReverted("InvalidBatchCount", (4, 2))]
    end_batches(relay)
    relay.federation.contract.events, kept = (
        relay.federation.contract.events[:-1],
        relay.federation.contract.events[-1],
    )
    relay.cycle()
    relay.federation.contract.events.append(kept)
    relay.work()
    assert relay.account.sent == [(2, 0)]
    assert "batch-cut" in relay.names()
    relay.federation.contract.events.remove(kept)
    assert clients(relay) == [addresses(0, 1)]
    assert relay.queue.waiting(relay.signed(0).key) == 2


def test_updates_without_room_are_told_when_the_time_for_batches_is_over(relay: RelayParts) -> None:
    for client in range(2):
        relay.take(client)
    relay.federation.contract.batch(OTHER_JUROR.address, 6, OTHER)
    end_batches(relay)
    relay.work()
    assert relay.account.sent == []
    relay.federation.chain.timestamp = 1060
    relay.work()
    relay.work()
    (left,) = [each for each in relay.told if isinstance(each, UpdatesLeft)]
    assert (left.round, left.count) == (1, 2)


def test_an_account_that_cannot_pay_is_told_of_and_takes_nothing_in(relay: RelayParts) -> None:
    relay.take(0)
    relay.account.errors = [InsufficientFunds("needs ether")]
    end_batches(relay)
    relay.work()
    relay.cycle()
    assert "cannot-pay" in relay.names()
    assert clients(relay) == [addresses(0)]  # once it could, though the next look is not due
    with pytest.raises(Refused, match="cannot pay"):
        relay.take(1)


def test_an_account_that_is_no_relayer_any_more_waits(relay: RelayParts) -> None:
    relay.take(0)
    relay.federation.contract.set_relayer_to(RELAYER.address, False)
    end_batches(relay)
    relay.work()
    assert relay.account.sent == []
    relay.federation.contract.set_relayer_to(RELAYER.address, True)
    relay.work()
    assert clients(relay) == [addresses(0)]


def test_an_account_that_is_no_relayer_does_not_begin(relay: RelayParts) -> None:
    require_relayer(relay.federation.task, RELAYER.address)
    with pytest.raises(ConfigError, match="is no relayer of eip155:1337"):
        require_relayer(relay.federation.task, STRANGER.address)


def test_a_relay_of_a_task_without_batches_is_told_so(relay: RelayParts) -> None:
    task = relay.federation.task
    settings = replace(task.config, batch_seconds=0)
    with pytest.raises(ConfigError, match="this task takes no batches"):
        require_relayer(replace(task, config=settings), STRANGER.address)


# --- reorganizations ---


def test_a_batch_that_was_taken_back_is_sent_again_at_its_nonce(relay: RelayParts) -> None:
    relay.take(0)
    end_batches(relay)
    relay.work()
    relay.account.undo()
    relay.work()
    assert relay.account.sent == [(1, 0), (1, 0)]
    assert clients(relay) == [addresses(0)]
    assert relay.names().count("batch-undone") == 1


def test_two_batches_that_were_taken_back_are_sent_again_in_order(start: Start) -> None:
    parts = start(every=1)
    parts.cycle()
    for client in (0, 1):
        parts.take(client)
        parts.work()
    parts.account.undo()
    parts.account.undo()
    parts.work()
    assert clients(parts) == [addresses(0), addresses(1)]
    assert [nonce for _, nonce in parts.account.sent] == [0, 1, 0, 1]


def test_a_batch_whose_predecessors_nonce_is_free_again_waits_for_it(start: Start) -> None:
    parts = start(every=1)
    parts.account.spend_nonce()
    parts.cycle()
    parts.take(0)
    parts.work()
    parts.account.undo()
    parts.account.undo()
    with pytest.raises(TransactionUndone):
        parts.work()
    assert parts.posted() == []
    parts.account.spend_nonce()
    parts.work()
    assert [nonce for _, nonce in parts.account.sent] == [1, 1]


def test_a_batch_of_a_round_that_starts_from_another_model_now_is_dropped(start: Start) -> None:
    relay = start(confirmations=3)
    relay.cycle()
    relay.take(0)
    end_batches(relay)
    relay.work()
    relay.account.undo()
    relay.federation.contract.model = MODEL
    relay.work()
    (dropped,) = [each for each in relay.told if isinstance(each, BatchDropped)]
    assert "starts from another model" in dropped.reason
    assert relay.posted() == []


def test_a_batch_whose_round_comes_back_is_sent_at_the_same_nonce(relay: RelayParts) -> None:
    relay.take(0)
    end_batches(relay)
    relay.work()
    relay.account.undo()
    first, relay.federation.contract.model = relay.federation.contract.model, MODEL
    relay.work()
    relay.federation.contract.model = first
    relay.work()
    assert relay.account.sent == [(1, 0), (1, 0)]
    assert clients(relay) == [addresses(0)]


def test_updates_in_no_batch_are_told_when_their_round_is_gone(relay: RelayParts) -> None:
    relay.take(0)
    next_round(relay)
    relay.work()
    (left,) = [each for each in relay.told if isinstance(each, UpdatesLeft)]
    assert (left.round, left.count) == (1, 1)


# --- the end ---


def test_a_relay_ends_with_its_task_once_its_batches_are_deep(start: Start) -> None:
    parts = start(confirmations=5, every=1)
    parts.cycle()
    parts.take(0)
    parts.work()
    parts.federation.contract.finished = True
    assert parts.cycle() is Step.WAITING
    parts.federation.chain.height += 5
    assert parts.cycle() is Step.FINISHED


def test_a_queue_of_another_account_is_refused(start: Start) -> None:
    parts = start()
    parts.account.address = STRANGER.address
    with pytest.raises(ConfigError, match="the relay's queue of another account or task"):
        start()
    parts.account.address = RELAYER.address


def test_rounds_that_are_long_over_are_forgotten(relay: RelayParts) -> None:
    relay.take(0)
    key = relay.signed(0).key
    end_batches(relay)
    relay.work()
    for _ in range(17):
        assert relay.queue.taken(key) == 1
        next_round(relay)
        relay.work()
    assert relay.queue.taken(key) == 0
    assert relay.queue.batches.of(key) == []


def test_a_queue_that_is_no_database_is_refused(start: Start, tmp_path: Path) -> None:
    start().close()
    (tmp_path / "queue.sqlite3").write_bytes(b"no database at all, but long enough to be read" * 99)
    with pytest.raises(ConfigError, match="cannot be used as the relay's queue"):
        Queue(tmp_path / "queue.sqlite3", {})
