"""Which nonces are used for good, by the word of several nodes."""

import pytest

from fedjury.chain.rpc.block import BlockStamp
from fedjury.relay.nonces import is_taken_for_good
from tests.support.fake_pool import ACCOUNT
from tests.support.shared_pool import SharedPool

DEEP = BlockStamp(10, bytes(32), 1)


@pytest.mark.parametrize(
    ("told", "is_taken"),
    [
        ([7], False),
        ([8], True),
        ([8, 7], False),
        ([7, 8], False),
        ([8, 8], True),
        ([9, 7, 7], False),
        ([0, 8, 8], True),
        ([2**64, 7], False),
        (["garbage", 8], True),
    ],
)
def test_a_nonce_is_taken_for_good_by_the_lower_median_of_what_nodes_tell(
    told: list[int | str], is_taken: bool
) -> None:
    shared = SharedPool(len(told))
    for node, each in zip(shared.nodes, told, strict=True):
        node.answers["eth_getTransactionCount"] = hex(each) if isinstance(each, int) else each
    assert is_taken_for_good(shared.chain, ACCOUNT.address, 7, DEEP) is is_taken
