from typing import Any

import pytest

from fedjury.chain.abi.codec import abi_of, selector
from fedjury.chain.contracts.events import RoundOpened
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.contracts.types import (
    ClientState,
    JuryState,
    NextJury,
    Overview,
    Phase,
    RosterState,
    RoundState,
)
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.transactions.call import ContractCall
from fedjury.errors import (
    ChainUnavailable,
    ConfigError,
    NoContract,
    TransactionReverted,
    UnexpectedAnswer,
)
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.roster import Roster
from tests.support.fake_node import CHAIN_ID, FakeNode, Refusal, chain_on, word

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
STAMP = BlockStamp(77, b"\1" * 32, 1000)
CONFIG = "0x" + "".join(map(word, range(1, 11)))


def domain(name: str = "fedjury", chain_id: int = CHAIN_ID, address: str = ADDRESS) -> str:
    words = [word("0f").lstrip("0").rjust(2, "0").ljust(64, "0"), word(7 * 32), word(9 * 32)]
    words += [word(chain_id), word(address), word(0), word(11 * 32)]
    words += [word(len(name)), name.encode().hex().ljust(64, "0"), word(1), "32".ljust(64, "0")]
    return "0x" + "".join(words) + word(0)


def answering(**results: Any) -> FakeNode:
    """A node with one contract, that answers by function name."""
    functions = {**abi_of("FederatedTask").functions, **abi_of("TaskFactory").functions}
    by_selector = {"0x" + selector(functions[name]).hex(): name for name in results}

    def call(fields: dict[str, str], _: str) -> Any:
        name = by_selector.get(fields["data"][:10])
        return Refusal("execution reverted") if name is None else results[name]

    return FakeNode(eth_call=call, eth_getCode="0x60", eth_getBlockByNumber=None)


def task_on(node: FakeNode) -> FederatedTask:
    return FederatedTask(chain_on(node), ADDRESS)


def test_reads_are_pinned_to_the_block_given() -> None:
    node = answering(isJuror="0x" + word(1))
    assert task_on(node).is_juror(b"\1" * 32, ADDRESS, at=STAMP)
    assert task_on(node).is_juror(b"\1" * 32, ADDRESS)
    blocks = [params[1] for method, params in node.asked if method == "eth_call"]
    assert blocks == ["0x4d", "latest"]


def test_views_give_dataclasses() -> None:
    node = answering(
        clientOf=_words(3, 2),
        phase=_words(2),
        roster=_words(4, b"\1" * 32, 9),
        nextRoster=_words(5, b"\2" * 32, 8),
        jury=_words(6, b"\3" * 32, 4, 3),
        nextJury=_words(7, b"\4" * 32, 1, 1, 1234),
        batchRoom=_words(5),
        currentRound=_words(3, 2, 1, 99, 4, 6, b"\5" * 32, b"\6" * 32),
    )
    task = task_on(node)
    assert task.client_of(ADDRESS.lower()) == ClientState(3, 2)
    assert task.phase() is Phase.FINISHED
    assert task.roster() == RosterState(4, b"\1" * 32, 9)
    assert task.next_roster() == RosterState(5, b"\2" * 32, 8)
    assert task.jury() == JuryState(6, b"\3" * 32, 4, 3)
    assert task.next_jury() == NextJury(7, b"\4" * 32, 1, 1, 1234)
    assert task.current_round() == RoundState(3, 2, 99, 4, 6, b"\5" * 32, Digest(b"\6" * 32), 1)
    assert task.current_round().alone == 1
    assert task.batch_room() == 5


def _words(*values: int | bytes) -> str:
    return "0x" + "".join(map(word, values))


def test_what_is_not_pending_is_none() -> None:
    node = answering(nextRoster=_words(0, 0, 0), nextJury=_words(0, 0, 0, 0, 0))
    assert task_on(node).next_roster() is None
    assert task_on(node).next_jury() is None


_ROUND: tuple[int | bytes, ...] = (4, 3, 2, 1234, b"\1" * 32, b"\2" * 32)
OVERVIEW: tuple[int | bytes, ...] = (
    *(1, *_ROUND),
    *(2, 7, b"\3" * 32),
    *(6, 4, 3, b"\4" * 32),
    *(b"\5" * 32, 5678, 1, 0, 1, 4, 1),
)


def test_an_overview_is_all_that_a_cycle_reads() -> None:
    node = answering(overview=_words(*OVERVIEW))
    assert task_on(node).overview(ADDRESS.lower(), at=STAMP) == Overview(
        phase=Phase.CLOSED,
        round=RoundState(4, 3, 1234, 2, 6, b"\1" * 32, Digest(b"\2" * 32), 2),
        roster=RosterState(2, b"\3" * 32, 7),
        jury=JuryState(6, b"\4" * 32, 4, 3),
        next_jury=b"\5" * 32,
        next_jury_from=5678,
        is_juror=True,
        is_next_juror=False,
        has_proved=True,
        last_round=4,
        is_relayer=True,
    )


def test_an_overview_without_an_announced_jury() -> None:
    values = [0 if value in (b"\5" * 32, 5678) else value for value in OVERVIEW]
    seen = task_on(answering(overview=_words(*values))).overview(ADDRESS)
    assert (seen.next_jury, seen.next_jury_from) == (None, 0)


def test_an_overview_with_an_unheard_of_phase() -> None:
    node = answering(overview="0x" + "".join(map(word, (3, *OVERVIEW[1:]))))
    with pytest.raises(ChainUnavailable, match="overview"):
        task_on(node).overview(ADDRESS)


