"""A transaction's receipt, of which each of several nodes may tell another."""

from typing import Any

import pytest

from tests.support.fake_pool import BLOCK_HASH, CALL, GAS_USED
from tests.support.shared_pool import SharedPool


def invented(shared: SharedPool, **fields: object) -> Any:
    """What a node answers that has its own receipt for whatever is asked."""

    def answer(hash: str) -> dict[str, object]:
        shared.pool.node.answers["eth_getTransactionReceipt"](hash)
        told = {"transactionHash": hash, "blockNumber": "0x10", "blockHash": BLOCK_HASH}
        return {**told, "gasUsed": "0x1", "status": "0x1", "logs": [], **fields}

    return answer


@pytest.mark.parametrize("liar", [0, 1, 2])
def test_a_receipt_of_a_block_that_is_not_the_chains_hides_no_true_one(liar: int) -> None:
    shared = SharedPool(3)
    false = invented(shared, blockHash="0x" + "2" * 64)
    shared.nodes[liar].answers["eth_getTransactionReceipt"] = false
    receipt = shared.sender().send(CALL)
    assert (receipt.gas_used, receipt.block_hash) == (GAS_USED, bytes.fromhex(BLOCK_HASH[2:]))


@pytest.mark.parametrize("liar", [0, 1, 2])
def test_of_receipts_of_one_block_the_one_that_most_nodes_tell_counts(liar: int) -> None:
    shared = SharedPool(3)
    shared.nodes[liar].answers["eth_getTransactionReceipt"] = invented(shared, status="0x0")
    receipt = shared.sender().send(CALL)
    assert (receipt.gas_used, receipt.status) == (GAS_USED, 1)


@pytest.mark.parametrize("liar", [0, 1])
def test_a_receipt_that_only_one_of_two_nodes_tells_counts_if_the_chain_has_its_block(
    liar: int,
) -> None:
    shared = SharedPool(2)
    shared.nodes[liar].answers["eth_getTransactionReceipt"] = None
    assert shared.sender().send(CALL).gas_used == GAS_USED
