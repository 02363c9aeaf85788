"""What a juror makes of rounds with batches, against a contract in memory."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.errors import StoreUnavailable
from fedjury.oracle.events import BatchUnread, Judging, RoundJudged, UpdateJudged
from fedjury.oracle.juror import Juror
from fedjury.protocol.batch_file import BatchEntry, BatchFile, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.round_record import RoundRecord, unpack_bitmap
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import unpack
from fedjury.runtime.events import Waiting
from fedjury.runtime.loop import Step
from tests.support.fake_federation import (
    CHAIN_ID,
    CLIENTS,
    OTHER_RELAYER,
    RELAYER,
    STRANGER,
    TASK_ADDRESS,
    FakeFederation,
    weights,
)
from tests.support.jurors import finalized_rounds, make_juror
from tests.support.recorder import Recorder

GOOD, BAD = weights(0, 1), weights()
GONE = Digest(b"\7" * 32)
ACCEPTED, NOT_IMPROVED, UNAVAILABLE, MALFORMED, DUPLICATE = 1, 2, 3, 5, 8
BAD_SIGNATURE, NOT_IN_ROSTER, SUPERSEDED = 10, 11, 12
NO_REASON, SAME_TENSORS, OTHER_COUNTS = 0, 11, 14
BY_ADDRESS = sorted(range(3), key=lambda index: CLIENTS[index].address.lower())
"""The first three clients in the order in which a batch holds them."""


@dataclass
class Bench:
    """A federation of three clients, and its juror."""

    federation: FakeFederation
    juror: Juror
    told: Recorder
    kept: list[Digest]

    def signed(self, client: int, tensors: Tensors = GOOD) -> BatchEntry:
        """A client's signed update, whose file is in the store."""
        return self.federation.signed(client, self.federation.update(client, tensors))

    def relay(self, *entries: BatchEntry, **options: Any) -> BatchSubmitted:
        return self.federation.relay(*entries, **options)

    def alone(self, client: int, tensors: Tensors = GOOD) -> Digest:
        return self.federation.submit(client, self.federation.update(client, tensors))

    def batch_of(self, content: bytes, count: int) -> BatchSubmitted:
        """A batch with these bytes as its file."""
        digest = self.federation.store.add(content)
        return self.federation.contract.batch(RELAYER.address, count, digest)

    def judge(self) -> list[int]:
        """The codes of the round that is on, which ends now."""
        self.federation.contract.close()
        assert self.juror.cycle() is Step.PROGRESS
        return [int(code) for code in unpack(finalized_rounds(self.federation)[-1].verdicts)]

    def record(self) -> RoundRecord:
        """Of the round that was judged last."""
        digest = finalized_rounds(self.federation)[-1].record_digest
        return RoundRecord.from_bytes(self.federation.store.fetch(digest, 2**20, 1))

    def grounds(self) -> list[tuple[int, list[int]]]:
        """Reasons and arguments of the entries of the round that was judged last."""
        return [(entry.reason, entry.arguments) for entry in self.record().entries]

    def had(self) -> list[bool]:
        """Of each verdict of the round that was judged last whether the juror had its files."""
        (have,) = self.record().haves
        return unpack_bitmap(have.entries, len(finalized_rounds(self.federation)[-1].verdicts))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    federation, told, kept = FakeFederation(tmp_path), Recorder(), list[Digest]()
    return Bench(federation, make_juror(federation, tmp_path, told, keep=kept.extend), told, kept)


def forged(entry: BatchEntry) -> BatchEntry:
    """The same with a signature that is somebody else's."""
    other = UpdateDomain(CHAIN_ID, TASK_ADDRESS, 1, GONE).sign(STRANGER, entry.digest)
    return replace(entry, signature=other.signature)


# --- which update counts ---


def test_updates_in_a_batch_are_judged_in_order_of_their_clients(bench: Bench) -> None:
    better = [weights(0, 1), weights(), weights(0, 1, 2, scale=4)]
    bench.relay(*(bench.signed(index, better[index]) for index in range(3)))
    codes = bench.judge()
    expected = [ACCEPTED, NOT_IMPROVED, ACCEPTED]
    assert codes == [expected[index] for index in BY_ADDRESS]
    clients = [entry.client for entry in bench.record().entries]
    assert clients == [CLIENTS[index].address.lower() for index in BY_ADDRESS]


