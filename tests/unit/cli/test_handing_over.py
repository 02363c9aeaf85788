"""`fedjury coordinator hand-over` and `accept`, on a contract on the embedded chain."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.errors import ExitCode
from fedjury.runtime.patience import Patience
from fedjury.task.on_chain import TaskOnChain
from tests.support.commands import command, succeed
from tests.support.contract_task import ContractTask, create_contract_task
from tests.support.processes import Finished

NOBODY = "0x" + "0" * 40


@dataclass(frozen=True)
class Place:
    """Where a task is."""

    task: TaskOnChain

    def on_chain(self, _: Patience) -> TaskOnChain:
        return self.task


class Handed:
    """A task on a new chain, and the command line of whoever acts.

    Args:
        monkeypatch: leads the command line to the task, and opens accounts by their address.

    Attributes:
        made: the task, with everybody who takes part.
        contract: the one that commands talk to.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chain = Chain.connect("embedded")
        accounts = funded_accounts(chain.web3)
        self.made: ContractTask = create_contract_task(chain, accounts)
        task = TaskOnChain.at(chain, self.made.task.address, 0)
        self.contract: FederatedTask = task.contract
        known = {account.address: account for account in accounts}
        monkeypatch.setattr("fedjury.task.location.find_location", lambda *_, **__: Place(task))
        monkeypatch.setattr(
            "fedjury.runtime.keystore.open_account", lambda path, _: known[path.name]
        )

    def by(
        self, run: Callable[..., Finished], account: LocalAccount, *arguments: object
    ) -> Finished:
        """Run a coordinator's command with an account's key."""
        return run("coordinator", *arguments, "--keystore", Path(account.address))

    def owners(self) -> tuple[str, str]:
        """Who coordinates the task, and to whom it is offered, as the chain has it."""
        return self.made.task.owner(), self.made.task.pending_owner()


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    return Handed(monkeypatch)


def test_an_offer_changes_nothing_until_it_is_accepted(handed: Handed) -> None:
    owner, heir = handed.made.coordinator, handed.made.clients[0]
    told = handed.by(succeed, owner, "hand-over", heir.address.lower(), "--json").document
    assert handed.owners() == (owner.address, heir.address)
    assert (told.pop("call"), told.pop("block") > 0) == ("transferOwnership", True)
    assert (told.pop("gas") > 21_000, len(told.pop("transaction"))) == (True, 66)
    assert told == {
        "coordinator": owner.address,
        "offered_to": heir.address,
        "offered_before": None,
        "changed": True,
    }
    taken = handed.by(succeed, heir, "accept", "--json").document
    assert handed.owners() == (heir.address, NOBODY)
    assert taken["call"] == "acceptOwnership"
    assert (taken["coordinator"], taken["coordinator_before"]) == (heir.address, owner.address)


def test_people_are_told_that_an_offer_has_to_be_accepted(handed: Handed) -> None:
    owner, heir = handed.made.coordinator, handed.made.clients[0]
    said = handed.by(succeed, owner, "hand-over", heir.address).out
    assert said.startswith(f"the task is offered to {heir.address} (block ")
    assert f"only once that account accepts; until then {owner.address} stays the" in said
    assert said.endswith("\n  fedjury coordinator accept\n")
    said = handed.by(succeed, heir, "accept").out
    assert said.startswith(f"{heir.address} is the coordinator now (block ")
    assert f"\n{owner.address} is it no more." in said


def test_the_same_offer_again_sends_nothing(handed: Handed) -> None:
    owner, heir = handed.made.coordinator, handed.made.clients[0]
    handed.by(succeed, owner, "hand-over", heir.address)
    again = handed.by(succeed, owner, "hand-over", heir.address, "--json").document
    assert again == {
        "coordinator": owner.address,
        "offered_to": heir.address,
        "offered_before": heir.address,
        "changed": False,
    }
    said = handed.by(succeed, owner, "hand-over", heir.address).out
    assert said.startswith(f"the task is offered to {heir.address} already: nothing is sent\n")
    assert "forgotten" not in said


