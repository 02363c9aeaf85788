"""Raw logs: their shape, and reading them in ranges of blocks that a node will serve."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from eth_utils.address import to_checksum_address

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.range_size import RangeSize
from fedjury.chain.rpc.rate_limits import is_rate_limit
from fedjury.errors import ChainUnavailable, NodeError

MOST_REQUESTS = 5_000  # of the finest reading


class Care(Enum):
    """How closely to read logs. Some nodes cut a long answer short without a word."""

    USUAL = auto()
    """In ranges as large as the node serves."""
    HALVING = auto()
    """Each of these also in halves, until both have some and together no more than the whole."""
    FINEST = auto()
    """Block by block, or in the smallest ranges that take no more than 5,000 requests."""


@dataclass(frozen=True)
class Log:
    """One log as the node gave it; address checksummed, topics of 32 bytes."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    log_index: int
    transaction_hash: bytes

    @property
    def name(self) -> str:
        """Where it stands, for error messages."""
        return f"log {self.log_index} of block {self.block_number}"


def parse_log(raw: object) -> Log:
    """Check a log's shape.

    Raises:
        ChainUnavailable: it is not a mined log.
    """
    log = json_rpc.mapping(raw, "a log")
    topics = json_rpc.array(log.get("topics"), "a log's topics")
    return Log(
        address=to_checksum_address(json_rpc.data(log.get("address"), "a log's address", 20)),
        topics=tuple(json_rpc.data(topic, "a log's topic", 32) for topic in topics),
        data=json_rpc.data(log.get("data"), "a log's data"),
        block_number=json_rpc.quantity(log.get("blockNumber"), "a log's block number"),
        log_index=json_rpc.quantity(log.get("logIndex"), "a log's index"),
        transaction_hash=json_rpc.data(log.get("transactionHash"), "a log's transaction hash", 32),
    )


def read_logs(
    chain: Chain,
    address: str,
    topics: list[object],
    from_block: int,
    to_block: int,
    care: Care = Care.USUAL,
) -> Iterator[Log]:
    """Logs of one contract by eth_getLogs, both blocks included, oldest range first.

    Nodes limit a query by blocks, results, bytes or time, and say so in all manner of ways: a range
    that is refused for whatever reason is halved, down to one block, and grows again afterwards.

    Raises:
        ChainUnavailable: no usable answer, not even for one block, or a log that was not asked for.
    """
    query = _Query(chain, address, topics)
    size = chain.log_ranges
    if care is Care.FINEST:
        size = RangeSize(max(1, -(-(to_block - from_block + 1) // MOST_REQUESTS)))
    for start, end, logs in query.ranges(from_block, to_block, size):
        yield from query.halved(start, end, logs) if care is Care.HALVING else logs


@dataclass(frozen=True)
class _Query:
    """What logs are asked for, in whichever blocks."""

    chain: Chain
    address: str
    topics: list[object]

    def ranges(
        self, start: int, last: int, size: RangeSize
    ) -> Iterator[tuple[int, int, list[Log]]]:
        """Ranges that the node serves, from the first to the last block, with their logs."""
        while start <= last:
            end = min(start + size.blocks - 1, last)
            logs = self._serve(start, end)
            if logs is None:
                size.refused(end - start + 1)
                continue
            size.served(end - start + 1)
            yield start, end, logs
            start = end + 1

    def halved(self, start: int, end: int, whole: list[Log]) -> list[Log]:
        """A range's logs, whatever number of them the node cuts its answers at.

        Both halves having some and together as many as the whole shows that nothing was cut: a cut
        whole has exactly as many as a cut half alone.
        """
        if not whole or start == end:
            return whole
        middle = (start + end) // 2
        left, right = self._read(start, middle), self._read(middle + 1, end)
        if left and right and len(left) + len(right) == len(whole):
            return whole
        return self.halved(start, middle, left) + self.halved(middle + 1, end, right)

    def _read(self, start: int, end: int) -> list[Log]:
        served = self.ranges(start, end, RangeSize(end - start + 1))
        return [log for _, _, logs in served for log in logs]

    def _serve(self, start: int, end: int) -> list[Log] | None:
        """A range's logs; None where the node may serve a smaller one."""
        logs = self.chain.patiently(lambda: self._ask(start, end))
        for log in logs or ():
            if log.address != self.address or not start <= log.block_number <= end:
                raise ChainUnavailable(
                    f"the node answers with {log.name} of {log.address}, which was not asked for"
                )
        return logs

    def _ask(self, start: int, end: int) -> list[Log] | None:
        fields = {
            "address": self.address,
            "topics": self.topics,
            "fromBlock": hex(start),
            "toBlock": hex(end),
        }
        try:
            answer = json_rpc.array(self.chain.ask("eth_getLogs", fields), "logs")
            return [parse_log(raw) for raw in answer if not _is_removed(raw)]
        except ChainUnavailable as error:
            if start == end or is_rate_limit(error):
                raise
            if not isinstance(error, NodeError):
                self.chain.request("eth_chainId")  # a node that is down is not asked 11 times more
            return None


def _is_removed(raw: object) -> bool:
    """Whether a reorganization has taken the log back; such a one is not on the chain."""
    return isinstance(raw, dict) and raw.get("removed") is True
