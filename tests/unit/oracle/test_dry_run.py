"""A dry run says what a juror would report, and whether the jury finalized that; it writes
nothing."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.errors import StoreUnavailable
from fedjury.oracle.dry_events import DryCompared, DryDiffers, DryNotCompared, DryReport
from fedjury.oracle.dry_run import DryRun
from fedjury.oracle.events import RoundJudged
from fedjury.oracle.slice_events import SliceLeaked, SliceMissing
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import encode
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import TaskFinished, Waiting
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from tests.support.fake_federation import RELAYER, FakeFederation, verification, weights
from tests.support.fetchers import Impatient
from tests.support.flaky_store import FlakyStore
from tests.support.joint import FakeJury
from tests.support.jurors import finalized_rounds, make_juror
from tests.support.recorder import Recorder


class SealedStore(FlakyStore):
    """A store that nobody may change through this."""

    def add(self, data: bytes) -> Digest:
        raise AssertionError("a dry run adds nothing")

    def keep(self, digest: Digest, timeout: float) -> None:
        raise AssertionError("a dry run keeps nothing")

    def release(self, digest: Digest) -> None:
        raise AssertionError("a dry run releases nothing")


@dataclass
class Bench:
    """A federation, and a dry run on it."""

    federation: FakeFederation
    store: SealedStore
    dry: DryRun
    told: Recorder
    cache: DirectoryStore

    def cycles(self, count: int) -> list[Step]:
        return [self.dry.cycle() for _ in range(count)]

    @property
    def finalized(self) -> list[RoundFinalized]:
        return finalized_rounds(self.federation)


def make(tmp_path: Path, chosen: bool = True, **changes: Any) -> Bench:
    federation = FakeFederation(tmp_path / "federation", **changes)
    return on(federation, tmp_path, chosen)


def on(federation: FakeFederation, tmp_path: Path, chosen: bool = True) -> Bench:
    """A dry run on a federation."""
    store, cache = SealedStore(federation.store.path), DirectoryStore(tmp_path / "dry")
    task = replace(federation.task, store=store)
    told = Recorder()
    slices = Slices.of(federation.spec, [verification()] if chosen else [])
    fetcher = Impatient(store, cache, 4096)
    dry = DryRun(task, slices, fetcher, cache, told, now=lambda: 0.0)
    return Bench(federation, store, dry, told, cache)


def finalize(bench: Bench, tmp_path: Path) -> RoundFinalized:
    """Have the jury's only juror judge and finalize."""
    juror = make_juror(bench.federation, tmp_path / "juror", now=lambda: 0.0)
    assert juror.cycle() is Step.PROGRESS
    return bench.finalized[-1]


