"""Whether confirmations and transactions fit into the times of the task, on this chain."""

from collections.abc import Iterator

from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, ok, problem
from fedjury.preflight.subject import Role
from fedjury.task.timing import batch_misfit, lone_misfit, misfit

CONFIRMATIONS, BATCHES, ALONE = "confirmations", "time for batches", "time to go alone"


def check_confirmations(bench: Bench) -> Iterator[Finding]:
    """A round's files can be published in time by clients that wait for these confirmations."""
    task, depth = bench.task.need(), bench.confirmations
    seconds = task.config.availability_seconds
    if reason := misfit(task.chain, depth, seconds):
        found, _, remedy = reason.rpartition(": ")
        yield problem(CONFIRMATIONS, found, remedy)
    else:
        yield ok(CONFIRMATIONS, f"{depth} of them are over within the {seconds} s for files")


def check_batches(bench: Bench) -> Iterator[Finding]:
    """Relays can take updates in and post them; who is left out can still go alone."""
    task, depth = bench.task.need(), bench.confirmations
    config, chain = task.config, task.chain
    if not config.batch_seconds:
        yield ok(BATCHES, "the task takes none")
        return
    if reason := batch_misfit(chain, config.batch_seconds):
        found, _, remedy = reason.rpartition(": ")
        yield problem(BATCHES, found, remedy)
    else:
        yield ok(BATCHES, f"the {config.batch_seconds} s of a round are enough on this chain")
    if bench.subject.role is not Role.CLIENT:
        return
    seconds = config.round_seconds - config.batch_seconds
    if reason := lone_misfit(chain, depth, seconds):
        found, _, remedy = reason.rpartition(": ")
        yield problem(ALONE, found, remedy)
    else:
        yield ok(ALONE, f"the {seconds} s after the last batch are enough on this chain")
