"""A trial without a chain and the same trial live: the same models, byte for byte."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.cli.demo.options import Site
from fedjury.cli.experiment.live import run_live
from fedjury.cli.experiment.results import RoundRow
from fedjury.cli.experiment.setting import prepare
from fedjury.cli.experiment.simulation import simulate
from tests.helpers.experiments import digits, small


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
    trial = small(**changes)
    simulated = simulate(prepare(trial, digits()))
    site = Site("embedded", "embedded", None, None, tmp_path / "live")
    live = run_live(prepare(trial, digits()), site, lambda number, row: None)
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
    trial = small(rounds=2)
    site = Site("embedded", "embedded", None, None, tmp_path / "live")

    def fail(number: int, row: RoundRow) -> None:
        raise RuntimeError("the machine went down")

    with pytest.raises(RuntimeError, match="went down"):
        run_live(prepare(trial, digits()), site, fail)
    assert list(site.directory.iterdir())
    again = run_live(prepare(trial, digits()), site, lambda number, row: None)
    assert again.rounds == simulate(prepare(trial, digits())).rounds
    assert again.chain["audit"] == {"passed": True, "full": True}
