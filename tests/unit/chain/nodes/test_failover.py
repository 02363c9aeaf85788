"""A chain through several nodes that die, stand still, lag, lie and come back."""

import threading
import time

import pytest
import requests

from fedjury.chain.nodes.comparing import BEHIND_BLOCKS, BEHIND_SECONDS
from fedjury.chain.nodes.events import NodeBack, NodeLeft, NodesDiffer
from fedjury.chain.nodes.failover import TIMEOUT_AMONG_SEVERAL, connect_several
from fedjury.chain.nodes.node import FIRST_REST, LAST_REST
from fedjury.chain.rpc.connection import REQUEST_TIMEOUT, Chain
from fedjury.chain.rpc.logs import Care, Log, read_logs
from fedjury.chain.rpc.receipts import find_receipt
from fedjury.chain.transactions.broadcast import Attempt, Outcome, broadcast
from fedjury.chain.transactions.fees import Fees
from fedjury.chain.transactions.nonces import transaction_counts
from fedjury.errors import ChainUnavailable, ConfigError, LogsMissing, NodeError, WrongChain
from fedjury.runtime.patience import Patience
from fedjury.task.completeness import read_closely
from tests.support.fake_node import CHAIN_ID, Refusal, chain_on
from tests.support.limited_node import ADDRESS, log
from tests.support.several_nodes import SECONDS, SeveralNodes, SimulatedNode

RAW = Attempt(Fees(1, 1), b"\x01", b"\x02" * 32)


def test_the_first_node_answers_while_it_works() -> None:
    several = SeveralNodes(2)
    assert several.asked(several.chain()) == "a"
    assert several.told.events == []


def test_a_dead_node_is_left_and_comes_back_when_it_works_again() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].is_down = True
    assert several.asked(chain) == "b"
    several.nodes[0].is_down = False
    chain.block()
    assert several.asked(chain) == "b"  # it rests
    several.pass_seconds(6)
    chain.block()
    assert several.asked(chain) == "a"
    assert [type(each) for each in several.told.events] == [NodeLeft, NodeBack]


def test_a_node_that_fails_again_and_again_rests_longer_each_time() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    for _ in range(3):
        several.nodes[0].is_down = True
        several.asked(chain)
        several.nodes[0].is_down = False
        several.pass_seconds(25)
        chain.block()
    assert [each.retry_seconds for each in several.told.of(NodeLeft)] == [5, 10, 20]


def test_a_node_that_is_down_at_the_start_is_used_later() -> None:
    several = SeveralNodes(2)
    several.nodes[0].is_down = True
    chain = several.chain()
    assert several.asked(chain) == "b"
    several.nodes[0].is_down = False
    several.pass_seconds(6)
    chain.block()
    assert several.asked(chain) == "a"


def test_where_no_node_works_the_error_names_each() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    for node in several.nodes:
        node.is_down = True
    with pytest.raises(ChainUnavailable):
        several.asked(chain)
    with pytest.raises(ChainUnavailable, match=r"a: .*; b: "):
        several.asked(chain)


def test_where_no_node_works_all_are_looked_at_again_however_long_they_would_rest() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    for _ in range(4):  # which would have both rest for more than a minute
        for node in several.nodes:
            node.is_down = True
        with pytest.raises(ChainUnavailable):
            several.asked(chain)
        several.pass_seconds(LAST_REST)
        several.nodes[1].is_down = False
        assert several.asked(chain) == "b"


def test_who_was_looked_at_in_vain_while_all_were_out_rests_no_longer_for_that() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    for node in several.nodes:
        node.is_down = True
    for _ in range(4):
        with pytest.raises(ChainUnavailable):
            several.asked(chain)
        several.pass_seconds(LAST_REST)
    several.nodes[1].is_down = False
    assert several.asked(chain) == "b"
    several.nodes[0].is_down = False
    several.pass_seconds(FIRST_REST - 4 * LAST_REST)
    chain.block()
    assert several.asked(chain) == "a"


def test_where_no_node_works_none_is_asked_more_than_once_a_second() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    for node in several.nodes:
        node.is_down = True
    with pytest.raises(ChainUnavailable):
        several.asked(chain)
    asked = [len(node.asked) for node in several.nodes]
    several.pass_seconds(LAST_REST / 2)
    with pytest.raises(ChainUnavailable) as raised:
        several.asked(chain)
    assert raised.value.retry_after == LAST_REST / 2
    assert [len(node.asked) for node in several.nodes] == asked


