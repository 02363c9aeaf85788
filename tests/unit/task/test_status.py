"""Where a task stands."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import Phase
from fedjury.chain.rpc.logs import Care
from fedjury.errors import ConfigError, LogsMissing, SpecError
from fedjury.protocol.report import Report
from fedjury.protocol.verdicts import Verdict, VerdictCode, pack
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.status import read_status
from tests.support.fake_federation import (
    NO_DIGEST,
    STRANGER,
    TASK_ADDRESS,
    FakeContract,
    FakeFederation,
    weights,
)


class _Contract(FakeContract):
    """The books, with the two views that only a status asks for."""

    def owner(self, at: object = None) -> str:
        return STRANGER.address

    def client_count(self, at: object = None) -> int:
        return 3


class Bench:
    """A task in its third round: one report, one round voided."""

    def __init__(self, directory: Path) -> None:
        self.federation = FakeFederation(directory)
        self.store = f"dir:{directory / 'store'}"
        verdicts = pack([Verdict(VerdictCode.ACCEPTED, 5)])
        self.federation.submit_weights(weights(0))
        self.federation.contract.finalize(Report(1, 1, bytes(32), 0, 5, NO_DIGEST), verdicts, b"")
        self.federation.contract.void()
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
        "paused": False,
        "coordinator": STRANGER.address,
        "round": 3,
        "rounds": 0,
        "submitted": 2,
        "min_updates": 1,
        "max_updates": 3,
        "deadline": bench.federation.contract.deadline,
        "jury": {"version": 1, "size": 1, "quorum": 1},
        "clients": 3,
        "model": NO_DIGEST.cid,
        "model_correct": 5,
        "name": "tiny",
        "rule": "paper",
        "lambda": 0.5,
        "verification_samples": 6,
    }


@pytest.mark.parametrize("place", [None, "dir:{}/empty", "dir:{}/store/file"])
def test_without_a_store_or_the_spec_in_it_the_rest_is_told(
    bench: Bench, tmp_path: Path, place: str | None
) -> None:
    (tmp_path / "store" / "file").touch()  # where no directory can be
    found = read_status(bench.task, place and place.format(tmp_path))
    missing = dict.fromkeys(("name", "rule", "lambda", "verification_samples"))
    assert found.spec is None
    assert found.to_json() == {**read_status(bench.task, bench.store).to_json(), **missing}


def test_before_any_report_nothing_is_known_of_the_model(tmp_path: Path) -> None:
    contract = cast(FederatedTask, _Contract(**vars(FakeFederation(tmp_path).contract)))
    task = TaskOnChain(contract, FakeFederation(tmp_path).contract.settings, 0)
    assert read_status(task, None).model_correct is None


def test_a_report_that_the_node_leaves_out_is_looked_for(bench: Bench) -> None:
    contract = bench.federation.contract
    contract.withheld = [event for event in contract.events if isinstance(event, RoundFinalized)]
    with pytest.raises(LogsMissing, match="not tell all of round 1"):
        read_status(bench.task, None)
    contract.told_from = Care.HALVING
    assert read_status(bench.task, None).model_correct == 5


@pytest.mark.parametrize("store", ["https://", "node:5001", "dir:", "/ip4/nowhere/tcp/1"])
def test_a_malformed_store_is_a_config_error(bench: Bench, store: str) -> None:
    with pytest.raises(ConfigError):
        read_status(bench.task, store)


def test_an_invalid_spec_is_a_spec_error(bench: Bench) -> None:
    digest = bench.federation.store.add(b"{}")
    task = replace(bench.task, config=replace(bench.task.config, spec_digest=digest))
    with pytest.raises(SpecError, match="not valid"):
        read_status(task, bench.store)