@pytest.mark.parametrize("first", ["batch", "alone"])
def test_a_lone_update_beats_its_clients_entry_whichever_came_first(
    bench: Bench, first: str
) -> None:
    if first == "alone":
        bench.alone(0, BAD)
    bench.relay(bench.signed(0, GOOD))
    if first == "batch":
        bench.alone(0, BAD)
    assert bench.judge() == (
        [SUPERSEDED, NOT_IMPROVED] if first == "batch" else [NOT_IMPROVED, SUPERSEDED]
    )
    lone: tuple[int, list[int]] = (NO_REASON, [])
    grounds = bench.grounds()
    if first == "batch":
        assert grounds == [(OTHER_COUNTS, [1]), lone]
    else:
        assert grounds == [lone, (OTHER_COUNTS, [0])]


def test_a_lone_update_that_is_worthless_beats_its_clients_entry_too(bench: Bench) -> None:
    bench.relay(bench.signed(0))
    bench.federation.contract.submit(CLIENTS[0].address, GONE)
    assert bench.judge() == [SUPERSEDED, UNAVAILABLE]


def test_of_several_entries_of_a_client_the_first_in_chain_order_counts(bench: Bench) -> None:
    bench.relay(bench.signed(0, BAD), bench.signed(1, BAD))
    bench.relay(bench.signed(0, GOOD), relayer=OTHER_RELAYER)
    assert bench.judge() == [NOT_IMPROVED, DUPLICATE, SUPERSEDED]
    place = [entry.client for entry in bench.record().entries].index(CLIENTS[0].address.lower())
    assert bench.grounds()[2] == (OTHER_COUNTS, [place])


def test_an_entry_with_a_wrong_signature_supersedes_nothing(bench: Bench) -> None:
    bench.relay(forged(bench.signed(0, BAD)))
    bench.relay(bench.signed(0, GOOD), relayer=OTHER_RELAYER)
    assert bench.judge() == [BAD_SIGNATURE, ACCEPTED]
    assert bench.grounds() == [(NO_REASON, []), (NO_REASON, [])]


def test_a_batch_that_could_not_be_read_supersedes_nothing(bench: Bench) -> None:
    bench.relay(bench.signed(0, BAD), count=2)
    bench.relay(bench.signed(0, GOOD), relayer=OTHER_RELAYER)
    assert bench.judge() == [MALFORMED, MALFORMED, ACCEPTED]


def test_who_is_not_in_the_roster_is_so_whatever_the_signature(bench: Bench) -> None:
    data = encode_update(GOOD, bench.federation.task.tag(1, STRANGER.address))
    entry = bench.federation.domain().sign(STRANGER, bench.federation.store.add(data))
    other = bench.federation.domain().sign(CLIENTS[4], GONE)
    wrong = replace(other, signature=entry.signature)
    bench.relay(entry, wrong, bench.signed(0))
    by_client = dict(zip((each.client for each in _entries(bench)), bench.judge(), strict=True))
    assert by_client == {
        STRANGER.address: NOT_IN_ROSTER,
        CLIENTS[4].address: NOT_IN_ROSTER,
        CLIENTS[0].address: ACCEPTED,
    }


def _entries(bench: Bench) -> list[BatchEntry]:
    """Of the newest batch."""
    newest = bench.federation.contract.submissions()[-1]
    content = bench.federation.store.fetch(newest.digest, 2**20, 1)
    return list(BatchFile.from_bytes(content))


def test_a_wrong_signature_is_said_before_a_lone_update_that_counts(bench: Bench) -> None:
    bench.alone(0)
    bench.relay(forged(bench.signed(0)))
    assert bench.judge() == [ACCEPTED, BAD_SIGNATURE]


def test_the_same_batch_posted_twice_counts_once(bench: Bench) -> None:
    entries = [bench.signed(0, weights(0, 1)), bench.signed(1, weights(0, 1, 2, scale=4))]
    bench.relay(*entries)
    bench.relay(*entries, relayer=OTHER_RELAYER)
    assert bench.judge() == [ACCEPTED, ACCEPTED, SUPERSEDED, SUPERSEDED]
    assert bench.grounds()[2:] == [(OTHER_COUNTS, [0]), (OTHER_COUNTS, [1])]


def test_of_a_file_posted_under_two_counts_the_right_one_is_read(bench: Bench) -> None:
    entry = bench.signed(0)
    for count in (1, 2, 1):
        bench.relay(entry, count=count)
    assert bench.judge() == [ACCEPTED, MALFORMED, MALFORMED, SUPERSEDED]
    assert [batch.code for batch in bench.record().batches] == [0, MALFORMED, 0]


