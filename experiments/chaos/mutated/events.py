"""Malformed answers of a node to eth_getLogs, through the decoding of a task's events."""

import copy
import random
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from web3 import Web3
from web3.providers.base import BaseProvider

from experiments.chaos.figures import Figures
from experiments.chaos.mutated.json_spoils import spoiled_json
from experiments.chaos.mutated.limits import Limits
from experiments.chaos.mutated.right_events import Sample, right_events
from fedjury.chain.abi.codec import abi_of, topic
from fedjury.chain.contracts.events import KINDS, ChainEvent, read_events
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainUnavailable

ADDRESS = "0x" + "cd" * 20
_LAST = 100
_STEP = 100
_VALUES: dict[str, Any] = {
    "bool": True,
    "address": "0x" + "ab" * 20,
    "address[]": ["0x" + "ab" * 20, "0x" + "ac" * 20],
    "bytes": b"\1\2" * 20,
    "bytes32": b"\x11" * 32,
}


class Node(BaseProvider):
    """Answers every request for logs with what it was given.

    Attributes:
        answer: the result.
    """

    answer: Any = ()

    def make_request(self, method: Any, params: Any) -> Any:
        """As of web3's providers."""
        result = self.answer if method == "eth_getLogs" else hex(31337)
        return {"jsonrpc": "2.0", "id": 1, "result": result}


def decode_malformed(seed: int, count: int) -> Figures:
    """Have answers decoded in which one log is not as it should be.

    Args:
        seed: of all that is drawn.
        count: how many answers.
    """
    chance, figures = random.Random(seed), Figures()
    node, samples = Node(), [_sample(kind) for kind in KINDS]
    figures.values["answers"] = count
    with Limits(figures) as limits:
        for number in range(count):
            if number % _STEP == 0:
                limits.next()
            node.answer = _spoiled(chance, samples)
            chain = _chain(node)  # a refusal would have the next answers asked for in small ranges
            try:
                found: list[ChainEvent] | None = read_events(
                    chain, to_checksum_address(ADDRESS), 1, _LAST
                )
            except ChainUnavailable:
                found = None
            except Exception as error:
                figures.wrong.append(f"{type(error).__name__} {error!s:.200}: {node.answer!r:.900}")
                continue
            figures.count("refused" if found is None else "decoded")
            _compare(
                figures, node.answer, found, right_events(node.answer, ADDRESS, _LAST, samples)
            )
    return figures


def _chain(node: Node) -> Chain:
    return Chain(Web3(node, middleware=[]), "http://node.example")


def _compare(
    figures: Figures, answer: Any, found: list[ChainEvent] | None, right: tuple[Any, bool]
) -> None:
    values, must_be_taken = right
    got = None if found is None else [_plain(each) for each in found]
    if got is None and not (values is not None and must_be_taken):
        return
    if got != values:
        figures.wrong.append(f"{got!r:.300} instead of {values!r:.300}: {answer!r:.900}")


def _plain(event: ChainEvent) -> list[Any]:
    """An event's values as the reference gives them: numbers and hexadecimal text."""
    names = [each for each in event.__dataclass_fields__ if each != "transaction_hash"]
    return [type(event).__name__, *[_text(getattr(event, name)) for name in names]]


def _text(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_text(each) for each in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value.lower() if isinstance(value, str) else value


def _sample(kind: type[ChainEvent]) -> Sample:
    entry = abi_of("FederatedTask").events[kind.__name__]
    inputs = entry["inputs"]
    indexed = [each["type"] for each in inputs if each["indexed"]]
    plain = [each["type"] for each in inputs if not each["indexed"]]
    topics = [topic(entry), *[encode([each], [_VALUES.get(each, 7)]) for each in indexed]]
    data = encode(plain, [_VALUES.get(each, 7) for each in plain])
    log = {
        "address": ADDRESS,
        "topics": ["0x" + each.hex() for each in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(5),
        "logIndex": hex(1),
        "transactionHash": "0x" + "77" * 32,
    }
    return Sample(kind.__name__, indexed, plain, log)


def _spoiled(chance: random.Random, samples: list[Sample]) -> Any:
    log = copy.deepcopy(chance.choice(samples).log)
    match chance.randrange(10):
        case 0:
            return chance.choice(
                (None, {}, "0x", 1, [None], [[]], ["0x"], [{}], {"logs": []}, True)
            )
        case 1 | 2:
            return [spoiled_json(chance, log)]
        case 3:
            log["topics"] = chance.sample(log["topics"], chance.randrange(len(log["topics"]) + 1))
        case 4:
            log["topics"].append(chance.choice(log["topics"]))
        case 5 | 6:
            log["data"] = _other_data(chance, log["data"])
        case 7 if len(log["topics"]) > 1:
            place = chance.randrange(1, len(log["topics"]))
            log["topics"][place] = "0x" + chance.randbytes(32).hex()
        case 8:
            number = chance.choice((0, 1, _LAST, _LAST + 1, 2**64, 2**300))
            log["blockNumber"] = chance.choice(
                (hex(number), number, "0x1_0", " 0x5", "0x5 ", "0x٥")
            )
        case _:
            other = copy.deepcopy(chance.choice(samples).log)
            return [log, other, *([log] if chance.random() < 0.5 else [])]
    return [log]


def _other_data(chance: random.Random, data: str) -> str:
    raw = bytearray.fromhex(data[2:])
    match chance.randrange(4):
        case 0:
            del raw[chance.randrange(len(raw) + 1) :]
        case 1:
            raw += chance.randbytes(chance.choice((1, 31, 32, 64)))
        case 2 if raw:
            place = 32 * chance.randrange(len(raw) // 32)
            word = chance.choice((0, 1, 2**16, 2**31, 2**32, 2**64, 2**255, 2**256 - 1, 32, 64))
            raw[place : place + 32] = word.to_bytes(32, "big")
        case _ if raw:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return "0x" + bytes(raw).hex()
