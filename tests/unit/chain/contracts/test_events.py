from typing import Any

import pytest
from eth_abi.abi import encode

from fedjury.chain.abi.codec import abi_of, topic
from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    JuryAnnounced,
    RelayerSet,
    RosterSet,
    RoundFinalized,
    RoundOpened,
    RoundVoided,
    SliceDisclosed,
    UpdateSubmitted,
    event_of,
    read_events,
)
from fedjury.chain.rpc.logs import parse_log
from fedjury.chain.rpc.receipts import Receipt
from fedjury.errors import ChainUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from tests.support.fake_node import FakeNode, chain_on, word

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
CLIENT = "0xe1AB8145F7E55DC933d51a18c793F901A3A0b276"
DIGEST, OTHER = Digest(b"\7" * 32), Digest(b"\x08" * 32)
PLACE: dict[str, Any] = {"block_number": 5, "log_index": 0, "transaction_hash": b"\x11" * 32}


def signature(name: str) -> str:
    return "0x" + topic(abi_of("FederatedTask").events[name]).hex()


def log(name: str, *indexed: Any, data: bytes = b"", block: int = 5, index: int = 0) -> Any:
    return {
        "address": ADDRESS.lower(),
        "topics": [signature(name), *("0x" + word(value) for value in indexed)],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "logIndex": hex(index),
        "transactionHash": "0x" + "11" * 32,
    }


def update(round: int = 1, block: int = 5, index: int = 0) -> Any:
    data = encode(["uint32", "bytes32"], [0, DIGEST])
    return log("UpdateSubmitted", round, CLIENT, data=data, block=block, index=index)


def read(answer: Any, to_block: int = 10, **arguments: Any) -> list[ChainEvent]:
    node = answer if isinstance(answer, FakeNode) else FakeNode(eth_getLogs=answer)
    return read_events(chain_on(node), ADDRESS, 0, to_block, **arguments)


def test_every_kind_is_decoded() -> None:
    report = encode(
        ["uint32", "bytes32", "uint32", "uint16", *["bytes32"] * 3, "bytes", "bytes"],
        [2, DIGEST, 3, 934, DIGEST, OTHER, b"next" * 8, b"verdicts", b"signatures"],
    )
    opened = encode(["uint32", "uint32", "uint64", "bytes32"], [4, 2, 3, DIGEST])
    jury = encode(["uint64", "address[]", "uint32"], [1234, [CLIENT], 1])
    cases: list[tuple[Any, ChainEvent]] = [
        (
            log("RoundOpened", 9, data=opened),
            RoundOpened(
                **PLACE, round=9, roster_version=4, jury_version=2, deadline=3, model_digest=DIGEST
            ),
        ),
        (update(4), UpdateSubmitted(**PLACE, round=4, client=CLIENT, index=0, digest=DIGEST)),
        (
            log(
                "BatchSubmitted",
                4,
                CLIENT,
                data=encode(["uint32", "uint32", "bytes32"], [7, 300, DIGEST]),
            ),
            BatchSubmitted(**PLACE, round=4, relayer=CLIENT, index=7, count=300, digest=DIGEST),
        ),
        (
            log("RelayerSet", CLIENT, data=encode(["bool"], [True])),
            RelayerSet(**PLACE, relayer=CLIENT, allowed=True),
        ),
        (
            log("RoundFinalized", 9, data=report),
            RoundFinalized(
                **PLACE,
                round=9,
                jury_version=2,
                updates_hash=DIGEST,
                attempt=3,
                accuracy=934,
                model_digest=DIGEST,
                record_digest=OTHER,
                next_jury=b"next" * 8,
                verdicts=b"verdicts",
                signatures=b"signatures",
            ),
        ),
        (log("RoundVoided", 9, data=DIGEST), RoundVoided(**PLACE, round=9, updates_hash=DIGEST)),
        (
            log(
                "RosterSet",
                2,
                data=encode(["bytes32", "uint32", "bytes32"], [b"root" * 8, 7, DIGEST]),
            ),
            RosterSet(**PLACE, version=2, root=b"root" * 8, size=7, digest=DIGEST),
        ),
        (
            log("JuryAnnounced", 2, DIGEST, data=jury),
            JuryAnnounced(
                **PLACE, version=2, jury=DIGEST, enters_from=1234, jurors=(CLIENT,), quorum=1
            ),
        ),
        (
            log("SliceDisclosed", 2, CLIENT, data=DIGEST),
            SliceDisclosed(**PLACE, slice=2, discloser=CLIENT, digest=DIGEST),
        ),
    ]
    for raw, event in cases:
        assert read([raw]) == [event]


