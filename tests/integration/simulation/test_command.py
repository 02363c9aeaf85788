"""`fedjury experiment` as users run it: interrupted, gone on with, live."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fedjury.errors import ExitCode
from tests.support.commands import command, succeed
from tests.support.processes import environment
from tests.support.scenarios import write_plan
from tests.support.waiting import PATIENCE_SECONDS, until

PLAN = """
name = "it"
[federation]
data = "digits"
clients = 3
rounds = 2
adversaries = 0.34
seed = [1, 2, 3, 4]
training = { epochs = 1 }
"""


def test_it_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    path = write_plan(tmp_path, PLAN)
    arguments = ["experiment", path, "--jobs", 1, "--out", tmp_path / "out", "--set", "rounds=20"]
    running = subprocess.Popen(
        [sys.executable, "-m", "fedjury", *map(str, arguments)],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    kept = tmp_path / "out" / "it"
    until(lambda: list(kept.glob("*.json")) or running.poll() is not None)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == ExitCode.INTERRUPTED, said
    assert "Traceback" not in said
    before = {each: each.stat().st_mtime_ns for each in kept.glob("*.json")}
    assert 1 <= len(before) < 4
    assert not list(kept.glob("*.part"))
    done = succeed(*arguments)
    assert f"{len(before)} of 4 scenarios done before" in done.out
    assert "[1/" in done.out
    after = {each: each.stat().st_mtime_ns for each in kept.glob("*.json")}
    assert len(after) == 4
    assert all(after[each] == stamp for each, stamp in before.items())
    assert (tmp_path / "out" / "it.png").exists()


def test_live_results_lie_beside_the_others_and_agree(tmp_path: Path) -> None:
    path = write_plan(tmp_path, PLAN)
    shared = ["experiment", path, "--out", tmp_path / "out", "--set", "seed=1", "--no-plot"]
    simulated = succeed(*shared, "--json").document["runs"]
    live = succeed(*shared, "--json", "--chain", "embedded").document["runs"]
    assert live[0].pop("chain")["audit"]["passed"] is True
    for run in (live[0], simulated[0]):
        del run["seconds"]
    assert live == simulated
    for name in ("it", "it-live"):
        document = json.loads((tmp_path / "out" / f"{name}.json").read_text())
        assert len(document["runs"]) == 1


def test_a_wrong_setting_is_a_sentence(tmp_path: Path) -> None:
    out = tmp_path / "out"
    plan = write_plan(tmp_path, PLAN)
    done = command("experiment", plan, "--out", out, "--set", "rule=none")
    assert done.code == ExitCode.CONFIG
    assert done.err.startswith("error: rule: unknown rule 'none'")
    assert not out.exists()


def test_a_change_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    done = command("experiment", write_plan(tmp_path, PLAN), "--set", "digits")
    assert done.code == ExitCode.CONFIG
    assert done.err == (
        "error: --set: a change is written key=value, as data=digits, not 'digits'\n"
    )


def test_without_matplotlib_it_says_how_to_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = tmp_path / "out"
    plan = write_plan(tmp_path, PLAN)
    done = command("experiment", plan, "--out", out)
    assert done.code == ExitCode.CONFIG
    assert done.err == (
        "error: plots need matplotlib: pip install 'fedjury[demo]', or say --no-plot\n"
    )
    assert not out.exists()
    succeed("experiment", plan, "--out", out, "--dry-run")
