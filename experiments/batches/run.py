"""One round on a chain of its own, each of its processes after the other."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from experiments.batches.chain import OwnChain, own_chain
from experiments.batches.relaying import relaying
from experiments.batches.results import (
    BATCHES,
    RECORD,
    REPORT,
    ROSTER,
    UPDATE,
    Measured,
    process_of,
)
from experiments.batches.settings import ACCOUNTS, REPOSITORY, Room, Settings
from experiments.batches.steps import ProcessSteps
from experiments.judging_benchmark.progress import Watch
from fedjury.chain.contracts.events import BatchSubmitted, RosterSet, RoundFinalized
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import find_receipt
from fedjury.devnet import devnet_accounts
from fedjury.devnet.keystores import write_keystores
from fedjury.errors import FedjuryError
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.task.location import find_location
from fedjury.task.on_chain import TaskOnChain

_ROLE, _PARTS = "experiments.batches.role", "experiments.batches.parts"
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # the model is too small for several to be of use


def measure(updates: int, roster: int, seed: int, directory: Path, watch: Watch) -> Measured:
    """Sign, relay, judge, report and audit one round.

    Args:
        updates: how many are signed.
        roster: how many members the roster has.
        seed: of keys and weights.
        directory: for all files; its own.
        watch: is told what is done.

    Raises:
        FedjuryError: the chain does not start, or a process fails.
    """
    room = Room(directory)
    started = time.monotonic()
    with own_chain(directory / "anvil.log") as chain:
        room.save(Settings(updates, roster, seed, chain.chain.url))
        write_keystores(room.keys, room.password, devnet_accounts(ACCOUNTS))
        processes = _Round(room, chain, watch).play()
        seconds = time.monotonic() - started
        return _measured(room, chain.chain, seconds, processes)


class _Round:
    """The processes of one round.

    Args:
        room: that they share.
        chain: of its own.
        watch: is told what each did.
    """

    def __init__(self, room: Room, chain: OwnChain, watch: Watch) -> None:
        self._room, self._chain, self._watch = room, chain, watch
        self._settings = room.settings()
        self._done = list[ProcessSteps]()

    def play(self) -> list[ProcessSteps]:
        """Run all of them, one after the other but for the relay and whoever speaks with it."""
        self._watch.part(f"{self._settings.updates} updates", 6)
        self._role("coordinator")
        self._role("clients")
        with relaying(self._room, self._settings.updates) as relay:
            self._role("hand-over", relay.url)
            self._add(relay.steps())
        self._chain.move_to(_task(self._room).contract.current_round().deadline)
        for role in ("juror", "light-audit", "full-audit"):
            self._role(role)
        self._done.append(self._chain.steps())
        return self._done

    def _role(self, role: str, *arguments: str) -> None:
        self._add(_run(_ROLE, role, str(self._room.path), *arguments))

    def _add(self, process: ProcessSteps) -> None:
        self._done.append(process)
        seconds = sum(step.seconds for step in process.steps)
        size = f"{self._settings.updates} updates"
        self._watch.say(f"{size}, {process.process}: {seconds:.1f} s, {process.peak >> 20} MiB")
        self._watch.turn_over()


def parts(entries: int, seed: int, watch: Watch) -> ProcessSteps:
    """What parts of a round take that need no files of updates.

    Args:
        entries: of the round's batch.
        seed: of the keys.
        watch: is told what is done.

    Raises:
        FedjuryError: the process fails.
    """
    found = _run(_PARTS, str(entries), str(seed))
    seconds = sum(step.seconds for step in found.steps)
    watch.say(f"parts of {entries} updates: {seconds:.1f} s, {found.peak >> 20} MiB")
    return found


def _run(module: str, *arguments: str) -> ProcessSteps:
    """Run a module that prints its steps."""
    paths = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise FedjuryError(f"the process {' '.join(arguments)} failed: {ended.stderr}")
    return process_of(json.loads(ended.stdout))


def _task(room: Room) -> TaskOnChain:
    return find_location(room.deployment, None).on_chain()


def _measured(room: Room, chain: Chain, seconds: float, processes: list[ProcessSteps]) -> Measured:
    settings, task = room.settings(), _task(room)
    events = task.read_events(chain.block(0).number)
    batches = [each for each in events if isinstance(each, BatchSubmitted)]
    (roster,) = (each for each in events if isinstance(each, RosterSet))
    (end,) = (each for each in events if isinstance(each, RoundFinalized))
    update = BatchFile.from_bytes(room.signed.read_bytes()).entry(0).digest
    return Measured(
        updates=settings.updates,
        roster=settings.roster,
        accepted=unpack(end.verdicts).count(VerdictCode.ACCEPTED),
        seconds=seconds,
        gas={
            BATCHES: sum(_gas(chain, each.transaction_hash) for each in batches),
            REPORT: _gas(chain, end.transaction_hash),
        },
        bytes={
            ROSTER: room.size_of(roster.digest),
            BATCHES: sum(room.size_of(each.digest) for each in batches),
            UPDATE: room.size_of(update),
            RECORD: room.size_of(end.record_digest),
        },
        processes=processes,
    )


def _gas(chain: Chain, transaction: bytes) -> int:
    receipt = find_receipt(chain, transaction)
    if receipt is None:
        raise FedjuryError("the node forgot a transaction")
    return receipt.gas_used
