"""Raw logs: their shape, and reading them in ranges of blocks that a node will serve."""

from collections.abc import Iterator
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainUnavailable, NodeError

RANGE_BLOCKS = 2_000

LIMIT_EXCEEDED = -32005  # EIP-1474
# How providers say that a query covers too much; their codes differ even more than their words.
_TOO_MUCH = (
    "query returned more than",
    "more than 10000 results",
    "range too large",
    "range is too large",
    "range too wide",
    "too wide",
    "block range",
    "exceed maximum block",
    "exceeds the range",
    "response size",
    "response is too big",
    "too many results",
    "too many logs",
    "limit exceeded",
    "query timeout exceeded",
    "up to a",
)


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
    *,
    range_blocks: int = RANGE_BLOCKS,
) -> Iterator[Log]:
    """Logs of one contract by eth_getLogs, both blocks included, oldest range first.

    A range that the node finds too large is halved, down to one block.

    Raises:
        ChainUnavailable: no usable answer, or a log that was not asked for.
    """
    start, size = from_block, range_blocks
    while start <= to_block:
        end = min(start + size - 1, to_block)
        try:
            answer = _get_logs(chain, address, topics, start, end)
        except NodeError as error:
            if start == end or not _asks_for_less(error):
                raise
            size = (end - start + 1) // 2
            continue
        for log in answer:
            _require_asked_for(log, address, start, end)
            yield log
        start = end + 1


def _get_logs(chain: Chain, address: str, topics: list[object], start: int, end: int) -> list[Log]:
    query = {
        "address": address,
        "topics": topics,
        "fromBlock": hex(start),
        "toBlock": hex(end),
    }
    return [parse_log(raw) for raw in json_rpc.array(chain.request("eth_getLogs", query), "logs")]


def _asks_for_less(error: NodeError) -> bool:
    text = error.text.lower()
    return error.code == LIMIT_EXCEEDED or any(words in text for words in _TOO_MUCH)


def _require_asked_for(log: Log, address: str, start: int, end: int) -> None:
    if log.address != address or not start <= log.block_number <= end:
        raise ChainUnavailable(
            f"the node answers with {log.name} of {log.address}, which was not asked for"
        )
