"""One federation with a large model, each of its processes after the other."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.judging_benchmark.progress import Watch
from experiments.large_models.results import Measured
from experiments.large_models.settings import Settings, load_created, save
from experiments.large_models.stages import Stage
from fedjury.devnet import down, up
from fedjury.errors import FedjuryError

REPOSITORY = Path(__file__).parents[2]
IPFS, DIRECTORY = "ipfs", "directory"
JUDGED, TRAINED = 100, 256  # samples of the jury, and of each client
_ROLE = "experiments.large_models.role"
# Else glibc keeps what is freed of tensors of up to 32 MB, and it seems to be still in use.
_GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}


def roles(clients: int) -> list[str]:
    """The processes, in the order in which they run."""
    numbered = [f"client-{number}" for number in range(1, clients + 1)]
    return ["coordinator", *numbered, "juror", "audit", "full-audit"]


def measure(megabytes: int, clients: int, store: str, directory: Path, watch: Watch) -> Measured:
    """Run one round on a devnet.

    Args:
        megabytes: of the model.
        clients: how many.
        store: `IPFS`, or `DIRECTORY` for one on the disk.
        directory: for all files; its own.
        watch: is told what is done.

    Raises:
        FedjuryError: the devnet does not start, or a process fails.
    """
    wanted = roles(clients)
    watch.part(f"{megabytes} MB", len(wanted))
    devnet = up(directory / "devnet", accounts=clients + 2, chain="anvil")
    try:
        location = devnet.ipfs.url if store == IPFS else f"dir:{directory / 'store'}"
        save(Settings(megabytes, clients, JUDGED, TRAINED, devnet.chain.url, location), directory)
        stages = list[Stage]()
        for role in wanted:
            found = _run(role, directory)
            stages += found
            watch.say(f"{megabytes} MB, {role}: {sum(each.seconds for each in found):.1f} s")
            watch.turn_over()
        kind = f"files on {devnet.ipfs.kind}" if store == IPFS else "files in a directory"
        return Measured(megabytes, load_created(directory).bytes, kind, clients, stages)
    finally:
        down(directory / "devnet")


def _run(role: str, directory: Path) -> Sequence[Stage]:
    paths = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    ended = subprocess.run(
        [sys.executable, "-m", _ROLE, role, str(directory)],
        env={**os.environ, **_GIVE_BACK, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise FedjuryError(f"the process {role} failed: {ended.stderr}")
    return [Stage(**each) for each in json.loads(ended.stdout)]
