"""The processes after the relay: the juror, and audits."""

from experiments.batches.opening import open_whole
from experiments.batches.process import Process
from experiments.batches.settings import JUROR
from experiments.batches.timed_store import TimedStore
from fedjury.data.verification import load_verification_set
from fedjury.errors import FedjuryError
from fedjury.oracle.audit import Auditor
from fedjury.oracle.daemon import assembled_juror
from fedjury.oracle.events import Judging, RoundJudged
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import Event
from fedjury.runtime.loop import Step
from fedjury.store import open_store

FULL_AUDIT = "full-audit"


def juror(process: Process) -> None:
    """Judge the round, publish record and model, finalize, keep the files."""
    watch, settings = process.watch, process.settings
    store = TimedStore(open_store(process.room.store), watch, process.batches())
    task = open_whole(process, store)
    verification = load_verification_set(process.room.slices)
    watch.enter("read the round and its roster")

    def tell(event: Event) -> None:
        if isinstance(event, Judging):
            watch.enter("fetch the batches")
        if isinstance(event, RoundJudged):
            watch.enter("judge", since=store.last)
            watch.enter("write the record, keep all files, sign, finalize")
            _require_right(event, settings.updates - settings.poisoned)

    assembled = assembled_juror(
        task,
        process.accounts[JUROR],
        Slices.of(task.spec, [verification]),
        process.room.work(process.role),
        tell,
        confirmations=0,
        keep_days=1,
        next_jury=None,
        max_fee_gwei=None,
    )
    with assembled as (program, _):
        while program.cycle() is not Step.PROGRESS:
            pass


def _require_right(event: RoundJudged, honest: int) -> None:
    if event.accepted != honest:
        raise FedjuryError(f"{event.accepted} updates are accepted, {honest} are honest")


def audit(process: Process) -> None:
    """Check the round, with the verification set where the role says so."""
    task, slices = open_whole(process, open_store(process.room.store)), None
    if process.role == FULL_AUDIT:
        slices = Slices.of(task.spec, [load_verification_set(process.room.slices)])
    process.watch.enter("audit")
    result = Auditor(task, slices).run(process.chain.block(0))
    if not result.passed:
        raise FedjuryError(result.sentence)
