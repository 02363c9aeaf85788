"""One process of the measurement: what the commands do, with a stopwatch.

python -m experiments.batches.role ROLE DIRECTORY

The roles are `coordinator`, `clients`, `hand-over URL`, `juror`, `light-audit` and `full-audit`.
Prints its steps as JSON. The directory holds what `Room` says.
"""

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from experiments.batches.process import Process
from experiments.batches.settings import Room

# each in its module, so that no process holds what only others need
_PROGRAMS = {
    "coordinator": "preparing:coordinator",
    "clients": "preparing:clients",
    "hand-over": "handing:hand_all",
    "juror": "judging:juror",
    "light-audit": "judging:audit",
    "full-audit": "judging:audit",
}


def main() -> None:
    """Run from the command line."""
    role, directory, *arguments = sys.argv[1:]
    module, name = _PROGRAMS[role].split(":")
    process = Process(role, Room(Path(directory)))
    program = getattr(import_module(f"experiments.batches.{module}"), name)
    program(process, *arguments)
    print(json.dumps(asdict(process.watch.stop())))


if __name__ == "__main__":
    main()
