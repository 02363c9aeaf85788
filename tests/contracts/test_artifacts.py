"""What Brownie tests is what the package ships."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from brownie import FederatedTask, TaskFactory

ROOT = Path(__file__).resolve().parents[2]
# The CBOR metadata at the end of each contract: a hash of its sources and settings.
METADATA = 53

each_contract = pytest.mark.parametrize(
    "contract", [FederatedTask, TaskFactory], ids=lambda contract: contract._name
)


def shipped(name):
    return json.loads((ROOT / "fedjury" / "artifacts" / f"{name}.json").read_text("utf-8"))


def test_the_shipped_artifacts_are_what_the_sources_compile_to():
    command = [sys.executable, str(ROOT / "scripts" / "compile_contracts.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@each_contract
def test_brownie_compiles_the_same_code(contract):
    ours = shipped(contract._name)["deployedBytecode"]
    theirs = contract._build["deployedBytecode"]

    assert theirs.removeprefix("0x")[: -2 * METADATA] == ours[2 : -2 * METADATA]


@each_contract
def test_the_shipped_abi_is_the_tested_one(contract):
    # Brownie names the constructor, which the compiler does not.
    tested = [entry for entry in contract.abi if entry["type"] != "constructor"]
    ours = [entry for entry in shipped(contract._name)["abi"] if entry["type"] != "constructor"]

    assert ours == tested
