"""The intrusion-detection example as its README runs it, on made-up connections."""

import json
from contextlib import ExitStack
from pathlib import Path

import nsl_kdd
import pytest

from tests.support.commands import succeed
from tests.support.connections import write_benchmark
from tests.support.keys import CLIENTS, Keys
from tests.support.processes import Daemon

EXAMPLE = Path(nsl_kdd.__file__).parent
ROUNDS = 2
SMALL = (
    *("rule=paper", "partition=iid", "lambda=0.5", "seed=1", "clients=3"),
    *(f"rounds={ROUNDS}", "adversaries=0.34", "attack=static-label", "data=nsl_kdd:load"),
    'training={"epochs": 5, "learning_rate": 0.01}',
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of made-up files; commands run in the example's folder."""
    monkeypatch.chdir(EXAMPLE)
    return write_benchmark(tmp_path / "data", train=600, test=200)


def test_its_experiment_gives_the_same_on_a_chain_and_passes_the_audit(
    data: Path, tmp_path: Path
) -> None:
    changes = [word for change in SMALL for word in ("--set", change)]
    shared = ["experiment", "intrusion_detection.toml", "--data-dir", data, "--no-plot", "--json"]
    options = [*changes, "--out", tmp_path / "out", "--jobs", 1]
    (simulated,) = succeed(*shared, *options).document["runs"]
    (live,) = succeed(*shared, *options, "--chain", "embedded").document["runs"]
    assert live.pop("chain")["audit"] == {"passed": True, "full": True}
    for run in (live, simulated):
        del run["seconds"]
    assert live == simulated
    assert simulated["verification_samples"] == simulated["held_out_samples"] == 100
    accepted = simulated["verdicts"][0].replace("+", ".").replace("-", "x")
    assert accepted == simulated["adversaries"][0]  # the honest ones, in the first round
    assert simulated["totals"]["poisoned_accepted"] == 0
    assert simulated["totals"]["accuracy"] == 1.0  # the made-up classes are easily told apart


def test_its_task_is_deployed_trained_judged_and_audited(
    ganache: str, data: Path, tmp_path: Path
) -> None:
    keys, store = Keys(tmp_path), f"dir:{tmp_path / 'store'}"
    files = ["--data-dir", data]
    slices = keys.slices(tmp_path, "nsl_kdd:load", data, seed=1)
    task = ["--data", "nsl_kdd:load", *files, "--rounds", ROUNDS]
    arguments = {"inputs": nsl_kdd.INPUTS, "hidden": 16, "outputs": len(nsl_kdd.CLASSES)}
    model = ["--model-arguments", json.dumps(arguments)]
    succeed(*keys.deploy(tmp_path, ganache, store, *task, *model))
    where = ["--deployment", tmp_path / "deployment.json"]
    with ExitStack() as stack:
        daemons = [
            stack.enter_context(
                Daemon(
                    *(kind, *keys.options(account), *where, "--poll", 0.1, *options),
                    log=tmp_path / f"{kind}-{account}.log",
                )
            )
            for kind, account, options in (
                ("oracle", 1, ["--verification", slices]),
                *(("client", 2 + index, files) for index in range(CLIENTS)),
            )
        ]
        for daemon in daemons:
            daemon.until("task-finished")
            daemon.finish()
    assert succeed("audit", *where, "--json").document["passed"] is True
    with_samples = ["--verification", slices]
    assert succeed("audit", *where, *with_samples, "--json").document["passed"] is True