def test_what_a_jury_of_one_finalizes_is_foreseen_byte_for_byte(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    assert bench.cycles(2) == [Step.PROGRESS, Step.WAITING]
    (report,) = bench.told.of(DryReport)
    finalized = finalize(bench, tmp_path)
    assert (report.model, report.record) == (
        finalized.model_digest.cid,
        finalized.record_digest.cid,
    )
    assert report.verdicts == {"accepted": 2, "not-improved": 1}
    assert len(bench.told.of(RoundJudged)) == 1
    assert bench.cycles(2) == [Step.PROGRESS, Step.WAITING]
    assert bench.told.of(DryCompared) == [
        DryCompared(
            round=1,
            model=report.model,
            record=finalized.record_digest.cid,
            differences=[],
            foreseen_otherwise=0,
        )
    ]
    assert len(bench.told.of(RoundJudged)) == 1  # what is told once is not told again
    assert bench.cache.digests() == []


def test_a_round_that_was_over_before_is_judged_and_compared(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    finalized = finalize(bench, tmp_path)
    assert bench.cycles(2) == [Step.PROGRESS, Step.WAITING]
    assert [type(each) for each in bench.told.events[-3:]] == [
        RoundJudged,
        DryReport,
        DryCompared,
    ]
    (report,) = bench.told.of(DryReport)
    assert report.record == finalized.record_digest.cid


@pytest.mark.parametrize(
    ("rewritten", "words"),
    [
        ({"model_digest": Digest(b"\7" * 32)}, "model Qm"),
        ({"accuracy": 17}, "accuracy 17, here no accuracy"),
        (
            {"verdicts": bytes([VerdictCode.ACCEPTED] * 3)},
            "update 1 is accepted, here not-improved",
        ),
        ({"verdicts": bytes([VerdictCode.ACCEPTED] * 2)}, "2 verdicts on 3 updates"),
    ],
)
def test_what_the_jury_says_otherwise_is_named(
    tmp_path: Path, rewritten: dict[str, Any], words: str
) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    finalize(bench, tmp_path)
    bench.federation.change(RoundFinalized, **rewritten)
    bench.cycles(1)
    (differs,) = bench.told.of(DryDiffers)
    assert any(words in each for each in differs.differences)
    assert "something else" in differs.sentence


def test_a_record_that_says_otherwise_is_named_by_its_first_difference(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    finalized = finalize(bench, tmp_path)
    data = bench.federation.store.fetch(finalized.record_digest, 2**20, 1.0)
    other = data.replace(b'"slice":1', b'"slice":2')
    assert other != data
    digest = bench.federation.store.add(other)
    bench.federation.change(RoundFinalized, record_digest=digest)
    bench.cycles(1)
    (differs,) = bench.told.of(DryDiffers)
    assert differs.differences == ["the record says slice 2, the spec says 1"]


def test_a_jury_of_four_is_compared_by_what_its_record_says_that_jurors_held(
    tmp_path: Path,
) -> None:
    federation = FakeFederation(tmp_path / "federation")
    jury = FakeJury(federation, tmp_path / "jurors")
    bench = on(federation, tmp_path)
    digests = federation.submit_three()
    for seat in jury.seats:
        seat.store.hidden.add(digests[2])
    bench.cycles(1)
    (report,) = bench.told.of(DryReport)
    assert (report.record, report.verdicts) == (None, {"accepted": 2, "not-improved": 1})
    federation.chain.timestamp += 60
    assert jury.play()
    (finalized,) = bench.finalized
    assert finalized.verdicts[2] == VerdictCode.UNAVAILABLE
    bench.cycles(1)
    (compared,) = bench.told.of(DryCompared)
    assert (compared.differences, compared.foreseen_otherwise) == ([], 1)
    assert compared.record == finalized.record_digest.cid
    assert compared.sentence.endswith("; of 1 update the jury had other files than this machine")


def test_batches_are_compared_as_lone_updates_are(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path / "federation")
    jury = FakeJury(federation, tmp_path / "jurors")
    bench = on(federation, tmp_path)
    entries = [
        federation.signed(index, federation.update(index, each))
        for index, each in enumerate([weights(0, 1), weights()])
    ]
    federation.relay(*entries, relayer=RELAYER)
    federation.submit(2, federation.update(2, weights(0, 1, 2, scale=4)))
    federation.contract.close()
    federation.chain.timestamp += 60
    assert jury.play()
    bench.cycles(1)
    (compared,) = bench.told.of(DryCompared)
    assert compared.differences == []
    (report,) = bench.told.of(DryReport)
    assert report.record == bench.finalized[0].record_digest.cid


def test_a_voided_round_and_one_whose_files_are_gone_are_not_compared(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.contract.void()
    digests = bench.federation.submit_three()
    finalize(bench, tmp_path)
    for digest in digests:
        bench.federation.store.forget(digest)
    assert bench.cycles(3) == [Step.PROGRESS, Step.PROGRESS, Step.WAITING]
    voided, gone = bench.told.of(DryNotCompared)
    assert (voided.round, voided.reason) == (1, "it was voided")
    assert gone.round == 2
    assert "files that the jury had cannot be had here" in gone.reason
    assert bench.told.of(DryCompared) == []


def test_a_record_that_cannot_be_had_is_no_difference(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    finalize(bench, tmp_path)
    (finalized,) = bench.finalized
    bench.federation.store.forget(finalized.record_digest)
    bench.cycles(1)
    (told,) = bench.told.of(DryNotCompared)
    assert "cannot be had" in told.reason
    assert bench.told.of(DryCompared) == []


def test_a_store_that_does_not_work_is_waited_for(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    finalize(bench, tmp_path)
    bench.store.is_down = True
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            bench.dry.cycle()
    bench.store.is_down = False
    bench.cycles(1)
    assert [each.differences for each in bench.told.of(DryCompared)] == [[]]


def test_without_the_slice_nothing_is_judged(tmp_path: Path) -> None:
    bench = make(tmp_path, chosen=False)
    bench.federation.submit_three()
    assert bench.cycles(2) == [Step.WAITING, Step.WAITING]
    assert len(bench.told.of(SliceMissing)) == 1
    finalize(bench, tmp_path)
    bench.cycles(1)
    (not_compared,) = bench.told.of(DryNotCompared)
    assert not_compared.reason == "its slice is not here"
    assert bench.told.of(RoundJudged) == []


def test_on_a_slice_that_got_out_nothing_would_be_reported(tmp_path: Path) -> None:
    bench = make(tmp_path)
    digest = Digest.of(verification().to_bytes())
    bench.federation.contract.disclose(1, digest, RELAYER.address)
    bench.federation.submit_three()
    bench.cycles(2)
    assert len(bench.told.of(SliceLeaked)) == 1
    assert bench.told.of(DryReport) == []


def test_a_round_that_takes_another_update_after_all_is_judged_again(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit(0, bench.federation.update(0, weights(0, 1)))
    bench.federation.contract.close()
    bench.cycles(1)
    bench.federation.submit(1, bench.federation.update(1, weights()))  # as after a reorganization
    assert bench.cycles(2) == [Step.PROGRESS, Step.WAITING]
    assert [sum(each.verdicts.values()) for each in bench.told.of(DryReport)] == [1, 2]


def test_an_open_round_waits_and_a_finished_task_ends_it(tmp_path: Path) -> None:
    bench = make(tmp_path)
    assert bench.cycles(1) == [Step.WAITING]
    assert bench.told.of(Waiting)[0].reason == "0 of at least 1 update"
    bench.federation.submit_three()
    finalize(bench, tmp_path)
    contract = bench.federation.contract
    contract.events.pop()  # the opening of a second round
    contract.finished = True
    assert bench.cycles(2) == [Step.PROGRESS, Step.FINISHED]
    assert len(bench.told.of(DryCompared)) == 1
    assert isinstance(bench.told.events[-1], TaskFinished)


def test_what_is_derived_is_the_model_and_not_only_the_verdicts(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.federation.submit_three()
    finalized = finalize(bench, tmp_path)
    other = bench.federation.store.add(encode(weights(1)))
    bench.federation.change(RoundFinalized, model_digest=other)
    bench.cycles(1)
    (differs,) = bench.told.of(DryDiffers)
    assert differs.differences[0] == f"model {other.cid}, here {finalized.model_digest.cid}"
