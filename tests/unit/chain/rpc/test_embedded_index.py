"""Logs and receipts of the embedded chain, held against what eth-tester itself says of them."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.rpc.embedded_index import BlockIndex
from fedjury.protocol.digest import Digest
from tests.support.contract_task import ContractTask, create_contract_task

Log = dict[str, Any]


@pytest.fixture(scope="module")
def played() -> ContractTask:
    """A task after two rounds, whose first one both clients took part in."""
    chain = Chain.connect("embedded")
    made = create_contract_task(chain, funded_accounts(chain.web3))
    for number in (1, 2):
        made.submit(0, Digest(bytes([number]) * 32))
        made.submit(1, Digest(bytes([number + 8]) * 32))
        made.finalize(Digest(bytes([number + 16]) * 32))
    return made


def eth_tester_of(made: ContractTask) -> Any:
    provider: Any = made.chain.web3.provider
    return provider.ethereum_tester


def logs_of(made: ContractTask, **query: Any) -> list[Log]:
    found: list[Log] = made.chain.request("eth_getLogs", {"fromBlock": "0x0", **query})
    return found


def facts(logs: Sequence[Log]) -> list[tuple[Any, ...]]:
    """What a log says, in whichever form."""
    return [
        (
            log["address"].lower(),
            tuple(log["topics"]),
            log["data"],
            int(str(log.get("blockNumber", log.get("block_number"))), 0),
            log.get("transactionHash", log.get("transaction_hash")),
        )
        for log in logs
    ]


def test_logs_are_those_that_eth_tester_finds(played: ContractTask) -> None:
    expected = facts(eth_tester_of(played).get_logs(from_block=0, to_block="latest"))
    assert len(expected) > 10
    assert facts(logs_of(played)) == expected


def test_a_query_gets_what_it_asks_for(played: ContractTask) -> None:
    everything = logs_of(played)
    first, last = everything[0], everything[-1]
    newest, (kind, number) = last["blockNumber"], last["topics"]
    task, factory = played.task.address, played.factory.address

    def those(condition: Callable[[Log], bool]) -> list[Log]:
        return [log for log in everything if condition(log)]

    of_the_newest = those(lambda log: log["blockNumber"] == newest)
    queries: list[tuple[Log, list[Log]]] = [
        ({"topics": [kind]}, those(lambda log: log["topics"][0] == kind)),
        ({"topics": [None, number]}, those(lambda log: number in log["topics"][1:2])),
        (
            {"topics": [[kind, first["topics"][0]]]},
            those(lambda log: log["topics"][0] in (kind, first["topics"][0])),
        ),
        ({"topics": [kind, None, None, None]}, []),
        ({"address": task}, those(lambda log: log["address"] == task)),
        (
            {"address": [task.lower(), factory]},
            those(lambda log: log["address"] in (task, factory)),
        ),
        ({"address": "0x" + "77" * 20}, []),
        ({"toBlock": hex(int(newest, 16) - 1)}, everything[: -len(of_the_newest)]),
        ({"fromBlock": newest, "toBlock": newest}, of_the_newest),
        ({"fromBlock": "earliest", "toBlock": "latest"}, everything),
        ({"fromBlock": hex(int(newest, 16) + 1), "toBlock": "0xffff"}, []),
    ]
    for query, expected in queries:
        assert logs_of(played, **query) == expected, query


def test_receipts_say_what_eth_tester_says(played: ContractTask) -> None:
    tester = eth_tester_of(played)
    hashes = {log["transactionHash"] for log in logs_of(played)}
    for each in hashes:
        receipt = played.chain.request("eth_getTransactionReceipt", each)
        expected = tester.get_transaction_receipt(each)
        assert int(receipt["blockNumber"], 16) == expected["block_number"]
        assert int(receipt["gasUsed"], 16) == expected["gas_used"]
        assert int(receipt["status"], 16) == expected["status"] == 1
        assert receipt["contractAddress"] == expected["contract_address"]
        assert facts(receipt["logs"]) == facts(expected["logs"])


def test_what_is_not_mined_has_no_receipt(played: ContractTask) -> None:
    assert played.chain.request("eth_getTransactionReceipt", "0x" + "55" * 32) is None


def test_what_is_undone_is_forgotten_and_what_comes_instead_is_found(
    played: ContractTask,
) -> None:
    before = logs_of(played)
    snapshot = played.chain.request("evm_snapshot")
    undone = played.submit(0, Digest(b"\x31" * 32))
    played.submit(1, Digest(b"\x32" * 32))
    assert len(logs_of(played)) == len(before) + 2
    played.chain.request("evm_revert", snapshot)
    assert logs_of(played) == before
    assert (
        played.chain.request("eth_getTransactionReceipt", "0x" + undone.transaction_hash.hex())
        is None
    )
    instead = played.submit(1, Digest(b"\x33" * 32))
    (new,) = logs_of(played)[len(before) :]
    assert new["transactionHash"] == "0x" + instead.transaction_hash.hex()
    played.chain.request("evm_revert", snapshot)
    assert logs_of(played) == before


class CountingChain:
    """A chain that counts which blocks are read whole."""

    def __init__(self, chain: Any) -> None:
        self._chain, self.read = chain, []  # type: Any, list[int]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def get_canonical_block_by_number(self, number: int) -> Any:
        self.read.append(number)
        return self._chain.get_canonical_block_by_number(number)


def test_each_block_is_read_once(played: ContractTask) -> None:
    chain: Any = CountingChain(eth_tester_of(played).backend.chain)
    index = BlockIndex(chain)
    newest = played.chain.block().number
    for _ in range(3):
        assert len(index.logs(0, newest, {})) == len(logs_of(played))
    assert chain.read == list(range(newest + 1))
