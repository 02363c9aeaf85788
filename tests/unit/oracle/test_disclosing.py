"""Disclosing slices whose rounds are over."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import SliceDisclosed as Told
from fedjury.chain.transactions.call import ContractCall
from fedjury.data.verification import VerificationSet, save_verification_set
from fedjury.errors import ChainUnavailable, StoreUnavailable
from fedjury.oracle.events import WakingChain
from fedjury.oracle.juror import IDLE_CHAIN_SECONDS
from fedjury.oracle.slice_events import SliceDisclosed, SlicesNotDisclosed
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import TaskFinished, Waiting
from fedjury.runtime.loop import Step
from tests.support.fake_federation import JUROR, OTHER_JUROR, STRANGER, weights
from tests.support.jurors import make_juror
from tests.support.recorder import Recorder
from tests.support.sliced import SlicedFederation, digest_of, make_slices

DEPTH = 5
SLICES = make_slices(2)
UPDATES = (weights(0, 1), weights(0, 1, 2, scale=4))


class Bench:
    """A task whose slices are disclosed, and a juror of it."""

    def __init__(
        self,
        directory: Path,
        slices: Sequence[VerificationSet] = SLICES,
        depth: int = DEPTH,
        rounds: int | None = None,
        disclosed: bool = True,
    ) -> None:
        self.directory, self.slices, self.now = directory, slices, 0.0
        self.federation = SlicedFederation(
            directory, slices, rounds=rounds, disclosed=disclosed, depth=depth
        )
        self.sender = self.federation.sender(JUROR)
        self.restart()

    def restart(self, confirmations: int = 0, slices: Slices | None = None) -> None:
        self.told = Recorder()
        self.juror = make_juror(
            self.federation,
            self.directory,
            self.told,
            sender=self.sender,
            chosen=self.slices if slices is None else slices,
            confirmations=confirmations,
            now=lambda: self.now,
        )

    def play(self, number: int) -> None:
        """A round that is judged; the fake contract finishes the task only when told to."""
        self.federation.submit_weights(UPDATES[number - 1])
        assert self.juror.cycle() is Step.PROGRESS

    def mine(self, blocks: int) -> None:
        self.federation.chain.height += blocks

    def look(self) -> Step:
        """Cycles until nothing is to be done at once."""
        while (step := self.juror.cycle()) is Step.PROGRESS:
            pass
        return step

    @property
    def disclosed(self) -> list[tuple[int, str]]:
        events = self.federation.contract.events
        return [(each.slice, each.digest.cid) for each in events if isinstance(each, Told)]

    def is_in_the_store(self, verification: VerificationSet) -> bool:
        return (self.federation.store.path / digest_of(verification).cid).is_file()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _cid(number: int) -> str:
    return digest_of(SLICES[number - 1]).cid


def test_a_slice_is_disclosed_once_the_rounds_end_is_so_deep(bench: Bench) -> None:
    bench.play(1)
    end = bench.federation.chain.height - 1  # the next round opens in a block of its own
    bench.mine(end + DEPTH - 1 - bench.federation.chain.height)
    assert bench.look() is Step.WAITING
    assert bench.disclosed == []
    assert not bench.is_in_the_store(SLICES[0])
    bench.mine(1)
    assert bench.look() is Step.WAITING
    assert bench.disclosed == [(1, _cid(1))]
    assert bench.is_in_the_store(SLICES[0])
    assert not bench.is_in_the_store(SLICES[1])
    (told,) = bench.told.of(SliceDisclosed)
    assert (told.slice, told.cid, told.gas) == (1, _cid(1), 21_000)
    reasons = [event.reason for event in bench.told.of(Waiting)]
    assert "slice 1 is to be disclosed, 5 blocks after the round's end" in reasons


def test_it_is_disclosed_once(bench: Bench) -> None:
    bench.play(1)
    bench.mine(DEPTH)
    for _ in range(3):
        bench.look()
        bench.mine(1)
    assert len(bench.disclosed) == 1


def test_a_voided_rounds_slice_is_spent_and_disclosed_too(bench: Bench) -> None:
    bench.federation.contract.void()
    bench.mine(DEPTH)
    bench.look()
    assert bench.disclosed == [(1, _cid(1))]


def test_at_no_depth_it_is_disclosed_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, depth=0)
    bench.play(1)
    bench.look()
    assert bench.disclosed == [(1, _cid(1))]


def test_the_task_does_not_end_before_all_is_disclosed(bench: Bench) -> None:
    bench.play(1)
    bench.play(2)
    bench.federation.contract.finished = True
    bench.mine(DEPTH - 3)
    assert bench.look() is Step.WAITING
    assert bench.disclosed == [(1, _cid(1))]
    assert bench.told.of(TaskFinished) == []
    bench.mine(DEPTH)
    assert bench.look() is Step.FINISHED
    assert bench.disclosed == [(1, _cid(1)), (2, _cid(2))]
    assert bench.told.names[-1] == "task-finished"


def test_a_restart_finds_on_chain_what_is_left(bench: Bench) -> None:
    bench.play(1)
    bench.mine(DEPTH)
    bench.look()
    bench.play(2)
    bench.federation.contract.finished = True
    bench.mine(DEPTH)
    bench.restart()
    assert bench.look() is Step.FINISHED
    assert bench.disclosed == [(1, _cid(1)), (2, _cid(2))]
    bench.restart()
    assert bench.look() is Step.FINISHED
    assert len(bench.disclosed) == 2


def test_what_another_juror_told_is_not_told_again_but_stored(bench: Bench) -> None:
    bench.play(1)
    bench.federation.contract.disclose(1, digest_of(SLICES[0]), OTHER_JUROR.address)
    bench.mine(DEPTH)
    bench.look()
    assert len(bench.disclosed) == 1
    assert bench.is_in_the_store(SLICES[0])
    assert bench.told.of(SliceDisclosed) == []


def test_what_a_stranger_makes_up_hinders_nothing(bench: Bench) -> None:
    bench.play(1)
    bench.federation.contract.disclose(1, digest_of(SLICES[1]), STRANGER.address)
    bench.mine(DEPTH)
    bench.look()
    assert bench.disclosed[-1] == (1, _cid(1))


def test_a_disclosure_that_a_reorganization_undoes_is_told_again(bench: Bench) -> None:
    bench.restart(confirmations=3)
    bench.mine(3)
    bench.federation.submit_weights(UPDATES[0])
    bench.mine(3)
    assert bench.juror.cycle() is Step.PROGRESS
    bench.mine(DEPTH)
    bench.look()
    events = bench.federation.contract.events
    events.remove(next(each for each in events if isinstance(each, Told)))
    bench.mine(1)
    bench.look()
    assert bench.disclosed == [(1, _cid(1))]
    assert len(bench.told.of(SliceDisclosed)) == 2


def test_a_disclosure_is_waited_for_until_it_is_confirmed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, slices=SLICES[:1], rounds=1, depth=0)
    bench.restart(confirmations=3)
    bench.mine(3)
    bench.federation.submit_weights(UPDATES[0])
    bench.mine(3)
    assert bench.juror.cycle() is Step.PROGRESS
    bench.federation.contract.finished = True
    bench.mine(3)
    assert bench.look() is Step.WAITING
    assert bench.disclosed == [(1, _cid(1))]
    assert bench.told.of(Waiting)[-1].reason == "slice 1 is disclosed, which is to be confirmed"
    bench.mine(3)
    assert bench.look() is Step.FINISHED


def test_a_single_slice_is_disclosed_after_the_last_round_only(tmp_path: Path) -> None:
    bench = Bench(tmp_path, slices=SLICES[:1], rounds=2)
    bench.play(1)
    bench.mine(10 * DEPTH)
    bench.look()
    assert bench.disclosed == []
    bench.play(2)
    bench.federation.contract.finished = True
    bench.mine(DEPTH)
    assert bench.look() is Step.FINISHED
    assert bench.disclosed == [(1, _cid(1))]


def test_what_the_spec_does_not_have_disclosed_stays_secret(tmp_path: Path) -> None:
    bench = Bench(tmp_path, disclosed=False)
    bench.play(1)
    bench.play(2)
    bench.federation.contract.finished = True
    bench.mine(10 * DEPTH)
    assert bench.look() is Step.FINISHED
    assert bench.disclosed == []
    assert not bench.is_in_the_store(SLICES[0])


def test_a_slice_that_is_not_here_is_left_to_others(bench: Bench) -> None:
    bench.federation.contract.void()
    bench.federation.contract.void()
    bench.federation.contract.finished = True
    bench.mine(DEPTH)
    bench.slices = SLICES[1:]
    bench.restart()
    assert bench.look() is Step.FINISHED
    assert bench.disclosed == [(2, _cid(2))]
    assert bench.told.of(SlicesNotDisclosed) == [SlicesNotDisclosed(slices=[1])]
    assert bench.told.names[-2:] == ["slices-not-disclosed", "task-finished"]


def test_of_what_another_juror_told_nothing_is_missing(bench: Bench) -> None:
    bench.federation.contract.void()
    bench.federation.contract.disclose(1, digest_of(SLICES[0]), OTHER_JUROR.address)
    bench.federation.contract.void()
    bench.federation.contract.finished = True
    bench.mine(DEPTH)
    bench.slices = SLICES[1:]
    bench.restart()
    assert bench.look() is Step.FINISHED
    assert bench.told.of(SlicesNotDisclosed) == []


@pytest.mark.parametrize("disclosed", [True, False])
def test_a_juror_without_a_single_file_says_what_is_due_where_it_is(
    tmp_path: Path, disclosed: bool
) -> None:
    bench = Bench(tmp_path, disclosed=disclosed)
    bench.federation.contract.void()
    bench.slices = []
    bench.restart()
    assert bench.look() is Step.WAITING
    assert bench.told.of(SlicesNotDisclosed) == []  # others may still tell
    bench.federation.contract.void()
    bench.federation.contract.finished = True
    assert bench.look() is Step.FINISHED
    missing = bench.told.of(SlicesNotDisclosed)
    assert missing == ([SlicesNotDisclosed(slices=[1, 2])] if disclosed else [])


def test_a_file_that_vanishes_before_it_is_disclosed_is_told_and_found_again(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path / "task")
    files = [tmp_path / f"{number}.safetensors" for number in (1, 2)]
    for verification, path in zip(SLICES, files, strict=True):
        save_verification_set(verification, path)
    slices = Slices.read(bench.federation.spec, [tmp_path])
    bench.restart(slices=slices)
    bench.play(1)
    bench.play(2)
    files[0].unlink()
    files[1].write_bytes(b"damaged")
    bench.mine(DEPTH)
    assert bench.look() is Step.WAITING
    missing = [each.slices for each in bench.told.of(SlicesNotDisclosed)]
    assert missing == [[1], [2]]
    assert bench.disclosed == []
    save_verification_set(SLICES[0], files[0])
    assert bench.look() is Step.WAITING
    assert bench.disclosed == [(1, _cid(1))]
    save_verification_set(SLICES[1], files[1])
    bench.federation.contract.finished = True
    bench.mine(1)
    assert bench.look() is Step.FINISHED
    assert bench.disclosed == [(1, _cid(1)), (2, _cid(2))]
    assert len(bench.told.of(SlicesNotDisclosed)) == 2


def test_what_cannot_be_stored_or_told_now_is_tried_again(bench: Bench) -> None:
    bench.play(1)
    bench.mine(DEPTH)
    bench.federation.store.is_down = True
    with pytest.raises(StoreUnavailable):
        bench.look()
    assert bench.disclosed == []
    bench.federation.store.is_down = False
    bench.sender.errors = [ChainUnavailable("down")]
    with pytest.raises(ChainUnavailable):
        bench.look()
    bench.look()
    assert bench.disclosed == [(1, _cid(1))]


def test_a_chain_that_stands_still_is_woken_until_the_end_is_deep_enough(bench: Bench) -> None:
    bench.play(1)
    assert bench.look() is Step.WAITING
    assert bench.told.of(WakingChain) == []
    bench.now += IDLE_CHAIN_SECONDS
    bench.look()
    assert bench.disclosed == [(1, _cid(1))]
    woken = [call for call in bench.sender.sent if isinstance(call, ContractCall)]
    assert len(woken) == len(bench.told.of(WakingChain)) == DEPTH - 1


def test_a_chain_that_makes_blocks_is_not_woken(bench: Bench) -> None:
    bench.play(1)
    for _ in range(DEPTH - 2):
        bench.now += IDLE_CHAIN_SECONDS - 1
        bench.mine(1)
        bench.look()
    assert bench.told.of(WakingChain) == []
