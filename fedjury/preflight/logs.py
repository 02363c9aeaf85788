"""Whether every RPC endpoint tells all of the task's events, and in which ranges of blocks."""

from collections.abc import Iterator, Sequence

from fedjury.chain.contracts.events import ChainEvent
from fedjury.chain.rpc.logs import Care
from fedjury.chain.rpc.providers import without_secrets
from fedjury.checks.counts import counted
from fedjury.errors import ChainUnavailable, FedjuryError, LogsMissing
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, ok, problem, skipped, warning
from fedjury.task.completeness import Counters, require_complete
from fedjury.task.history import assemble
from fedjury.task.on_chain import TaskOnChain

SMALL_RANGE = 100
"""Blocks of a range below which reading a long task takes very many requests."""
_ANOTHER = "name another endpoint with --rpc: nobody can judge, train or audit by this one"


def check_logs(bench: Bench) -> Iterator[Finding]:
    """Each endpoint tells every event that the contract counts."""
    bench.task.need()
    for url, once in bench.chains.items():
        subject = f"logs of {without_secrets(url)}"
        try:
            task = bench.task_on(once.get())
        except FedjuryError as error:
            yield skipped(subject, f"the endpoint does not serve the task: {error}")
            continue
        yield _told(subject, task)


def _told(subject: str, task: TaskOnChain) -> Finding:
    chain = task.chain
    try:
        stamp = chain.block()
        counters = Counters.read(task.contract, stamp)
        events = task.read_events(stamp.number)
        cut = not _are_all(events, counters)
        if cut:
            events = task.read_all_events(stamp)
    except LogsMissing as error:
        return problem(subject, str(error), _ANOTHER)
    except ChainUnavailable as error:
        return problem(subject, str(error), "wait until the node works, or name another one")
    blocks = chain.log_ranges.blocks
    told = f"all {counted(len(events), 'event')} of the task are told"
    if cut:
        found = f"{told}, but only when asked closely: the node cuts long answers without a word"
        return warning(subject, found, "expect many requests; another endpoint would save them")
    if blocks < SMALL_RANGE:
        found = f"{told}, but in ranges of {counted(blocks, 'block')} at most"
        return warning(subject, found, "expect many requests; another endpoint would save them")
    return ok(subject, f"{told}, in ranges of up to {blocks:,} blocks")


def _are_all(events: Sequence[ChainEvent], counters: Counters) -> bool:
    """Whether events that were read as usual are all that the contract counts."""
    try:
        require_complete(assemble(events), counters, Care.USUAL)
    except LogsMissing:
        return False
    return True