def test_a_node_that_asks_for_a_rest_gets_it_also_where_no_other_works() -> None:
    several = SeveralNodes(1)
    chain = several.chain()
    several.nodes[0].answers["eth_call"] = Refusal(
        "slow down", -32029, {"rate": {"backoff_seconds": 20}}
    )
    with pytest.raises(ChainUnavailable):
        several.asked(chain)
    several.pass_seconds(LAST_REST)
    with pytest.raises(ChainUnavailable) as raised:
        several.asked(chain)
    assert raised.value.retry_after == 20 - LAST_REST


def test_a_node_that_answers_garbage_is_left() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].answers["eth_getTransactionReceipt"] = "nonsense"
    assert find_receipt(chain, b"\x11" * 32) is None
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["a"]


def test_a_node_that_stands_still_is_left_and_said_to_until_it_catches_up() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].height += BEHIND_BLOCKS + 1
    several.pass_seconds(31)
    assert chain.block().number == 1_000 + BEHIND_BLOCKS + 1
    (left,) = several.told.of(NodeLeft)
    assert left.endpoint == "a"
    assert "stands still at block 1000" in left.reason
    several.nodes[0].height = several.nodes[1].height
    several.pass_seconds(31)
    chain.block()
    assert several.asked(chain) == "a"


def test_a_node_that_stands_still_is_not_used_though_the_other_one_dies() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].height += 100
    several.pass_seconds(31)
    chain.block()
    several.nodes[1].is_down = True
    several.pass_seconds(31)
    with pytest.raises(ChainUnavailable, match="a: it stands still"):
        chain.block()


@pytest.mark.parametrize("first", [0, 1])
def test_blocks_that_all_nodes_make_at_once_during_a_look_show_nobody_to_stand_still(
    first: int,
) -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    answer = several.nodes[first].answers["eth_getBlockByNumber"]
    burst = [BEHIND_BLOCKS + 1]

    def make_many(which: str, full: bool) -> object:
        told = answer(which, full)
        if which == "latest" and burst:
            more = burst.pop()
            for node in several.nodes:
                node.height += more
            return told if first == 1 else answer(which, full)
        return told

    several.nodes[first].answers["eth_getBlockByNumber"] = make_many
    several.pass_seconds(31)
    assert chain.block().number == 1_000 + BEHIND_BLOCKS + 1
    assert several.told.events == []
    assert burst == []


def test_a_node_that_invents_a_block_of_the_future_drives_nobody_out() -> None:
    several = SeveralNodes(3)
    chain = several.chain()
    several.nodes[2].height = round(time.time())  # a block every 12 s: centuries from now
    several.pass_seconds(31)
    assert chain.block().number == 1_000
    assert several.told.events == []


def test_a_block_of_the_future_counts_for_nothing_even_when_its_time_has_come() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.wall = 1_000_000.0 + 1_000 * SECONDS
    several.nodes[1].height += 25
    several.pass_seconds(31)
    chain.block()
    several.nodes[1].is_down = True
    several.pass_seconds(25 * SECONDS)
    assert chain.block().number == 1_000
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["b"]


def test_a_node_a_few_blocks_behind_is_no_reason_to_leave_it() -> None:
    assert BEHIND_SECONDS > 2 * 12
    several = SeveralNodes(2)
    several.nodes[0].height -= 2
    chain = several.chain()
    assert chain.block().number == 998
    assert several.told.events == []


def test_a_block_that_was_read_is_never_asked_of_a_node_that_lacks_it() -> None:
    several = SeveralNodes(2)
    several.nodes[1].height -= 2
    chain = several.chain()
    stamp = chain.block()
    several.nodes[0].is_down = True
    with pytest.raises(ChainUnavailable, match="b does not have block 1000 yet"):
        list(read_logs(chain, ADDRESS, [], 900, stamp.number))
    assert several.nodes[1].count("eth_getLogs") == 0
    several.nodes[1].height += 2
    assert list(read_logs(chain, ADDRESS, [], 900, stamp.number)) == []


def test_a_block_that_was_read_is_never_asked_of_a_node_on_another_branch() -> None:
    several = SeveralNodes(2)
    several.nodes[1].branch, several.nodes[1].since = "other", 995
    chain = several.chain()
    stamp = chain.block(2)
    several.nodes[0].is_down = True
    with pytest.raises(ChainUnavailable, match="b has another block 998"):
        chain.request("eth_call", {}, hex(stamp.number))
    assert several.nodes[1].count("eth_call") == 0
    again = chain.block(2)
    assert again.hash == several.nodes[1].hash_of(998)
    assert chain.request("eth_call", {}, hex(again.number)) == "0x62"


