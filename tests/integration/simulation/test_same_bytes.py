"""A scenario without a chain and the same scenario live: the same models, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedjury.clients.events import UpdateSubmitted
from fedjury.simulation.live.environment import Environment
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.simulation.results import ScenarioResult
from fedjury.simulation.run import OnRound, run_scenario, run_scenario_live
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
    ],
    ids=lambda changes: f"{changes['rule']}-{changes['attack']}",
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
