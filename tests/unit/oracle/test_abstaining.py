"""When a juror abstains: without the slice, by a wrong roster, on samples that got out."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import RosterSet
from fedjury.data.verification import save_verification_set
from fedjury.errors import StoreUnavailable
from fedjury.oracle.events import RosterRefused
from fedjury.oracle.slice_events import SliceLeaked, SliceMissing
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.runtime.events import Waiting
from fedjury.runtime.loop import Step
from tests.support.fake_federation import CLIENTS, STRANGER, FakeFederation, verification, weights
from tests.support.jurors import finalized_rounds, make_juror
from tests.support.recorder import Recorder
from tests.support.sliced import SlicedFederation, digest_of, make_slices

SLICES = make_slices(2)


def _abstains(federation: FakeFederation, directory: Path, **options: Any) -> Recorder:
    """What a juror tells that looks twice and signs nothing."""
    told = Recorder()
    juror = make_juror(federation, directory, told, **options)
    assert [juror.cycle(), juror.cycle()] == [Step.WAITING] * 2
    assert finalized_rounds(federation) == []
    return told


# --- slices ---


def test_each_round_is_judged_on_its_slice(tmp_path: Path) -> None:
    federation, told = SlicedFederation(tmp_path, SLICES), Recorder()
    juror = make_juror(federation, tmp_path, told, chosen=SLICES)
    for update in (weights(0, 1), weights(0, 1, 2, scale=4)):
        federation.submit_weights(update)
        assert juror.cycle() is Step.PROGRESS
    assert [event.report.round for event in finalized_rounds(federation)] == [1, 2]


def test_a_juror_without_the_rounds_slice_waits_and_says_which(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES)
    federation.submit_weights(weights(0, 1))
    told = _abstains(federation, tmp_path, chosen=SLICES[1:])
    (missing,) = told.events
    assert isinstance(missing, SliceMissing)
    assert (missing.round, missing.slice) == (1, 1)
    assert missing.commitment == SLICES[0].commitment()


def test_a_slice_that_vanishes_while_the_juror_runs_is_waited_for_and_found(
    tmp_path: Path,
) -> None:
    federation, told = SlicedFederation(tmp_path / "task", SLICES), Recorder()
    path = tmp_path / "mine.safetensors"
    save_verification_set(SLICES[0], path)
    slices = Slices.read(federation.spec, [tmp_path])
    juror = make_juror(federation, tmp_path, told, chosen=slices)
    path.write_bytes(b"damaged")
    federation.submit_weights(weights(0, 1))
    assert [juror.cycle(), juror.cycle()] == [Step.WAITING] * 2
    assert [event.slice for event in told.of(SliceMissing)] == [1]
    save_verification_set(SLICES[0], path)
    assert juror.cycle() is Step.PROGRESS
    assert [event.report.round for event in finalized_rounds(federation)] == [1]


def test_a_juror_that_lacks_one_slice_judges_the_other_rounds(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES)
    juror = make_juror(federation, tmp_path, chosen=SLICES[1:])
    federation.contract.void()
    federation.submit_weights(weights(0, 1))
    assert juror.cycle() is Step.PROGRESS


def test_a_round_beyond_the_slices_is_waited_for(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES, rounds=5)
    for _ in SLICES:
        federation.contract.void()
    federation.submit_weights(weights(0, 1))
    (waiting,) = _abstains(federation, tmp_path, chosen=SLICES).events
    assert isinstance(waiting, Waiting)
    assert waiting.reason == "the task's spec has no slice for this round"


# --- samples that got out ---


def test_a_slice_that_got_out_before_its_round_closed_is_not_signed_on(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES)
    federation.chain.timestamp += 1
    federation.contract.disclose(1, digest_of(SLICES[0]), STRANGER.address)
    block = federation.chain.height
    federation.chain.timestamp += 1
    federation.submit_weights(weights(0, 1))
    told = _abstains(federation, tmp_path, chosen=SLICES)
    assert told.of(SliceLeaked) == [
        SliceLeaked(round=1, slice=1, discloser=STRANGER.address, block=block)
    ]


def test_the_number_that_it_is_told_under_does_not_matter(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES)
    federation.contract.disclose(77, digest_of(SLICES[0]), STRANGER.address)
    federation.submit_weights(weights(0, 1))
    assert _abstains(federation, tmp_path, chosen=SLICES).of(SliceLeaked)


def test_a_single_slice_that_got_out_is_not_signed_on_in_later_rounds(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.contract.disclose(1, digest_of(verification()), STRANGER.address)
    federation.contract.void()
    federation.submit_weights(weights(0, 1))
    assert _abstains(federation, tmp_path).of(SliceLeaked)


def test_what_is_told_after_the_round_closed_hinders_nothing(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES)
    federation.submit_weights(weights(0, 1))
    federation.chain.timestamp += 1
    federation.contract.disclose(1, digest_of(SLICES[0]), STRANGER.address)
    assert make_juror(federation, tmp_path, chosen=SLICES).cycle() is Step.PROGRESS


def test_what_somebody_makes_up_hinders_nothing(tmp_path: Path) -> None:
    federation = SlicedFederation(tmp_path, SLICES)
    federation.contract.disclose(1, Digest(b"\1" * 32), STRANGER.address)
    federation.contract.disclose(1, digest_of(SLICES[1]), STRANGER.address)  # another round's
    federation.chain.timestamp += 1
    federation.submit_weights(weights(0, 1))
    assert make_juror(federation, tmp_path, chosen=SLICES).cycle() is Step.PROGRESS


# --- rosters ---


def _refused(federation: FakeFederation, directory: Path) -> str:
    (refused,) = _abstains(federation, directory).events
    assert isinstance(refused, RosterRefused)
    return refused.reason


def test_a_roster_whose_file_has_another_root_is_refused(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    other = federation.store.add(Roster.of([CLIENTS[3].address]).to_bytes())
    federation.change(RosterSet, digest=other)
    federation.submit_weights(weights(0, 1))
    assert "has the root 0x" in _refused(federation, tmp_path)


def test_a_roster_whose_file_has_fewer_members_is_refused(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.change(RosterSet, size=2)
    federation.submit_weights(weights(0, 1))
    federation.contract.close()
    assert "has 1 member, the chain says 2" in _refused(federation, tmp_path)


def test_a_roster_whose_file_has_more_members_is_refused(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    longer = Roster.of(client.address for client in CLIENTS)
    federation.change(RosterSet, digest=federation.store.add(longer.to_bytes()))
    federation.submit_weights(weights(0, 1))
    assert "has more than the 1 member that the chain says" in _refused(federation, tmp_path)


def test_a_roster_whose_file_is_none_is_refused(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.change(RosterSet, digest=federation.store.add(b"no roster"))
    federation.submit_weights(weights(0, 1))
    assert "9 bytes are no list of addresses" in _refused(federation, tmp_path)


def test_a_roster_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    path = federation.store.path / Digest.of(federation.roster.to_bytes()).cid
    there = path.read_bytes()
    path.unlink()
    federation.submit_weights(weights(0, 1))
    juror = make_juror(federation, tmp_path)
    with pytest.raises(StoreUnavailable, match="roster 1"):
        juror.cycle()
    path.write_bytes(there)
    assert juror.cycle() is Step.PROGRESS


def test_a_roster_is_read_once_a_version(tmp_path: Path) -> None:
    federation, asked = FakeFederation(tmp_path, clients=1), list[Digest]()
    fetch = federation.store.fetch

    def counted(digest: Digest, max_bytes: int, timeout: float) -> bytes:
        asked.append(digest)
        return fetch(digest, max_bytes, timeout)

    federation.store.fetch = counted  # type: ignore[method-assign]
    juror = make_juror(federation, tmp_path)
    first = Digest.of(federation.roster.to_bytes())
    for update in (weights(0), weights(0, 1, scale=4)):
        federation.submit_weights(update)
        juror.cycle()
    assert asked.count(first) == 1
    roster = Roster.of([CLIENTS[0].address, STRANGER.address])
    second = federation.store.add(roster.to_bytes())
    federation.contract.set_roster_of(roster, second)
    federation.contract.void()
    federation.submit_weights(weights(0, 1, 2, scale=16))
    federation.contract.close()
    assert juror.cycle() is Step.PROGRESS
    assert asked.count(second) == 1
