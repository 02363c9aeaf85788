"""Anvil and Ganache without base fees, with free gas, and with old hard forks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import pytest
from eth_account import Account

from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.fees import market_fees
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.devnet import ChainKind, devnet_accounts
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.ganache import HARDFORK
from fedjury.devnet.ports import free_port
from fedjury.errors import ChainTooOld, ExitCode, InsufficientFunds
from tests.support.commands import command
from tests.support.keys import Keys
from tests.support.services import RunningService
from tests.support.waiting import until


@dataclass(frozen=True)
class Market:
    """How a chain is started, and whether its gas is free."""

    kind: ChainKind
    hard_fork: str
    options: tuple[str, ...] = ()
    free: bool = False

    def __str__(self) -> str:
        return " ".join((self.kind, self.hard_fork, *self.options))

    def service(self, directory: Path) -> RunningService:
        chain = ChainOptions(accounts=5)
        made = chain_service(self.kind, free_port(), directory / "log", chain)
        if self.kind == "anvil":
            fork: tuple[str, ...] = ("--hardfork", self.hard_fork)
            command = made.command
        else:
            fork = ()
            command = tuple(self.hard_fork if each == HARDFORK else each for each in made.command)
        return RunningService(replace(made, command=(*command, *fork, *self.options)))


MARKETS = [
    Market("anvil", "berlin"),
    Market("anvil", "berlin", ("--gas-price", "0"), free=True),
    Market("anvil", "cancun", ("--base-fee", "0"), free=True),
    Market("anvil", "cancun", ("--base-fee", "0", "--gas-price", "0"), free=True),
    Market("ganache", "berlin"),
    Market("ganache", "berlin", ("--miner.defaultGasPrice", "0"), free=True),
    Market("ganache", "shanghai", ("--miner.defaultGasPrice", "0")),
]


@pytest.fixture(params=MARKETS, ids=str)
def market(request: pytest.FixtureRequest) -> Market:
    found: Market = request.param
    return found


@pytest.fixture
def chain(market: Market, tmp_path: Path) -> Iterator[Chain]:
    with market.service(tmp_path) as node:
        yield Chain.connect(node.url)


def nothing(sender: TransactionSender) -> ContractCall:
    return ContractCall("nothing", sender.address, b"")


def test_transactions_are_mined_on_every_market(market: Market, chain: Chain) -> None:
    rich = TransactionSender(chain, devnet_accounts(1)[0], poll_interval=0.1)
    assert rich.send(nothing(rich)).status == 1
    poor = TransactionSender(chain, Account.from_key(b"\7" * 32), poll_interval=0.1)
    if market.free:
        assert poor.send(nothing(poor)).status == 1
    else:
        with pytest.raises(InsufficientFunds, match="it has 0 ether, and needs up to"):
            poor.send(nothing(poor))


def stop_mining(market: Market, chain: Chain) -> None:
    if market.kind == "anvil":
        chain.request("evm_setAutomine", False)
    else:
        chain.request("miner_stop")


def mine_again(market: Market, chain: Chain) -> None:
    chain.request("evm_mine" if market.kind == "anvil" else "miner_start")


def test_what_is_stuck_is_outbid_on_every_market(market: Market, chain: Chain) -> None:
    sender = TransactionSender(
        chain, devnet_accounts(1)[0], stuck_after=0.4, poll_interval=0.1, receipt_timeout=20
    )
    sender.send(nothing(sender))  # Ganache does not replace nonce 0
    stop_mining(market, chain)
    first = market_fees(chain, None).cap
    receipts: list[Receipt] = []
    sending = Thread(target=lambda: receipts.append(sender.send(nothing(sender))), daemon=True)
    sending.start()
    until(lambda: max(pending(chain), default=0) > first)
    mine_again(market, chain)
    sending.join(20)
    assert [receipt.status for receipt in receipts] == [1]


def pending(chain: Chain) -> list[int]:
    """What each pending transaction offers for a unit of gas, in wei."""
    content = chain.request("txpool_content")["pending"]
    return [
        int(each.get("maxFeePerGas") or each["gasPrice"], 16)
        for by_nonce in content.values()
        for each in by_nonce.values()
    ]


OLD = [Market("anvil", "paris"), Market("anvil", "berlin"), Market("ganache", "merge")]


@pytest.mark.parametrize("old", OLD, ids=str)
def test_a_chain_that_is_too_old_says_which_hard_fork_is_needed(
    old: Market, tmp_path: Path
) -> None:
    with old.service(tmp_path) as node:
        chain, account = Chain.connect(node.url), devnet_accounts(1)[0]
        with pytest.raises(ChainTooOld, match="the hard fork Shanghai or a later one"):
            TaskFactory.deploy(TransactionSender(chain, account, poll_interval=0.1))
        assert chain.request("eth_getTransactionCount", account.address, "latest") == "0x0"


def test_deploy_says_so_and_ends_with_21(tmp_path: Path) -> None:
    with Market("anvil", "paris").service(tmp_path) as node:
        deploy = Keys(tmp_path).deploy(tmp_path, node.url, f"dir:{tmp_path / 'store'}")
        ended = command(*deploy, "--json")
    assert ended.code == ExitCode.WRONG_CHAIN
    assert "hard fork Shanghai" in ended.out
    assert not (tmp_path / "deployment.json").exists()
