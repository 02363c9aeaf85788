"""Whether every RPC endpoint answers, and all of them serve the same chain."""

from collections.abc import Iterator

from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.providers import without_secrets
from fedjury.checks.counts import counted
from fedjury.errors import FedjuryError, TransientError
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, ok, problem, warning

LAG = 5
"""Blocks by which an endpoint may lie behind another one that was asked a moment later."""
_DEPTH = 12  # blocks under which nodes agree but for a long reorganization


def check_endpoints(bench: Bench) -> Iterator[Finding]:
    """Each endpoint serves the chain, and none of them lies behind or tells of another one."""
    heads: dict[str, tuple[Chain, BlockStamp]] = {}
    failed: dict[str, FedjuryError] = {}
    for url, once in bench.chains.items():
        try:
            chain = once.get()
            heads[url] = chain, chain.block()
        except FedjuryError as error:
            failed[url] = error
    for url in bench.chains:
        if url in failed:
            yield _failed(url, failed[url], others=bool(heads))
        else:
            yield _compared(url, *heads[url], heads)


def _failed(url: str, error: FedjuryError, *, others: bool) -> Finding:
    subject = f"RPC {without_secrets(url)}"
    if not isinstance(error, TransientError):
        return problem(subject, str(error), "name an endpoint of the task's chain with --rpc")
    remedy = "start the node, or name another endpoint with --rpc"
    if others:
        return warning(subject, str(error), f"{remedy}: until then the others have to do")
    return problem(subject, str(error), remedy)


def _compared(
    url: str, chain: Chain, head: BlockStamp, heads: dict[str, tuple[Chain, BlockStamp]]
) -> Finding:
    """One endpoint that answers, held against the one that is furthest."""
    subject = f"RPC {without_secrets(url)}"
    best, furthest = max(heads.values(), key=lambda each: each[1].number)
    behind = furthest.number - head.number
    if behind > LAG:
        found = f"it is at block {head.number:,}, {behind:,} blocks behind {best.endpoint}"
        return warning(subject, found, "wait until the node has caught up, or leave it out")
    common = max(0, head.number - _DEPTH)
    if chain is not best and chain.block_at(common).hash != best.block_at(common).hash:
        found = f"its block {common:,} is another than that of {best.endpoint}"
        return problem(subject, found, "find out which node is on the wrong chain; leave it out")
    where = f"at block {head.number:,}"
    rest = f", as {counted(len(heads) - 1, 'other')}" if len(heads) > 1 else ""
    return ok(subject, f"serves chain {chain.chain_id}, {where}{rest}")
