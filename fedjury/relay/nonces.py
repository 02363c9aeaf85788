"""Which nonces of an account are used for good."""

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.agreement import lower_median


def is_taken_for_good(chain: Chain, address: str, nonce: int, deep: BlockStamp) -> bool:
    """Whether a transaction at a nonce stands in a block that is deep enough, or in an older one.

    Of what several nodes tell the lower median counts: by a false yes a batch could be mined twice.

    Args:
        chain: that the account is on.
        address: the account's.
        nonce: that is asked about.
        deep: the block.

    Raises:
        ChainUnavailable: no usable answer.
    """
    answers = chain.request_each("eth_getTransactionCount", address, hex(deep.number))
    told = [json_rpc.quantity(each, "a transaction count") for each in answers]
    return lower_median(told) > nonce
