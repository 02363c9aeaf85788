"""Processes under switches, some side by side."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.equality.switches import SWITCHES, Switch
from tests.support.equality.work import Results, Work

_ROOT = Path(__file__).parents[3]
_SIDE_BY_SIDE = 2
_PATIENCE_SECONDS = 600
# Of this process's environment nothing that any switch sets may remain.
_SWITCHED = frozenset(name for switch in SWITCHES for name in switch.environment)


def run_all(switches: Iterable[Switch], work: Work, directory: Path) -> Mapping[str, Results]:
    """Do the work in a process under each switch.

    Args:
        switches: to throw, each by itself.
        work: to do.
        directory: for a file with the work.

    Returns:
        What was found, by the switch's name.

    Raises:
        RuntimeError: a process failed; with what it said.
    """
    path = directory / "work"
    path.write_bytes(pickle.dumps(work))
    chosen = list(switches)
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        found = pool.map(lambda switch: _run(switch, path), chosen)
        return {switch.name: each for switch, each in zip(chosen, found, strict=True)}


def environment_of(switch: Switch) -> dict[str, str]:
    """The environment of a process under a switch, whose threads it has as well."""
    kept = {name: value for name, value in os.environ.items() if name not in _SWITCHED}
    return {
        **kept,
        "PYTHONPATH": str(_ROOT),
        "OMP_NUM_THREADS": str(switch.threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait would keep the other process waiting
        **switch.environment,
    }


def _run(switch: Switch, path: Path) -> Results:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.equality.worker", switch.name, str(path)],
        cwd=_ROOT,
        env=environment_of(switch),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{switch.name}: {done.returncode} {done.stderr}")
    found: Results = json.loads(done.stdout)
    return found
