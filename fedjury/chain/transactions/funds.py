"""Whether an account can pay, judged by its balance: nodes say so in words that all differ."""

from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.agreement import upper_median
from fedjury.errors import InsufficientFunds

ETHER = 10**18
LEAST_GAS = 21_000  # of any transaction


def balance_of(chain: Chain, address: str) -> int:
    """What an account has, in wei; of several nodes' words the upper median.

    Who cannot pay ends, so of two nodes the one that tells more is believed: the other one may lag.

    Raises:
        ChainUnavailable: no usable answer.
    """
    answers = chain.request_each("eth_getBalance", address, "latest")
    return upper_median(json_rpc.quantity(each, "a balance") for each in answers)


def funds_error(address: str, balance: int, cost: int) -> InsufficientFunds | None:
    """The error for an account that cannot pay; None for one that can.

    Args:
        address: the account's.
        balance: what it has, in wei.
        cost: what it is to pay at most, in wei.
    """
    if balance >= cost:
        return None
    return InsufficientFunds(
        f"account {address} cannot pay for the gas: it has {balance / ETHER:.6g} ether, "
        f"and needs up to {cost / ETHER:.6g}: send it funds"
    )
