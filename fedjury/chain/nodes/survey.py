"""Looking at all nodes side by side, within a time limit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fedjury.chain.nodes.comparing import compared_height
from fedjury.chain.nodes.node import Node
from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import ChainUnavailable, FedjuryError, NodeError
from fedjury.runtime.side_by_side import side_by_side

SECONDS = 5.0  # for each of the looks: at the newest blocks, again where one lags, at a deep one

Runner = Callable[[Callable[[], None], int, float], None]
Mark = tuple[bytes, tuple[bytes, ...]]
T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """What a look at some nodes showed.

    Attributes:
        chains: by node the number of its chain.
        heads: by node its newest block.
        failures: by node why it is not to be asked.
        height: the block that nodes were compared at.
        marks: by node what it says of that block: its hash, and the codes of the contracts that
            are looked at in it.
    """

    chains: dict[Node, int]
    heads: dict[Node, BlockStamp]
    failures: dict[Node, FedjuryError]
    height: int
    marks: dict[Node, Mark]


def survey(
    nodes: Sequence[Node],
    is_comparable: Callable[[dict[Node, BlockStamp]], set[Node]],
    contracts: Sequence[str],
    run: Runner = side_by_side,
) -> Seen:
    """Look at nodes: which chain, which newest block, and what they say of a deep one.

    Args:
        nodes: to look at.
        is_comparable: by the newest blocks, which of the nodes to compare.
        contracts: addresses whose code is compared as well.
        run: does work in so many threads, see `side_by_side`.
    """
    found, failures = _ask_all(nodes, lambda node: (node.chain_id(), node.newest()), run)
    chains = {node: chain_id for node, (chain_id, _) in found.items()}
    heads = {node: head for node, (_, head) in found.items()}
    # those that seem to lag may have answered before others' newest blocks were made: on a chain
    # that makes blocks for transactions, many of them come at once after a long time without any
    lagging = [node for node in heads if node not in is_comparable(heads)]
    again, _ = _ask_all(lagging, lambda node: node.newest(), run)
    heads |= again
    comparable = is_comparable(heads)
    compared = [node for node in nodes if node in comparable]
    if not compared:
        return Seen(chains, heads, failures, 0, {})
    height = compared_height([heads[node] for node in compared])
    marks, more = _ask_all(compared, lambda node: _mark(node, height, contracts), run)
    return Seen(chains, heads, {**failures, **more}, height, _filled(marks))


def _mark(node: Node, height: int, contracts: Sequence[str]) -> Mark:
    found = node.hash_at(height)
    if found is None:
        raise ChainUnavailable(f"{node.shown} does not have block {height}")
    return found, tuple(_code(node, address) for address in contracts)


def _code(node: Node, address: str) -> bytes:
    """A contract's code; empty where the node has none yet, or does not say."""
    try:
        return node.code(address)
    except NodeError:
        return b""


def _filled(marks: dict[Node, Mark]) -> dict[Node, Mark]:
    """Marks in which a code that a node does not have yet is as the first that does has it."""
    known: dict[int, bytes] = {}
    for _, codes in marks.values():
        for index, code in enumerate(codes):
            if code:
                known.setdefault(index, code)
    return {
        node: (found, tuple(code or known.get(index, b"") for index, code in enumerate(codes)))
        for node, (found, codes) in marks.items()
    }


def _ask_all(
    nodes: Sequence[Node], question: Callable[[Node], T], run: Runner
) -> tuple[dict[Node, T], dict[Node, FedjuryError]]:
    """Each node's answer, or why there is none."""
    answers: dict[Node, T | FedjuryError] = {}
    waiting = list(nodes)

    def work() -> None:
        node = waiting.pop()
        try:
            answers[node] = question(node)
        except FedjuryError as error:
            answers[node] = error

    run(work, len(nodes), SECONDS)
    known = dict(answers)  # those that come later than this are not waited for
    return _split(nodes, known)


def _split(
    nodes: Iterable[Node], known: dict[Node, T | FedjuryError]
) -> tuple[dict[Node, T], dict[Node, FedjuryError]]:
    found: dict[Node, T] = {}
    failures: dict[Node, FedjuryError] = {}
    for node in nodes:
        answer = known.get(node)
        if answer is None:
            failures[node] = ChainUnavailable(f"{node.shown} does not answer in {SECONDS:g} s")
        elif isinstance(answer, FedjuryError):
            failures[node] = answer
        else:
            found[node] = answer
    return found, failures
