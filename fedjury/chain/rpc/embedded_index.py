"""Logs and receipts of the embedded chain by block and by transaction, as a node serves them.

eth-tester walks all blocks for each log query, and recovers the senders of all their transactions.
Here each block is read once, when it is new, and forgotten if the chain is set back.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import BlockAPI, ChainAPI, LogAPI, ReceiptAPI, SignedTransactionAPI
from eth_typing import BlockNumber
from eth_utils.address import to_checksum_address

Json = dict[str, Any]


class BlockIndex:
    """Follows one chain's canonical blocks; not safe to share between threads.

    Attributes:
        chain: the chain.
    """

    def __init__(self, chain: ChainAPI) -> None:
        self.chain = chain
        self._hashes: list[bytes] = []  # of each block by number
        self._transactions: list[list[str]] = []  # of each block by number
        self._log_blocks: list[int] = []  # ascending, the block of each log
        self._logs: list[Json] = []
        self._receipts: dict[str, Json] = {}

    def logs(self, first: int, last: int, query: Mapping[str, Any]) -> list[Json]:
        """The logs of some blocks, oldest first.

        Args:
            first, last: numbers of blocks, both included.
            query: the filter of an eth_getLogs request; its ``address`` and ``topics`` count.
        """
        self._follow()
        addresses = _choices(query.get("address"))
        topics = [_choices(each) for each in query.get("topics") or []]
        start, end = bisect_left(self._log_blocks, first), bisect_right(self._log_blocks, last)
        return [
            dict(log)
            for log in self._logs[start:end]
            if (addresses is None or log["address"].lower() in addresses)
            and _match(topics, log["topics"])
        ]

    def receipt(self, transaction_hash: str) -> Json | None:
        """The receipt of a transaction, ``0x…``; None while it is not mined."""
        self._follow()
        found = self._receipts.get(transaction_hash.lower())
        return None if found is None else dict(found)

    def _follow(self) -> None:
        """Forget what is not canonical any more, and read what is new."""
        newest = self.chain.get_canonical_head().block_number
        while self._hashes and not self._is_canonical(len(self._hashes) - 1, newest):
            self._forget_newest()
        for number in range(len(self._hashes), newest + 1):
            self._read(self.chain.get_canonical_block_by_number(BlockNumber(number)))

    def _is_canonical(self, number: int, newest: int) -> bool:
        if number > newest:
            return False
        known = self.chain.get_canonical_block_hash(BlockNumber(number))
        return bool(known == self._hashes[number])

    def _forget_newest(self) -> None:
        self._hashes.pop()
        for transaction_hash in self._transactions.pop():
            del self._receipts[transaction_hash]
        kept = bisect_left(self._log_blocks, len(self._hashes))
        del self._log_blocks[kept:], self._logs[kept:]

    def _read(self, block: BlockAPI) -> None:
        hashes = []
        if block.transactions:
            for receipt in _receipts(block, block.get_receipts(self.chain.chaindb)):
                hashes.append(receipt["transactionHash"])
                self._receipts[hashes[-1]] = receipt
                self._logs += receipt["logs"]
                self._log_blocks += [block.number] * len(receipt["logs"])
        self._hashes.append(block.hash)
        self._transactions.append(hashes)


def _receipts(block: BlockAPI, receipts: Sequence[ReceiptAPI]) -> Iterable[Json]:
    """A block's receipts in the form of the Ethereum JSON-RPC specification."""
    log_indexes, before = count(), 0
    for position, receipt in enumerate(receipts):
        transaction = block.transactions[position]
        place = {
            "blockHash": _hex(block.hash),
            "blockNumber": hex(block.number),
            "transactionHash": _hex(transaction.hash),
            "transactionIndex": hex(position),
        }
        yield {
            **place,
            "contractAddress": _created(transaction),
            "cumulativeGasUsed": hex(receipt.gas_used),
            "gasUsed": hex(receipt.gas_used - before),
            "status": hex(int.from_bytes(receipt.state_root, "big")),
            "logs": [_log(log, next(log_indexes), place) for log in receipt.logs],
        }
        before = receipt.gas_used


def _created(transaction: SignedTransactionAPI) -> str | None:
    if transaction.to:
        return None
    return to_checksum_address(generate_contract_address(transaction.sender, transaction.nonce))


def _log(log: LogAPI, index: int, place: Json) -> Json:
    return {
        **place,
        "address": to_checksum_address(log.address),
        "topics": [_hex(topic.to_bytes(32, "big")) for topic in log.topics],
        "data": _hex(log.data),
        "logIndex": hex(index),
        "removed": False,
    }


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _choices(wanted: Any) -> frozenset[str] | None:
    """What a field of a filter may be: any, one, or one of several."""
    if wanted is None:
        return None
    return frozenset(each.lower() for each in ([wanted] if isinstance(wanted, str) else wanted))


def _match(wanted: Sequence[frozenset[str] | None], topics: Sequence[str]) -> bool:
    if len(wanted) > len(topics):
        return False
    pairs = zip(wanted, topics, strict=False)
    return all(choices is None or topic in choices for choices, topic in pairs)
