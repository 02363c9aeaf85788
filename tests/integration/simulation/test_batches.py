"""The measurement of batches, with a small round."""

import json

import pytest

from experiments.batches.tables import GROWTH
from experiments.measure_batches import main

UPDATES, ROSTER = 30, 200
PROCESSES = ["coordinator", "clients", "hand-over", "relay", "juror", "light-audit", "full-audit"]


def test_a_round_goes_from_keys_to_audits_and_is_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--updates", str(UPDATES), "--roster", str(ROSTER), "--json"]) == 0
    (measured,) = json.loads(capsys.readouterr().out)["rounds"]
    assert (measured["updates"], measured["accepted"]) == (UPDATES, 27)  # one of ten poisons
    assert [each["process"] for each in measured["processes"]] == [*PROCESSES, "Anvil"]
    assert all(each["peak"] > 2**20 for each in measured["processes"])
    steps = {step["name"] for each in measured["processes"] for step in each["steps"]}
    assert steps == GROWTH.keys()
    assert measured["bytes"]["roster"] == 20 * ROSTER
    assert measured["bytes"]["batches"] == 12 + 117 * UPDATES
    assert measured["gas"]["batches"] < 50_000
