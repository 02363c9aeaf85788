"""A scenario without a chain and the same scenario live: the same models, verdicts and records,
byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.contracts.types import JuryState, RoundState
from fedjury.chain.rpc import json_rpc
from fedjury.clients.events import UpdateSubmitted
from fedjury.oracle.recording import Findings, Held, RoundFacts, told_accuracy, write_record
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.events import ignore
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.live.environment import Environment
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.live.round_updates import read_updates
from fedjury.simulation.live.run import run_live
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.simulation.results import ScenarioResult
from fedjury.simulation.run import OnRound, run_scenario, run_scenario_live
from fedjury.task.history import RoundHistory
from tests.support.recorder import Recorder
from tests.support.scenarios import digits, small


def simulate(prepared: PreparedScenario) -> ScenarioResult:
    """Run it without a chain."""
    return run_scenario(prepared, lambda number: None)


def run_embedded(
    prepared: PreparedScenario, directory: Path, on_round: OnRound = lambda number: None
) -> ScenarioResult:
    """Run it on an embedded chain."""
    return run_scenario_live(prepared, Environment("embedded", "embedded"), directory, on_round)


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "paper", "attack": "static-label"},
        {"rule": "loss", "attack": "adaptive", "partition": "dirichlet:0.5"},
        {"rule": "selection", "attack": "label-flip", "membership": "fixed"},
        {"rule": "fedavg", "attack": "backdoor", "absent": True},
        {"rule": "paper", "attack": "copy", "relay": True},
        {"rule": "paper", "attack": "copy", "jurors": 4},
        {"rule": "fedavg", "attack": "alie", "absent": True, "relay": True},
    ],
    ids=lambda changes: "-".join(str(each) for each in changes.values()),
)
def test_simulated_and_live_are_the_same(tmp_path: Path, changes: dict[str, Any]) -> None:
    scenario = small(**changes)
    simulated = simulate(prepare(scenario, digits()))
    live = run_embedded(prepare(scenario, digits()), tmp_path / "live")
    assert live.rounds == simulated.rounds
    assert len({row.model for row in live.rounds}) > 1
    assert live.chain["audit"] == {"passed": True, "full": True}
    assert live.seconds.training > 0
    assert live.seconds.judging > 0
    kept, other = live.to_json(), simulated.to_json()
    assert kept.pop("chain")["gas"]["total"] > 0
    del kept["seconds"], other["seconds"]
    assert kept == other


def facts_of(federation: Federation, history: RoundHistory) -> tuple[RoundFacts, RoundFinalized]:
    """What the chain says of a finalized round."""
    task = federation.task
    end, jury = history.finalized, history.jury
    assert end is not None
    state = RoundState(
        number=history.number,
        submitted=history.size,
        batched=sum(batch.count for batch in history.batches),
        deadline=history.opened.deadline,
        roster_version=history.roster.version,
        jury_version=jury.version,
        updates_hash=end.updates_hash,
        model_digest=history.opened.model_digest,
    )
    sitting = JuryState(jury.version, jury.jury, len(jury.jurors), jury.quorum)
    chain_id, address = task.chain.chain_id, task.contract.address
    return RoundFacts(chain_id, address, state, history.roster, sitting, history.submissions), end


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": {"name": "paper", "parameters": {"z": 1.0}}, "attack": "copy"},
        {"rule": "selection", "verification_slices": "each-round"},
        {"rule": "paper", "absent": True, "verification_slices": "each-round"},
        {"rule": "paper", "attack": "copy", "relay": True},
    ],
    ids=["copies", "a-slice-a-round", "a-roster-a-round", "a-batch-a-round"],
)
def test_verdicts_and_records_on_chain_are_those_that_a_simulation_writes(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Accounts, and so the updates' files, differ from run to run: of them the chain is asked."""
    scenario = small(**changes)
    prepared = prepare(scenario, digits())
    simulated, spec = list(run_in_process(prepared)), prepared.task.spec
    seen = []

    def compare(federation: Federation, live: RoundOutcome) -> None:
        history = federation.task.read_round(live.number, federation.task.chain.block().number)
        facts, end = facts_of(federation, history)
        assert bool(history.batches) is scenario.relay
        ask = federation.task.chain.request
        balances = [
            json_rpc.quantity(ask("eth_getBalance", each, "latest"), "a balance")
            for each in federation.addresses
        ]
        assert max(balances) == 0 or not scenario.relay
        mine = simulated[live.number - 1]
        updates = read_updates(federation.task, history)
        order = [federation.addresses.index(update.client) for update in updates.known]
        assert order == list(mine.verdicts) == list(live.verdicts)
        assert pack(verdict.code for verdict in mine.verdicts.values()) == end.verdicts
        assert mine.grounds == live.grounds
        record = write_record(
            facts,
            spec.verification,
            attempt=0,
            haves={
                federation.deployed.deployment.jurors[0]: Held(
                    [True] * len(updates.batches), [True] * len(order)
                )
            },
            updates=updates,
            found=Findings(
                list(mine.verdicts.values()),
                list(mine.grounds.values()),
                mine.baseline_correct,
                mine.model_correct,
            ),
        )
        assert Digest.of(record.to_bytes()) == end.record_digest
        assert mine.digest == end.model_digest
        samples = len(prepared.slices[0])
        assert told_accuracy(spec.verification, mine.model_correct, samples) == end.accuracy
        assert Digest.of(spec.to_bytes()) == federation.task.config.spec_digest
        seen.append((record.slice, record.roster.version, record.correct, end.verdicts))

    again = prepare(scenario, digits())
    where = Environment("embedded", "embedded")
    end = run_live(again, where, tmp_path / "it", compare, ignore)
    assert (end.audit.passed, end.audit.derived) == (True, 3)
    assert (end.gas["set_rosters"] > 0) is scenario.exclude_adversaries
    assert end.gas["disclose_slices"] > 0
    slices, rosters, counts, verdicts = zip(*seen, strict=True)
    own = scenario.verification_slices == "each-round"
    assert slices == ((1, 2, 3) if own else (1, 1, 1))
    assert (rosters[-1] > 1) is scenario.exclude_adversaries
    assert (None in counts) is not own
    copied = any(VerdictCode.DUPLICATE in packed for packed in verdicts)
    assert copied is (scenario.attack.name == "copy")