def test_the_last_offer_counts(handed: Handed) -> None:
    owner, (first, last) = handed.made.coordinator, handed.made.clients
    handed.by(succeed, owner, "hand-over", first.address)
    said = handed.by(succeed, owner, "hand-over", last.address).out
    assert f"\nThe offer to {first.address} is forgotten.\n" in said
    assert handed.owners() == (owner.address, last.address)
    refused = handed.by(command, first, "accept")
    assert (refused.code, refused.err) == (
        ExitCode.CONFIG,
        f"error: {owner.address} has offered the task to {last.address}, not to {first.address}: "
        f"that one sends `fedjury coordinator hand-over {first.address}` first\n",
    )


def test_an_offer_to_oneself_takes_the_last_one_back(handed: Handed) -> None:
    owner, heir = handed.made.coordinator, handed.made.clients[0]
    handed.by(succeed, owner, "hand-over", heir.address)
    said = handed.by(succeed, owner, "hand-over", owner.address).out
    assert said.startswith(
        f"the offer to {heir.address} is taken back, {owner.address} coordinates (block "
    )
    refused = handed.by(command, heir, "accept")
    assert (refused.code, "has offered the task to nobody, not to" in refused.err) == (10, True)
    again = handed.by(succeed, owner, "hand-over", owner.address)
    assert again.out == (
        f"{owner.address} is the coordinator, and the task is offered to nobody: nothing is sent\n"
    )
    mine = handed.by(command, owner, "accept")
    assert (mine.code, mine.err) == (
        ExitCode.CONFIG,
        f"error: {owner.address} is the task's coordinator already: nothing is to be accepted\n",
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (NOBODY, f"{NOBODY} is the zero address, which is nobody's"),
        ("0x12", "'0x12' is not an address"),
        ("0x90f79bf6EB2c4f870365E785982E1f101E93b906", "is mistyped"),
    ],
)
def test_to_what_is_nobodys_address_nothing_is_offered(
    handed: Handed, address: str, words: str
) -> None:
    owner = handed.made.coordinator
    ended = handed.by(command, owner, "hand-over", address)
    assert (ended.code, ended.out, words in ended.err) == (ExitCode.CONFIG, "", True)
    assert handed.owners() == (owner.address, NOBODY)


def test_nobody_but_the_coordinator_offers_the_task(handed: Handed) -> None:
    owner, stranger = handed.made.coordinator, handed.made.clients[0]
    ended = handed.by(command, stranger, "hand-over", stranger.address)
    words = f"error: {stranger.address} is not the task's coordinator, {owner.address} is\n"
    assert (ended.code, ended.out, ended.err) == (ExitCode.CONFIG, "", words)
    assert handed.owners() == (owner.address, NOBODY)


def test_nobody_accepts_what_was_offered_to_another(handed: Handed) -> None:
    owner, (heir, stranger) = handed.made.coordinator, handed.made.clients
    handed.by(succeed, owner, "hand-over", heir.address)
    ended = handed.by(command, stranger, "accept")
    assert (ended.code, f"to {heir.address}, not to {stranger.address}" in ended.err) == (10, True)
    assert handed.owners() == (owner.address, heir.address)


def test_an_offer_that_was_replaced_meanwhile_is_refused_by_the_contract(
    handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, (heir, thief) = handed.made.coordinator, handed.made.clients
    handed.by(succeed, owner, "hand-over", thief.address)
    monkeypatch.setattr(handed.contract, "pending_owner", lambda: heir.address)
    told = handed.by(command, heir, "accept", "--json")
    assert told.code == ExitCode.TRANSACTION
    assert told.document["refusal"] == "OwnableUnauthorizedAccount"
    assert told.document["arguments"] == [heir.address]
    assert handed.owners() == (owner.address, thief.address)


def test_a_coordinator_that_was_replaced_meanwhile_is_refused_by_the_contract(
    handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, (thief, heir) = handed.made.coordinator, handed.made.clients
    handed.by(succeed, owner, "hand-over", thief.address)
    handed.by(succeed, thief, "accept")
    monkeypatch.setattr(handed.contract, "owner", lambda: owner.address)
    told = handed.by(command, owner, "hand-over", heir.address)
    assert told.code == ExitCode.TRANSACTION
    assert f"{owner.address} is not the coordinator of this task, who alone may" in told.err
    assert handed.owners() == (thief.address, NOBODY)
