"""Where a task stands."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import Phase
from fedjury.chain.rpc.logs import Care
from fedjury.errors import ConfigError, LogsMissing, SpecError
from fedjury.protocol.juries import jury_hash, sorted_jurors
from fedjury.protocol.report import NO_ACCURACY, Report
from fedjury.protocol.roster import Roster
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.store import open_store
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.status import read_status
from tests.support.fake_federation import (
    JUROR,
    NO_DIGEST,
    OTHER_JUROR,
    OTHER_RELAYER,
    RELAYER,
    STRANGER,
    TASK_ADDRESS,
    FakeContract,
    FakeFederation,
    weights,
)


class _Contract(FakeContract):
    """The books, with the view that only a status asks for."""

    def owner(self, at: object = None) -> str:
        return STRANGER.address


class Bench:
    """A task in its third round: one report, one round voided."""

    def __init__(self, directory: Path, accuracy: int = 934) -> None:
        self.federation = FakeFederation(directory)
        self.store = partial(open_store, f"dir:{directory / 'store'}")
        self.federation.submit_weights(weights(0))
        contract = self.federation.contract
        state = contract.current_round()
        report = Report(1, 1, state.updates_hash, 0, accuracy, NO_DIGEST, NO_DIGEST, bytes(32))
        contract.finalize(report, pack([VerdictCode.ACCEPTED]), b"")
        contract.void()
        self.federation.submit_weights(weights(0), weights(1))

    @property
    def task(self) -> TaskOnChain:
        """The task as the chain alone tells of it."""
        contract = cast(FederatedTask, _Contract(**vars(self.federation.contract)))
        return TaskOnChain(contract, self.federation.contract.settings, 0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_chain_and_spec_tell_where_a_task_stands(bench: Bench) -> None:
    found = read_status(bench.task, bench.store)
    assert found.phase is Phase.OPEN
    assert found.spec == bench.federation.spec
    assert found.to_json() == {
        "task": f"eip155:1337:{TASK_ADDRESS.lower()}",
        "block": bench.federation.chain.height,
        "phase": "open",
        "coordinator": STRANGER.address,
        "round": 3,
        "rounds": 0,
        "submitted": 2,
        "alone": 2,
        "batched": 0,
        "min_updates": 1,
        "max_updates": 3,
        "deadline": bench.federation.contract.deadline,
        "batch_seconds": 60,
        "batches_until": bench.federation.contract.deadline - 40,
        "batch_room": 3,
        "relayers": [],
        "voidable_from": bench.federation.contract.deadline + 100,
        "anybody_voids_from": None,
        "availability_seconds": 25,
        "grace_seconds": 100,
        "notice_seconds": 86_400,
        "roster": {"version": 1, "size": 3, "root": "0x" + bench.federation.roster.root.hex()},
        "next_roster": None,
        "jury": {
            "version": 1,
            "hash": "0x" + jury_hash([JUROR.address], 1).hex(),
            "size": 1,
            "quorum": 1,
            "jurors": [JUROR.address],
        },
        "next_jury": None,
        "model": NO_DIGEST.cid,
        "judged": True,
        "accuracy": 0.934,
        "slices_told": [],
        "name": "tiny",
        "rule": "paper",
        "rule_parameters": {},
        "lambda": 0.5,
        "verification_samples": [6],
        "disclosed": False,
    }


def test_a_roster_and_a_jury_to_come_are_told(bench: Bench) -> None:
    contract = bench.federation.contract
    roster = Roster.of([STRANGER.address])
    contract.set_roster_of(roster, NO_DIGEST)
    contract.announce([JUROR, OTHER_JUROR], 2)
    found = read_status(bench.task, None).to_json()
    hash = jury_hash(sorted_jurors([JUROR.address, OTHER_JUROR.address]), 2)
    assert found["next_roster"] == {"version": 2, "size": 1, "root": "0x" + roster.root.hex()}
    assert found["next_jury"] == {
        "version": 2,
        "hash": "0x" + hash.hex(),
        "size": 2,
        "quorum": 2,
        "jurors": sorted_jurors([JUROR.address, OTHER_JUROR.address]),
        "enters_from": bench.federation.chain.timestamp + 86_400,
    }


def test_batches_and_relayers_are_told(bench: Bench) -> None:
    contract = bench.federation.contract
    for relayer, allowed in [(RELAYER, True), (OTHER_RELAYER, True), (RELAYER, False)]:
        contract.set_relayer_to(relayer.address, allowed)
    contract.batch(OTHER_RELAYER.address, 2, NO_DIGEST)
    found = read_status(bench.task, None).to_json()
    assert found["relayers"] == [OTHER_RELAYER.address]
    told = (found["submitted"], found["alone"], found["batched"], found["batch_room"])
    assert told == (4, 2, 2, 1)


def test_a_closed_round_takes_no_batches(bench: Bench) -> None:
    bench.federation.contract.close()
    found = read_status(bench.task, None).to_json()
    assert (found["phase"], found["batches_until"], found["batch_room"]) == ("closed", None, None)


def test_an_accuracy_that_is_not_published_is_none(tmp_path: Path) -> None:
    found = read_status(Bench(tmp_path, NO_ACCURACY).task, None)
    assert (found.is_judged, found.accuracy) == (True, None)


def test_slices_of_which_somebody_says_where_they_are_are_told(bench: Bench) -> None:
    for number in (2, 1, 2):
        bench.federation.contract.disclose(number, NO_DIGEST, STRANGER.address)
    assert read_status(bench.task, None).disclosed == (1, 2)


@pytest.mark.parametrize("place", [None, "dir:{}/empty", "dir:{}/store/file"])
def test_without_a_store_or_the_spec_in_it_the_rest_is_told(
    bench: Bench, tmp_path: Path, place: str | None
) -> None:
    (tmp_path / "store" / "file").touch()  # where no directory can be
    found = read_status(bench.task, partial(open_store, place.format(tmp_path)) if place else None)
    missing = dict.fromkeys(
        ("name", "rule", "rule_parameters", "lambda", "verification_samples", "disclosed")
    )
    assert found.spec is None
    assert found.to_json() == {
        **read_status(bench.task, bench.store).to_json(),
        **missing,
    }


def test_before_any_report_nothing_is_known_of_the_model(tmp_path: Path) -> None:
    contract = cast(FederatedTask, _Contract(**vars(FakeFederation(tmp_path).contract)))
    task = TaskOnChain(contract, FakeFederation(tmp_path).contract.settings, 0)
    found = read_status(task, None)
    assert (found.is_judged, found.accuracy) == (False, None)


def test_a_report_that_the_node_leaves_out_is_looked_for(bench: Bench) -> None:
    contract = bench.federation.contract
    contract.withheld = [event for event in contract.events if isinstance(event, RoundFinalized)]
    with pytest.raises(LogsMissing, match="not tell all of round 1"):
        read_status(bench.task, None)
    contract.told_from = Care.HALVING
    assert read_status(bench.task, None).accuracy == 934


@pytest.mark.parametrize("store", ["https://", "node:5001", "dir:", "/ip4/nowhere/tcp/1"])
def test_a_malformed_store_is_a_config_error(bench: Bench, store: str) -> None:
    with pytest.raises(ConfigError):
        read_status(bench.task, partial(open_store, store))


def test_an_invalid_spec_is_a_spec_error(bench: Bench) -> None:
    digest = bench.federation.store.add(b"{}")
    task = replace(bench.task, config=replace(bench.task.config, spec_digest=digest))
    with pytest.raises(SpecError, match="not valid"):
        read_status(task, bench.store)