@pytest.mark.parametrize("repeated", ["round", "parent"])
def test_signatures_for_an_earlier_round_or_another_model_do_not_count(
    bench: Bench, repeated: str
) -> None:
    if repeated == "round":
        old = [bench.signed(0), bench.signed(1)]
        bench.relay(*old)
        bench.federation.contract.void()
    else:
        data, contract = bench.federation.update(0, GOOD), bench.federation.contract
        domain = UpdateDomain(CHAIN_ID, contract.address, contract.number, GONE)
        old = [domain.sign(CLIENTS[0], bench.federation.store.add(data))]
    bench.relay(*old)
    assert bench.judge() == [BAD_SIGNATURE] * len(old)


def test_copies_within_a_batch_are_duplicates_of_the_lower_address(bench: Bench) -> None:
    bench.alone(BY_ADDRESS[0], BAD)
    bench.relay(bench.signed(BY_ADDRESS[2], GOOD), bench.signed(BY_ADDRESS[1], GOOD))
    assert bench.judge() == [NOT_IMPROVED, ACCEPTED, DUPLICATE]
    assert bench.grounds()[2] == (SAME_TENSORS, [1])


def test_a_copy_in_another_clients_name_is_not_the_senders(bench: Bench) -> None:
    data = bench.federation.update(0, GOOD)
    bench.relay(bench.federation.signed(1, data))
    assert bench.judge() == [7]


def test_a_duplicate_names_its_place_in_the_round_behind_a_batch_that_was_not_read(
    bench: Bench,
) -> None:
    bench.federation.contract.batch(RELAYER.address, 5, GONE)
    bench.alone(0, GOOD)
    bench.alone(1, GOOD)
    assert bench.judge() == [UNAVAILABLE] * 5 + [ACCEPTED, DUPLICATE]
    assert bench.grounds() == [(NO_REASON, []), (SAME_TENSORS, [5])]


# --- batches that cannot be read ---


def test_of_a_batch_that_nobody_has_every_update_is_unavailable(bench: Bench) -> None:
    bench.federation.contract.batch(RELAYER.address, 3, GONE)
    bench.alone(0)
    assert bench.judge() == [UNAVAILABLE] * 3 + [ACCEPTED]
    record = bench.record()
    assert [(each.code, each.count, each.index) for each in record.batches] == [(3, 3, 0)]
    assert [entry.client for entry in record.entries] == [CLIENTS[0].address.lower()]
    assert bench.had() == [False, False, False, True]
    assert GONE not in bench.kept


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: b"",
        lambda file: file[:-1],
        lambda file: b"fedjury\x01" + file[8:],
        lambda file: file[:12] + file[129:] + file[12:129],  # not ascending
        lambda file: file[:-1] + b"\x1d",
        lambda file: b"x" * len(file),
    ],
    ids=["empty", "cut off", "another magic", "another order", "v 29", "no batch file"],
)
def test_of_a_file_that_is_no_batch_file_every_update_is_malformed(
    bench: Bench, damage: Any
) -> None:
    content = damage(BatchFile.of([bench.signed(0), bench.signed(1)]).content)
    batch = bench.batch_of(content, 2)
    bench.alone(2)
    assert bench.judge() == [MALFORMED, MALFORMED, ACCEPTED]
    assert [each.code for each in bench.record().batches] == [MALFORMED]
    assert bench.had() == [True, True, True]
    assert batch.digest in bench.kept  # with the proof at hand it is derived anew


def test_of_a_batch_with_more_entries_than_announced_every_update_is_malformed(
    bench: Bench,
) -> None:
    batch = bench.relay(bench.signed(0), bench.signed(1), count=1)
    assert bench.judge() == [MALFORMED]
    (unread,) = bench.told.of(BatchUnread)
    assert "no batch file" in unread.reason
    assert f"larger than {batch_bytes(1)} bytes" in unread.reason
    assert batch.digest not in bench.kept  # its bytes are more than anybody has to take


def test_of_a_batch_with_fewer_entries_than_announced_every_update_is_malformed(
    bench: Bench,
) -> None:
    bench.relay(bench.signed(0), bench.signed(1), count=3)
    assert bench.judge() == [MALFORMED] * 3
    (unread,) = bench.told.of(BatchUnread)
    assert unread.reason == "the batch file has 2 entries, the relayer announced 3"


def test_an_update_in_a_batch_whose_file_is_missing_is_unavailable_alone(bench: Bench) -> None:
    first, second, last = BY_ADDRESS
    missing = bench.federation.domain().sign(CLIENTS[second], GONE)
    bench.relay(bench.signed(first), missing, bench.signed(last, BAD))
    assert bench.judge() == [ACCEPTED, UNAVAILABLE, NOT_IMPROVED]
    assert bench.had() == [True, False, True]