def test_logs_beyond_all_that_was_read_come_from_a_node_that_has_the_block() -> None:
    several = SeveralNodes(2)
    several.nodes[0].height -= 2
    chain = several.chain()
    assert list(read_logs(chain, ADDRESS, [], 990, 1_000)) == []
    assert [each.count("eth_getLogs") for each in several.nodes] == [0, 1]


def test_nodes_that_differ_deep_down_are_waited_for() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].branch, several.nodes[1].since = "other", 900
    several.pass_seconds(31)
    with pytest.raises(ChainUnavailable, match=r"a: it and others differ.*b: it and others differ"):
        chain.block()
    (told,) = several.told.of(NodesDiffer)
    assert (told.block, told.endpoints, told.believed) == (936, ("a", "b"), ())
    several.nodes[1].is_down = True  # whoever silences the other one is not believed for that
    several.pass_seconds(31)
    with pytest.raises(ChainUnavailable):
        chain.block()
    several.nodes[1].is_down, several.nodes[1].branch = False, ""
    several.pass_seconds(31)
    assert chain.block().number == 1_000


def test_two_of_three_that_agree_are_believed() -> None:
    several = SeveralNodes(3)
    several.nodes[0].branch, several.nodes[0].since = "other", 900
    chain = several.chain()
    assert several.asked(chain) == "b"
    (told,) = several.told.of(NodesDiffer)
    assert (told.endpoints, told.believed) == (("a",), ("b", "c"))
    several.nodes[1].is_down = True
    several.pass_seconds(31)
    chain.block()
    assert several.asked(chain) == "c"  # the one that was outvoted stays so
    several.nodes[0].branch = ""
    several.pass_seconds(31)
    chain.block()
    assert several.asked(chain) == "a"


def test_two_of_three_that_differ_wait_for_the_third() -> None:
    several = SeveralNodes(3)
    several.nodes[2].is_down = True
    several.nodes[0].branch = "other"
    chain = several.chain()
    with pytest.raises(ChainUnavailable):
        chain.block()
    several.nodes[2].is_down = False
    several.pass_seconds(31)
    chain.block()
    assert several.asked(chain) == "b"


def test_a_reorganization_of_a_few_blocks_is_no_difference() -> None:
    several = SeveralNodes(2)
    several.nodes[1].branch, several.nodes[1].since = "other", 988
    assert several.asked(several.chain()) == "a"
    assert several.told.events == []


def test_nodes_with_other_code_at_the_contract_differ() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].answers["eth_getCode"] = "0x6002"
    chain.request("eth_getCode", ADDRESS, "latest")
    several.pass_seconds(31)
    with pytest.raises(ChainUnavailable, match="differ"):
        chain.block()


def test_a_node_that_does_not_have_the_contract_yet_does_not_differ() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].answers["eth_getCode"] = "0x"
    chain.request("eth_getCode", ADDRESS, "latest")
    several.pass_seconds(31)
    assert chain.block().number == 1_000
    assert several.told.events == []


def test_another_chain_is_named_at_the_start() -> None:
    several = SeveralNodes(2)
    several.nodes[1].answers["eth_chainId"] = "0x5"
    with pytest.raises(WrongChain, match="b serves chain 5, not 1337"):
        several.chain()


def test_where_nobody_said_the_chain_different_ones_are_named() -> None:
    several = SeveralNodes(2, expected_chain_id=None)
    several.nodes[1].answers["eth_chainId"] = "0x5"
    with pytest.raises(ConfigError, match="a chain 1337, b chain 5"):
        several.chain()


def test_a_node_that_becomes_one_of_another_chain_is_left() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].answers["eth_chainId"] = "0x5"
    several.pass_seconds(31)
    chain.block()
    assert several.asked(chain) == "b"
    (left,) = several.told.of(NodeLeft)
    assert "serves chain 5" in left.reason


def test_a_receipt_is_found_wherever_it_is() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    digest = "0x" + "11" * 32
    several.nodes[1].receipts[digest] = {
        "transactionHash": digest,
        "blockNumber": "0x3e8",
        "gasUsed": "0x1",
        "status": "0x1",
        "logs": [],
    }
    found = find_receipt(chain, b"\x11" * 32)
    assert found is not None
    assert found.block_number == 1_000


