"""Which nonces of an account are used for good."""

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain


def is_taken_for_good(chain: Chain, address: str, nonce: int, deep: BlockStamp) -> bool:
    """Whether a transaction at a nonce stands in a block that is deep enough, or in an older one.

    Args:
        chain: that the account is on.
        address: the account's.
        nonce: that is asked about.
        deep: the block.

    Raises:
        ChainUnavailable: no usable answer.
    """
    answer = chain.request("eth_getTransactionCount", address, hex(deep.number))
    return json_rpc.quantity(answer, "a transaction count") > nonce
