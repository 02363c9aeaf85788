"""Setting a chain's clock forward."""

import time
from typing import cast

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.errors import ConfigError, NodeError
from fedjury.simulation.live.clock import pass_to, require_clock


def test_an_embedded_chain_is_set_forward_and_goes_on_from_there() -> None:
    chain = Chain.connect("embedded")
    require_clock(chain)
    before = chain.block()
    assert before.timestamp < time.time() + 60
    pass_to(chain, before.timestamp + 3600)
    later = chain.block()
    assert later.number > before.number
    assert before.timestamp + 3600 <= later.timestamp < before.timestamp + 3660
    pass_to(chain, before.timestamp + 3600)
    assert chain.block().timestamp < before.timestamp + 3660
    account, other = funded_accounts(chain.web3)[:2]
    sender = TransactionSender(chain, account, poll_interval=0.1)
    sender.send(ContractCall("transfer", other.address, b"", 1))
    assert later.timestamp < chain.block().timestamp < later.timestamp + 60


class _Public:
    """A node that knows no such request."""

    endpoint = "https://node.example"

    def request(self, method: str, *params: object) -> object:
        raise NodeError(method, -32601, "the method does not exist")


def test_a_chain_whose_clock_is_its_own_cannot_have_rounds_through_a_relay() -> None:
    with pytest.raises(ConfigError, match=r"clock of https://node\.example cannot be set"):
        require_clock(cast(Chain, _Public()))