def test_a_nonce_that_no_account_can_have_is_not_told_of_one() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].nonce, several.nodes[1].nonce = 4, 2**64 - 1
    assert transaction_counts(chain, ADDRESS).agreed == 4
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["b"]


def test_a_transaction_goes_to_every_node_and_one_that_has_it_is_enough() -> None:
    several = SeveralNodes(3)
    chain = several.chain()
    several.nodes[0].answers["eth_sendRawTransaction"] = Refusal("nonce too low")
    several.nodes[1].answers["eth_sendRawTransaction"] = Refusal("already known")
    several.nodes[2].answers["eth_sendRawTransaction"] = Refusal("insufficient funds")
    assert broadcast(chain, RAW) is Outcome.ACCEPTED
    assert [each.count("eth_sendRawTransaction") for each in several.nodes] == [1, 1, 1]


def test_a_refusal_counts_only_where_no_node_says_more() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].answers["eth_sendRawTransaction"] = Refusal("insufficient funds")
    several.nodes[1].answers["eth_sendRawTransaction"] = Refusal("nonce too low")
    assert broadcast(chain, RAW) is Outcome.NONCE_USED
    several.nodes[1].answers["eth_sendRawTransaction"] = Refusal("insufficient funds")
    with pytest.raises(NodeError, match="insufficient funds"):
        broadcast(chain, RAW)


def test_a_range_that_is_too_wide_is_halved_and_the_node_is_kept() -> None:
    several = SeveralNodes(2)
    chain = several.chain()

    def limited(query: dict[str, str]) -> object:
        wide = int(query["toBlock"], 16) - int(query["fromBlock"], 16) >= 100
        return Refusal("too many blocks") if wide else []

    several.nodes[0].answers["eth_getLogs"] = limited
    assert list(read_logs(chain, ADDRESS, [], 700, 1_000)) == []
    assert several.nodes[1].count("eth_getLogs") == 0
    assert several.told.events == []


def test_a_node_that_serves_no_logs_at_all_does_not_slow_those_of_another_down() -> None:
    several = SeveralNodes(2, height=5_000)
    chain = several.chain()
    several.nodes[0].answers["eth_getLogs"] = Refusal("not on this plan")
    assert list(read_logs(chain, ADDRESS, [], 0, 5_000)) == []
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["a"]
    assert sum(each.count("eth_getLogs") for each in several.nodes) < 50


def test_a_node_that_asks_to_be_left_alone_is() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    refusal = Refusal("slow down", -32029)
    several.nodes[0].answers["eth_call"] = refusal
    assert several.asked(chain) == "b"
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["a"]


def test_a_state_that_a_node_no_longer_keeps_is_read_from_another() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].answers["eth_call"] = Refusal("missing trie node")
    assert several.asked(chain) == "b"
    assert several.told.events == []


def test_events_that_one_node_leaves_out_are_read_from_the_next() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].answers["eth_getLogs"] = lambda query: [log(950)]

    def accept(found: list[Log], care: Care) -> None:
        if not found:
            raise LogsMissing("the node tells of no updates")

    found = read_closely(
        chain, lambda care: list(read_logs(chain, ADDRESS, [], 900, 1_000, care)), accept
    )
    assert [each.block_number for each in found] == [950]
    (left,) = several.told.of(NodeLeft)
    assert (left.endpoint, left.reason) == ("a", "the node tells of no updates")