def test_a_batch_that_the_store_says_nothing_of_is_waited_for(bench: Bench) -> None:
    batch = bench.relay(bench.signed(0))
    bench.federation.contract.close()
    bench.federation.store.refused = {batch.digest}
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="503"):
            bench.juror.cycle()
    assert finalized_rounds(bench.federation) == []
    assert not bench.told.of(BatchUnread)
    bench.federation.store.refused = set()
    assert bench.judge() == [ACCEPTED]


# --- what is fetched, kept and told ---


def test_only_files_that_are_to_be_judged_are_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Digest] = []
    store = bench.federation.store
    receive = store.receive

    def noting(digest: Digest, max_bytes: int, timeout: float) -> Any:
        asked.append(digest)
        return receive(digest, max_bytes, timeout)

    lone, good = bench.alone(0), bench.signed(1, weights(0, 2))
    superseded = bench.signed(0, weights(1, 2))
    batches = [bench.relay(superseded, good), bench.relay(forged(bench.signed(2)))]
    bench.federation.contract.batch(RELAYER.address, 2, GONE)
    monkeypatch.setattr(store, "receive", noting)
    bench.judge()
    assert set(asked) == {*(batch.digest for batch in batches), GONE, lone, good.digest}
    assert asked.index(lone) > max(asked.index(batch.digest) for batch in batches)


def test_all_that_a_judgement_rests_on_is_kept_batches_before_updates(bench: Bench) -> None:
    lone, entry = bench.alone(0), bench.signed(1, weights(0, 2))
    batch = bench.relay(entry, bench.signed(0, weights(1)))
    bench.federation.contract.batch(RELAYER.address, 2, GONE)
    bench.judge()
    settings, (finalized,) = bench.federation.task.config, finalized_rounds(bench.federation)
    assert bench.kept == [
        settings.spec_digest,
        settings.genesis_digest,
        Digest.of(bench.federation.roster.to_bytes()),
        batch.digest,
        lone,
        entry.digest,
        finalized.record_digest,
        finalized.model_digest,
    ]


def test_after_a_restart_batches_and_updates_come_from_the_cache(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    entry = federation.signed(0, federation.update(0, GOOD))
    batch = federation.relay(entry)
    federation.contract.close()

    def fail(_: object) -> None:
        raise StoreUnavailable("no pins now")

    with pytest.raises(StoreUnavailable, match="no pins now"):
        make_juror(federation, tmp_path, keep=fail).cycle()
    for digest in (batch.digest, entry.digest):
        (federation.store.path / digest.cid).unlink()
    assert make_juror(federation, tmp_path).cycle() is Step.PROGRESS
    assert list(finalized_rounds(federation)[-1].verdicts) == [ACCEPTED]


def test_what_came_in_batches_is_told_and_one_that_was_not_read_once(bench: Bench) -> None:
    bench.federation.contract.batch(RELAYER.address, 5, GONE)
    bench.relay(bench.signed(1, BAD))
    bench.alone(0)
    bench.judge()
    (judging,) = bench.told.of(Judging)
    assert judging.sentence == "round 1: judging 7 updates, 6 of them in batches"
    (unread,) = bench.told.of(BatchUnread)
    assert (unread.updates, unread.code, unread.cid) == (5, "unavailable", GONE.cid)
    start = f"round 1: batch {GONE.cid} of 5 updates by {RELAYER.address} unavailable: "
    assert unread.sentence.startswith(start)
    told = bench.told.of(UpdateJudged)
    assert [event.client for event in told] == [CLIENTS[1].address, CLIENTS[0].address]
    assert [event.code for event in told] == ["not-improved", "accepted"]
    (judged,) = bench.told.of(RoundJudged)
    assert (judged.accepted, judged.updates) == (1, 7)


def test_announced_updates_count_towards_the_fewest_that_a_round_must_have(
    tmp_path: Path,
) -> None:
    federation, told = FakeFederation(tmp_path), Recorder()
    contract = federation.contract
    contract.settings = replace(contract.settings, min_updates=3)
    federation.task = replace(federation.task, config=contract.settings)
    juror = make_juror(federation, tmp_path, told)
    federation.submit_weights(GOOD)
    contract.close()
    assert juror.cycle() is Step.WAITING
    assert "1 of at least 3 updates" in told.of(Waiting)[-1].sentence
    contract.batch(RELAYER.address, 2, GONE)
    assert juror.cycle() is Step.PROGRESS
    assert list(finalized_rounds(federation)[-1].verdicts) == [ACCEPTED, UNAVAILABLE, UNAVAILABLE]
