"""What the embedded chain refuses, though it checks signatures only once."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.errors import NodeError

GWEI = 10**9


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain.connect("embedded")


def fields(chain: Chain, sender: str, **changes: int) -> dict[str, Any]:
    count = int(chain.request("eth_getTransactionCount", sender, "latest"))
    return {
        "chainId": chain.chain_id,
        "nonce": count,
        "gas": 21_000,
        "to": "0x" + "77" * 20,
        "value": 5,
        "data": "0x",
        "maxFeePerGas": 10 * GWEI,
        "maxPriorityFeePerGas": GWEI,
        **changes,
    }


def send(chain: Chain, account: LocalAccount, **changes: int) -> str:
    signed = account.sign_transaction(fields(chain, account.address, **changes))
    return str(chain.request("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex()))


def test_a_signed_transaction_is_mined_for_its_signer(chain: Chain) -> None:
    account = funded_accounts(chain.web3)[0]
    sent = send(chain, account)
    assert chain.request("eth_getTransactionReceipt", sent)["status"] == "0x1"
    count = chain.request("eth_getTransactionCount", account.address, "latest")
    assert int(count) == 1


@pytest.mark.parametrize("changes", [{"gas": 20_999}, {"nonce": 9}, {"value": 10**30}])
def test_what_a_chain_does_not_take_is_refused(chain: Chain, changes: dict[str, int]) -> None:
    with pytest.raises(NodeError):
        send(chain, funded_accounts(chain.web3)[1], **changes)


def test_a_signature_of_somebody_else_does_not_spend_the_accounts_ether(chain: Chain) -> None:
    rich, poor = funded_accounts(chain.web3)[2], Account.create()
    with pytest.raises(NodeError):
        send(chain, poor)
    balance = chain.request("eth_getBalance", rich.address, "latest")
    signed = rich.sign_transaction(fields(chain, rich.address))
    # the last bytes are s: another s is another signer's
    raw = signed.raw_transaction[:-1] + bytes([signed.raw_transaction[-1] ^ 1])
    with pytest.raises(NodeError):
        chain.request("eth_sendRawTransaction", "0x" + raw.hex())
    assert chain.request("eth_getBalance", rich.address, "latest") == balance