def test_the_node_that_is_left_is_the_one_that_answered_this_thread() -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    assert several.asked(chain) == "a"
    well = several.nodes[0].answers["eth_call"]
    several.nodes[0].answers["eth_call"] = Refusal("that state is pruned")
    other = threading.Thread(target=several.asked, args=(chain,))
    other.start()
    other.join()
    several.nodes[0].answers["eth_call"] = well
    assert several.nodes[1].count("eth_call") == 1
    assert chain.leave_endpoint("events are missing")
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["a"]


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        (["http://a:1/key", "http://a:1/key"], "http://a:1 is given twice"),
        (["http://a:80/key", "http://us3r:w0rd@A/key/"], "http://A is given twice"),
        (["http://a:1", "embedded"], "stands alone"),
    ],
)
def test_endpoints_that_cannot_stand_beside_each_other(urls: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        connect_several(urls, 1)


def receipt(digest: str, **fields: object) -> dict[str, object]:
    mined = {"transactionHash": digest, "blockNumber": "0x3e8", "gasUsed": "0x1", "status": "0x1"}
    return {**mined, "logs": [], **fields}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (None, []),
        ({}, []),
        ({"blockNumber": None}, []),
        (receipt("0x" + "22" * 32), ["a"]),
        (receipt("0x" + "11" * 32, status="done"), ["a"]),
        (receipt("0x" + "11" * 32, logs=[{}]), ["a"]),
        ([], ["a"]),
    ],
)
def test_a_receipt_that_is_none_hides_no_other_nodes_one(told: object, left: list[str]) -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    digest = "0x" + "11" * 32
    several.nodes[0].answers["eth_getTransactionReceipt"] = told
    several.nodes[1].receipts[digest] = receipt(digest)
    found = find_receipt(chain, b"\x11" * 32)
    assert found is not None
    assert found.block_number == 1_000
    assert [each.endpoint for each in several.told.of(NodeLeft)] == left


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (None, []),
        ("0x", ["a"]),
        ({"number": "0x3e8"}, ["a"]),
        ({"number": "0x3e8", "hash": "0x11", "timestamp": "0x1"}, ["a"]),
        ({"number": "0x3e7", "hash": "0x" + "11" * 32, "timestamp": "0x1"}, ["a"]),
    ],
)
def test_a_block_that_is_none_or_another_one_is_read_from_the_next(
    told: object, left: list[str]
) -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[0].answers["eth_getBlockByNumber"] = told
    assert chain.block_at(1_000).hash == several.nodes[1].hash_of(1_000)
    assert [each.endpoint for each in several.told.of(NodeLeft)] == left


@pytest.mark.parametrize("told", [None, "0x", {}])
def test_a_node_that_has_no_newest_block_is_left_when_all_are_looked_at(told: object) -> None:
    several = SeveralNodes(2)
    chain = several.chain()
    several.nodes[1].answers["eth_getBlockByNumber"] = told
    several.pass_seconds(31)
    assert chain.block().number == 1_000
    assert [each.endpoint for each in several.told.of(NodeLeft)] == ["b"]


def test_a_node_that_does_not_answer_a_look_in_time_is_left_and_said() -> None:
    several = SeveralNodes(3)
    chain = several.chain()
    several.nodes[1].hangs = True
    several.pass_seconds(31)
    assert chain.block().number == 1_000
    (left,) = several.told.of(NodeLeft)
    assert (left.endpoint, left.reason) == ("b", "b does not answer in 5 s")


@pytest.mark.parametrize("from_block", [900, 1_000])
def test_a_request_that_times_out_is_answered_by_another_node_and_said(from_block: int) -> None:
    several = SeveralNodes(2)
    chain = several.chain(Patience.of_daemon())
    before = len(several.nodes[0].asked)
    for method in ("eth_getLogs", "eth_chainId", "eth_getBlockByNumber"):
        several.nodes[0].answers[method] = requests.ReadTimeout()
    assert list(read_logs(chain, ADDRESS, [], from_block, 1_000)) == []
    (left,) = several.told.of(NodeLeft)
    assert (left.endpoint, left.reason) == ("a", "http://a.example does not answer in time")
    assert len(several.nodes[0].asked) - before <= 2


def test_logs_that_take_a_working_node_too_long_are_asked_for_in_smaller_ranges() -> None:
    several = SeveralNodes(2)
    chain = several.chain()

    def slow(query: dict[str, str]) -> object:
        wide = int(query["toBlock"], 16) - int(query["fromBlock"], 16) >= 100
        return requests.ReadTimeout() if wide else []

    for node in several.nodes:
        node.answers["eth_getLogs"] = slow
    assert list(read_logs(chain, ADDRESS, [], 700, 1_000)) == []
    assert several.told.events == []


@pytest.mark.parametrize(("count", "seconds"), [(1, REQUEST_TIMEOUT), (2, TIMEOUT_AMONG_SEVERAL)])
def test_one_of_several_nodes_gets_less_time_for_a_request(
    count: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def connect(url: str, expected: int | None, *, timeout: float, **_: object) -> Chain:
        given.append(timeout)
        return chain_on(SimulatedNode("a", 1_000))

    monkeypatch.setattr(Chain, "connect", connect)
    connect_several([f"http://{index}.example" for index in range(count)], CHAIN_ID)
    assert given == [seconds] * count
    assert TIMEOUT_AMONG_SEVERAL < REQUEST_TIMEOUT