def test_a_live_run_that_failed_can_be_run_again(tmp_path: Path) -> None:
    scenario, directory = small(rounds=2), tmp_path / "live"

    def fail(number: int) -> None:
        raise RuntimeError("the machine went down")

    with pytest.raises(RuntimeError, match="went down"):
        run_embedded(prepare(scenario, digits()), directory, fail)
    assert list(directory.iterdir())
    again = run_embedded(prepare(scenario, digits()), directory)
    assert again.rounds == simulate(prepare(scenario, digits())).rounds
    assert again.chain["audit"] == {"passed": True, "full": True}


def test_a_live_run_elsewhere_loses_no_keys_and_tells_no_secrets(
    tmp_path: Path, ganache: str
) -> None:
    """An attempt fails, the next one takes its place: whoever got ether can still spend it."""
    scenario, directory = small(rounds=1), tmp_path / "live"
    where = Environment(ganache.replace("://", "://user:secret@") + "/?key=token", "embedded")

    def fail(number: int) -> None:
        raise RuntimeError("the machine went down")

    with pytest.raises(RuntimeError, match="went down"):
        run_scenario_live(prepare(scenario, digits()), where, directory, fail)
    keys = {each.name: each.read_bytes() for each in (directory / "keys").iterdir()}
    assert len([name for name in keys if name.startswith("0x")]) == 5
    told = Recorder()
    again = run_scenario_live(
        prepare(scenario, digits()), where, directory, lambda number: None, told
    )
    assert {each.name: each.read_bytes() for each in (tmp_path / "live-keys-1").iterdir()} == keys
    assert (again.chain["chain"], again.chain["store"]) == (ganache, "embedded")
    for words in (json.dumps(again.to_json()), *(str(event) for event in told.events)):
        assert "secret" not in words
        assert "token" not in words
    assert len(told.of(UpdateSubmitted)) == 4
