"""All nodes of one chain: which to ask, in which order."""

import threading
import time
from collections.abc import Callable, Sequence

from fedjury.chain.nodes.comparing import is_behind, majority
from fedjury.chain.nodes.events import NodeBack, NodeLeft, NodesDiffer
from fedjury.chain.nodes.node import Doubt, Node
from fedjury.chain.nodes.survey import Runner, Seen, survey
from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import ChainUnavailable, ConfigError, FedjuryError, WrongChain
from fedjury.runtime.events import Listener
from fedjury.runtime.side_by_side import side_by_side

SURVEY_SECONDS = 30.0
"""Between two looks at all nodes, where nothing happens."""

HEAD_COUNTS_SECONDS = 600.0
"""For which the newest block of a node that does not answer any more is what others are held
against."""

AHEAD_SECONDS = 30.0
"""A block of which the time is further ahead of this machine's clock shows nobody else to stand
still: a single node could make all others be left by inventing one."""


class NodePool:
    """The nodes of a chain, in the order in which their user wants them asked.

    Args:
        nodes: the best first.
        expected_chain_id: that they have to serve; None where nobody said it: the same.
        listener: is told which nodes are left, come back, and differ.
        now: seconds that only ever grow.
        wall: this machine's clock, Unix seconds.
        run: does work in so many threads, see `side_by_side`.

    Attributes:
        nodes: all of them.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        expected_chain_id: int | None,
        listener: Listener,
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        run: Runner = side_by_side,
    ) -> None:
        self.nodes = tuple(nodes)
        self._expected, self._now, self._run = expected_chain_id, now, run
        self._wall = wall
        self._listener = listener
        self._contracts: dict[str, None] = {}
        self._due = float("-inf")
        self._turn = threading.RLock()

    @property
    def chain_id(self) -> int:
        """The number of the chain.

        Raises:
            ChainUnavailable: no node has told it yet.
        """
        if self._expected is None:
            raise self.unavailable()
        return self._expected

    def watch(self, contract: str) -> None:
        """Compare the code of the contract at this address as well, from the next look on."""
        self._contracts.setdefault(contract)

    def open(self) -> None:
        """Look at all nodes for the first time.

        Raises:
            WrongChain: one of those that answer serves another chain than expected.
            ConfigError: those that answer serve different chains.
            ChainUnavailable: none answers.
        """
        with self._turn:
            seen = self._look(strict=True)
        if self._expected is None and seen.chains:
            self._expected = next(iter(seen.chains.values()))
        if not seen.heads:
            raise self.unavailable()

    def look(self) -> None:
        """Look at all nodes where that is due: whoever asks for the newest block begins anew."""
        with self._turn:
            now = self._now()
            if now >= self._due or any(each.out and now >= each.rests_until for each in self.nodes):
                self._look()

    def usable(self) -> list[Node]:
        """The nodes to ask, the best first. Where there is none, all are looked at again, however
        long they would rest otherwise, unless they asked for that.

        Raises:
            ChainUnavailable: there is none: those that answer differ, or none works.
        """
        found = self._usable()
        if not found:
            with self._turn:
                found = self._usable()
                if not found and self._now() >= min(each.last_until for each in self.nodes):
                    self._look()
                    found = self._usable()
        if not found:
            raise self.unavailable()
        return found

    def leave(self, node: Node, error: FedjuryError) -> None:
        """Ask a node no more for a while."""
        with self._turn:
            if not node.out:
                self._leave(node, error)

    def unavailable(self) -> ChainUnavailable:
        """The error that says of each node why it is not asked."""
        words = "; ".join(f"{each.shown}: {self._why(each)}" for each in self.nodes)
        error = ChainUnavailable(f"no RPC endpoint can be used: {words}")
        rests = [each.last_until - self._now() for each in self.nodes if each.out]
        if len(rests) == len(self.nodes) and 0 < min(rests) < float("inf"):
            error.retry_after = min(rests)
        return error

    def _usable(self) -> list[Node]:
        found = [each for each in self.nodes if not each.out and each.doubt is not Doubt.OUTVOTED]
        return [] if any(each.doubt is Doubt.OPEN for each in self.nodes) else found

    def _why(self, node: Node) -> str:
        if node.out:
            return node.out
        if node.doubt is Doubt.OUTVOTED:
            return "it differs from the others"
        if node.doubt is Doubt.OPEN:
            return "it and others differ, and no more than half of all agree"
        return "waits for others that differ"

    def _look(self, *, strict: bool = False) -> Seen:
        others = bool(self._usable())
        nodes = [
            each
            for each in self.nodes
            if not each.out or self._now() >= (each.rests_until if others else each.last_until)
        ]
        seen = survey(nodes, self._comparable, list(self._contracts), self._run)
        self._due = self._now() + SURVEY_SECONDS
        failures = {**seen.failures, **self._of_other_chains(seen.chains, strict=strict)}
        if strict:
            for error in failures.values():
                if isinstance(error, WrongChain):
                    raise error
        marks = {node: mark for node, mark in seen.marks.items() if node not in failures}
        heads = {node: head for node, head in seen.heads.items() if node not in failures}
        failures |= self._standing_still(heads)
        for node in nodes:
            if node in failures:
                self._leave(node, failures[node])
            elif node.out:
                if node.rests_until > float("-inf"):
                    self._listener(NodeBack(endpoint=node.shown))
                node.come_back()
        self._judge(marks, seen.height)
        return seen

    def _of_other_chains(self, chains: dict[Node, int], *, strict: bool) -> dict[Node, WrongChain]:
        if strict and self._expected is None and len(set(chains.values())) > 1:
            words = ", ".join(f"{node.shown} chain {number}" for node, number in chains.items())
            raise ConfigError(f"the RPC endpoints serve different chains: {words}")
        return {
            node: WrongChain(f"{node.shown} serves chain {number}, not {self._expected}")
            for node, number in chains.items()
            if self._expected not in (None, number)
        }

    def _best(self) -> BlockStamp | None:
        """The newest block that a node told of lately, of a chain that is believed, and that was
        not of a time to come when it was told of."""
        since = self._now() - HEAD_COUNTS_SECONDS
        latest = self._wall() - self._now() + AHEAD_SECONDS
        heads = [
            node.head
            for node in self.nodes
            if node.head
            and node.head_at >= since
            and node.doubt is not Doubt.OUTVOTED
            and node.head.timestamp <= latest + node.head_at
        ]
        return max(heads, key=lambda head: head.number, default=None)

    def _comparable(self, heads: dict[Node, BlockStamp]) -> set[Node]:
        """Nodes that keep up; but for one that stands still, whatever it says is old."""
        behind = self._standing_still(heads)
        return {node for node in heads if node not in behind}

    def _standing_still(self, heads: dict[Node, BlockStamp]) -> dict[Node, FedjuryError]:
        best = self._best()
        return {
            node: ChainUnavailable(
                f"it stands still at block {head.number}, where others are at {best.number}"
            )
            for node, head in heads.items()
            if best is not None and is_behind(head, best)
        }

    def _leave(self, node: Node, error: FedjuryError) -> None:
        was_left = bool(node.out) and node.rests_until > float("-inf")
        rest = node.leave(str(error), getattr(error, "retry_after", None))
        if not was_left:
            self._listener(
                NodeLeft(endpoint=node.shown, reason=str(error), retry_seconds=round(rest, 1))
            )

    def _judge(self, marks: dict[Node, tuple[bytes, tuple[bytes, ...]]], height: int) -> None:
        """Whom to believe, by what they say of one block."""
        if not marks:
            return
        before = {node: node.doubt for node in self.nodes}
        believed = majority(marks, len(self.nodes))
        standing = {node: mark for node, mark in marks.items() if node.doubt is not Doubt.OUTVOTED}
        is_open = any(node.doubt is Doubt.OPEN for node in self.nodes)
        if not believed and not is_open and len(set(standing.values())) == 1:
            (mark,) = set(standing.values())
            believed = {node for node, found in marks.items() if found == mark}
        for node in marks:
            if believed:
                node.doubt = Doubt.NONE if node in believed else Doubt.OUTVOTED
            elif node in standing:
                node.doubt = Doubt.OPEN
        if believed:
            for node in self.nodes:
                if node.doubt is Doubt.OPEN:  # and not asked now: it has to agree before it is
                    node.doubt = Doubt.OUTVOTED
        if before != {node: node.doubt for node in self.nodes}:
            self._tell(height)

    def _tell(self, height: int) -> None:
        differing = [node.shown for node in self.nodes if node.doubt is not Doubt.NONE]
        if not differing:
            return
        is_open = any(node.doubt is Doubt.OPEN for node in self.nodes)
        believed = [
            node.shown
            for node in self.nodes
            if not is_open and not node.out and node.doubt is Doubt.NONE
        ]
        self._listener(
            NodesDiffer(block=height, endpoints=tuple(differing), believed=tuple(believed))
        )