def test_a_task_of_before_there_were_overviews() -> None:
    with pytest.raises(NoContract, match="of an earlier version of fedjury"):
        task_on(answering()).overview(ADDRESS)


@pytest.mark.parametrize("result", ["0x", "0x01", "0x" + word(256), "0x" + "ff" * 32])
def test_a_result_of_another_shape_is_no_crash(result: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"FederatedTask.phase\(\)"):
        task_on(answering(phase=result)).phase()


@pytest.mark.parametrize("result", [None, 7, "true", [], {}])
def test_a_result_that_is_no_data(result: object) -> None:
    with pytest.raises(ChainUnavailable):
        task_on(answering(phase=result)).phase()


def test_an_unheard_of_phase() -> None:
    with pytest.raises(ChainUnavailable, match="phase"):
        task_on(answering(phase="0x" + word(3))).phase()


def test_at_accepts_a_task() -> None:
    node = answering(eip712Domain=domain(), config=CONFIG)
    assert FederatedTask.at(chain_on(node), ADDRESS.lower()).address == ADDRESS


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"eip712Domain": "0x"},
        {"eip712Domain": "0x" + word(1)},
        {"eip712Domain": domain("another"), "config": CONFIG},
        {"eip712Domain": domain(chain_id=1), "config": CONFIG},
        {"eip712Domain": domain(address="0x" + "11" * 20), "config": CONFIG},
        {"eip712Domain": domain()},
        {"eip712Domain": domain(), "config": "0x"},
    ],
)
def test_at_refuses_another_contract(results: dict[str, str]) -> None:
    with pytest.raises(NoContract, match="is no fedjury task"):
        FederatedTask.at(chain_on(answering(**results)), ADDRESS)


def test_at_without_code() -> None:
    with pytest.raises(NoContract, match="there is no contract at"):
        FederatedTask.at(chain_on(FakeNode(eth_getCode="0x")), ADDRESS)


def test_at_does_not_blame_the_contract_for_an_outage() -> None:
    node = FakeNode(eth_getCode="0x60", eth_call=Refusal("header not found"))
    with pytest.raises(ChainUnavailable):
        FederatedTask.at(chain_on(node), ADDRESS)


@pytest.mark.parametrize("address", ["", "0x12", "vitalik.eth", ADDRESS[:-1]])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConfigError, match="is not an address"):
        FederatedTask.at(chain_on(FakeNode()), address)


def test_prepared_calls_ask_nothing_of_the_node() -> None:
    node = FakeNode()
    call = task_on(node).submit_update(5, Digest(b"\2" * 32), [b"\3" * 32])
    expected = selector(abi_of("FederatedTask").functions["submitUpdate"])
    expected += bytes.fromhex(word(5)) + b"\2" * 32
    expected += bytes.fromhex(word(96) + word(1)) + b"\3" * 32
    assert call == ContractCall("submitUpdate", ADDRESS, expected)
    assert node.asked == [("eth_chainId", [])]


def test_batches_and_relayers_are_prepared_under_the_contracts_names() -> None:
    task, functions = task_on(FakeNode()), abi_of("FederatedTask").functions
    posted = task.submit_batch(5, 300, Digest(b"\2" * 32))
    words = bytes.fromhex(word(5) + word(300)) + b"\2" * 32
    expected = selector(functions["submitBatch"]) + words
    assert posted == ContractCall("submitBatch", ADDRESS, expected)
    named = task.set_relayer(ADDRESS.lower(), allowed=True)
    words = bytes.fromhex(word(ADDRESS) + word(1))
    assert named == ContractCall("setRelayer", ADDRESS, selector(functions["setRelayer"]) + words)


def test_a_short_digest_is_refused_rather_than_padded() -> None:
    with pytest.raises(ValueError, match="32 bytes long, this one 31"):
        task_on(FakeNode()).submit_update(1, Digest(b"\2" * 31), [])
    with pytest.raises(ValueError, match="32 bytes long, this one 0"):
        Report(1, 1, b"\1" * 32, 0, 0, Digest(b""), Digest(bytes(32)), bytes(32))


def test_a_view_that_reverts() -> None:
    with pytest.raises(TransactionReverted):
        task_on(answering()).jury()


def test_events_are_those_of_the_tasks_own_address() -> None:
    node = FakeNode(eth_getLogs=[])
    assert task_on(node).read_events(3, 9, [RoundOpened], round=2) == []
    ((query,),) = [params for method, params in node.asked if method == "eth_getLogs"]
    assert (query["address"], query["fromBlock"], query["toBlock"]) == (ADDRESS, "0x3", "0x9")
    assert query["topics"][1] == "0x" + word(2)


def test_a_roster_of_nobody_is_all_zero_and_jurors_are_sorted() -> None:
    task = task_on(FakeNode())
    zeros = bytes(96)
    assert task.set_roster(Roster(), None).data[4:] == zeros
    one, two = "0x" + "11" * 20, "0x" + "22" * 20
    assert task.set_jury([two, one], 2) == task.set_jury([one, two], 2)


def test_factory_at_refuses_another_contract() -> None:
    with pytest.raises(NoContract, match="is no fedjury task factory"):
        TaskFactory.at(chain_on(answering()), ADDRESS)
    node = answering(implementation="0x" + word(ADDRESS))
    assert TaskFactory.at(chain_on(node), ADDRESS).implementation() == ADDRESS
