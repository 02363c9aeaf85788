"""Rounds judged under one switch, audited in full under another."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.equality.federation import VERIFICATION
from tests.support.equality.machine import this_machine
from tests.support.equality.runs import environment_of
from tests.support.equality.switches import SWITCHES, Switch

BY_NAME = {switch.name: switch for switch in SWITCHES}
JUROR = Switch(
    "another machine",
    {
        "MKL_CBWR": "COMPATIBLE",
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
    },
    threads=2,
)
AUDITORS = [BY_NAME[name] for name in ("default", "MKL AVX2", "torch AVX2", "oneDNN AVX2")]


def run(switch: Switch, *arguments: object) -> Mapping[str, object]:
    """Run a Python module under a switch; what it says last, as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        env=environment_of(switch),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    said: Mapping[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.parametrize("rule", ["paper", "selection"])
def test_a_full_audit_under_other_switches_passes(anvil: str, tmp_path: Path, rule: str) -> None:
    juror = JUROR if this_machine().vectors in ("AVX2", "AVX512") else BY_NAME["default"]
    judged = run(juror, "tests.support.equality.federation", anvil, tmp_path, rule)
    assert "accepted" in str(judged["labels"])
    for auditor in AUDITORS:
        audited = run(
            auditor,
            *("fedjury", "audit", "--json", "--task", judged["task"], "--rpc", anvil),
            *("--store", f"dir:{tmp_path / 'store'}"),
            *("--verification", tmp_path / VERIFICATION),
        )
        assert (audited["full"], audited["passed"]) == (True, True), audited