def test_a_finalized_round_carries_its_report() -> None:
    report = Report(9, 2, DIGEST, 3, 934, DIGEST, OTHER, b"next" * 8)
    event = RoundFinalized(**PLACE, **vars(report), verdicts=b"", signatures=b"")
    assert event.report == report


def test_chain_order_whatever_order_the_node_has() -> None:
    logs = [update(block=7, index=1), update(block=5, index=9), update(block=7, index=0)]
    assert [(e.block_number, e.log_index) for e in read(logs)] == [(5, 9), (7, 0), (7, 1)]


def test_a_duplicate_counts_once_and_a_contradiction_is_an_error() -> None:
    assert len(read([update(), update()])) == 1
    with pytest.raises(ChainUnavailable, match="two different versions of log 0 of block 5"):
        read([update(1), update(2)])


@pytest.mark.parametrize(
    "change",
    [
        {"address": "0x" + "22" * 20},
        {"blockNumber": "0x63"},
        {"blockNumber": None},
        {"logIndex": None},
        {"transactionHash": "0x11"},
        {"topics": []},
        {"topics": None},
        {"topics": ["0x" + "99" * 32]},
        {"topics": [signature("UpdateSubmitted")]},
        {"topics": [signature("UpdateSubmitted"), "0x" + "ff" * 32, "0x" + word(CLIENT)]},
        {"data": "0x"},
        {"data": "0x1234"},
        {"data": None},
        {"data": "0x" + "ff" * 64},
    ],
)
def test_a_garbage_log_is_an_error_that_names_it(change: dict[str, Any]) -> None:
    with pytest.raises(ChainUnavailable, match="log"):
        read([{**update(), **change}])


@pytest.mark.parametrize("answer", [None, {}, "0x", [None], ["log"], [[]]])
def test_an_answer_that_holds_no_logs(answer: object) -> None:
    with pytest.raises(ChainUnavailable):
        read(answer)


def test_logs_that_a_node_did_not_filter_out_are_an_error() -> None:
    with pytest.raises(ChainUnavailable, match="not asked for"):
        read([update(1)], round=2)
    with pytest.raises(ChainUnavailable, match="not asked for"):
        read([update(1)], kinds=[RoundOpened])


def queries(**arguments: Any) -> list[Any]:
    node = FakeNode(eth_getLogs=[])
    read(node, **arguments)
    return [params[0]["topics"] for method, params in node.asked if method == "eth_getLogs"]


def test_topic_filters() -> None:
    one, client = "0x" + word(1), "0x" + word(CLIENT).lower()
    assert len(queries()) == 1
    assert len(queries()[0][0]) == 9
    assert queries(kinds=[UpdateSubmitted], round=1) == [[[signature("UpdateSubmitted")], one]]
    assert queries(kinds=[UpdateSubmitted], client=CLIENT) == [
        [[signature("UpdateSubmitted")], None, client]
    ]
    assert queries(round=1, client=CLIENT) == [[[signature("UpdateSubmitted")], one, client]]
    assert queries(client=CLIENT) == [
        [[signature("UpdateSubmitted")], None, client],
    ]
    assert queries(kinds=[RosterSet, JuryAnnounced], round=1) == []


def test_no_server_side_filters() -> None:
    node = FakeNode(eth_getLogs=[])
    read(node)
    assert {method for method, _ in node.asked} == {"eth_chainId", "eth_getLogs"}


def test_a_receipt_holds_the_event_that_its_transaction_made() -> None:
    disclosed = log("SliceDisclosed", 2, CLIENT, data=DIGEST)
    foreign = {**disclosed, "address": CLIENT.lower()}
    logs = tuple(parse_log(raw) for raw in (foreign, update(4), disclosed))
    receipt = Receipt(b"\x11" * 32, 5, 21_000, 1, logs=logs)
    found = event_of(receipt, ADDRESS, SliceDisclosed)
    assert found == SliceDisclosed(**PLACE, slice=2, discloser=CLIENT, digest=DIGEST)
    with pytest.raises(ChainUnavailable, match="holds no RosterSet"):
        event_of(receipt, ADDRESS, RosterSet)
    with pytest.raises(ChainUnavailable, match="holds no UpdateSubmitted"):
        event_of(receipt, CLIENT, UpdateSubmitted)
