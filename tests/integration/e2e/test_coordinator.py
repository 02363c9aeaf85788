"""What a coordinator does from the command line."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import Phase, RosterState
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import jury_hash, sorted_jurors
from fedjury.protocol.roster import Roster
from fedjury.store import DirectoryStore
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.keys import Keys
from tests.support.waiting import until


@dataclass(frozen=True)
class Deployed:
    """A deployed task.

    Attributes:
        keys: of its members.
        file: the deployment file.
    """

    keys: Keys
    file: Path

    def options(self, account: int = 0) -> list[object]:
        """The options that name the task and an account; 0 is the coordinator."""
        return [*self.keys.options(account), "--deployment", self.file]

    def contract(self) -> FederatedTask:
        """The task's contract, by a connection of the test's own."""
        known = load_deployment(self.file)
        return FederatedTask.at(Chain.connect(known.rpc), known.task)


@pytest.fixture
def deployed(ganache: str, tmp_path: Path) -> Deployed:
    """A task with rounds of a second, which may be voided four seconds later."""
    keys = Keys(tmp_path)
    timing = ["--round-seconds", 1, "--availability-seconds", 1]
    succeed(*keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}", *timing))
    return Deployed(keys, tmp_path / "deployment.json")


def newest(contract: FederatedTask) -> RosterState:
    """The roster that counts from the next round on."""
    found = contract.next_roster()
    assert found is not None
    return found


def test_rosters(deployed: Deployed, tmp_path: Path) -> None:
    mine, contract = deployed.options(), deployed.contract()
    clients = [client.address for client in deployed.keys.accounts[2:]]
    newcomers = [to_checksum_address("0x" + digits * 20) for digits in ("ab", "cd")]
    added = succeed("coordinator", "add-clients", *newcomers, *mine, "--json").document
    whole = Roster.of([*clients, *newcomers])
    assert newest(contract) == RosterState(2, whole.root, 4)
    root = "0x" + whole.root.hex()
    assert (added["version"], added["size"], added["root"]) == (2, 4, root)
    assert added["file"] == Digest.of(whole.to_bytes()).cid
    assert DirectoryStore(tmp_path / "store").fetch(Digest.of(whole.to_bytes()), 80, 1)
    succeed("coordinator", "remove-clients", clients[0], newcomers[1], *mine)
    assert newest(contract).root == Roster.of([clients[1], newcomers[0]]).root
    listed = tmp_path / "clients.txt"
    listed.write_text(f"# those who stay\n{clients[0]}\n{newcomers[1].lower()}  # and one more\n")
    succeed("coordinator", "set-roster", clients[1], "--from", listed, *mine)
    assert newest(contract).root == Roster.of([*clients, newcomers[1]]).root
    nobody = succeed("coordinator", "set-roster", "--nobody", *mine)
    assert newest(contract) == RosterState(2, bytes(32), 0)
    assert "no round with it ends but by being voided" in nobody.out
    succeed("coordinator", "add-clients", newcomers[0], *mine)
    assert newest(contract).root == Roster.of(newcomers[:1]).root
    assert contract.roster().root == Roster.of(clients).root


def test_what_is_refused_of_rosters_changes_nothing(deployed: Deployed, tmp_path: Path) -> None:
    client, newcomer = deployed.keys.accounts[2].address, "0x" + "12" * 20
    (tmp_path / "twice.txt").write_text(f"{newcomer}\n{newcomer}\n")
    refused: list[tuple[list[object], str]] = [
        (["add-clients", newcomer, client], f"{client} is already in roster 1"),
        (["remove-clients", client, newcomer], f"{newcomer} is not in roster 1"),
        (["set-roster", newcomer, newcomer], f"{newcomer} is listed before"),
        (["set-roster", "0x12"], "is not an address"),
        (["set-roster", "--from", tmp_path / "twice.txt"], "twice.txt, line 2"),
        (["set-roster"], "say addresses, or a file"),
        (["set-roster", "--nobody", newcomer], "say either --nobody or who is in the roster"),
    ]
    stored = len(list((tmp_path / "store").iterdir()))
    for arguments, words in refused:
        ended = command("coordinator", *arguments, *deployed.options())
        assert (ended.code, words in ended.err) == (10, True), ended.err
    stranger = command("coordinator", "set-roster", newcomer, *deployed.options(1))
    assert (stranger.code, "is not the task's coordinator" in stranger.err) == (10, True)
    assert deployed.contract().next_roster() is None
    assert len(list((tmp_path / "store").iterdir())) == stored


def test_the_rosters_that_stand_are_shown_with_proofs(deployed: Deployed, tmp_path: Path) -> None:
    where = ["--deployment", deployed.file]
    clients = [client.address for client in deployed.keys.accounts[2:]]
    newcomer = to_checksum_address("0x" + "ab" * 20)
    succeed("coordinator", "add-clients", newcomer, *deployed.options())
    now, then = Roster.of(clients), Roster.of([*clients, newcomer])
    shown = succeed("roster", "show", *where, "--json").document
    assert shown == {
        "version": 1,
        "size": 2,
        "root": "0x" + now.root.hex(),
        "file": Digest.of(now.to_bytes()).cid,
    }
    listed = tmp_path / "members.txt"
    listed.write_text(succeed("roster", "show", "--next", "--members", *where).out)
    made = succeed("roster", "new", listed, "--out", tmp_path / "roster.bin", "--json").document
    assert (tmp_path / "roster.bin").read_bytes() == then.to_bytes()
    assert (made["root"], made["size"]) == ("0x" + then.root.hex(), 3)
    proof = succeed("roster", "proof", newcomer, "--next", *where, "--json").document["proof"]
    assert proof == ["0x" + each.hex() for each in then.proof(newcomer)]
    absent = command("roster", "proof", newcomer, *where)
    assert (absent.code, absent.err) == (10, f"error: {newcomer} is not in roster 1\n")


def test_relayers_are_added_and_removed_once(deployed: Deployed) -> None:
    contract, mine = deployed.contract(), [*deployed.options(), "--json"]
    relayer = to_checksum_address("0x" + "ab" * 20)
    for name, allowed in [("add-relayer", True), ("remove-relayer", False)]:
        first = succeed("coordinator", name, relayer.lower(), *mine).document
        again = succeed("coordinator", name, relayer, *mine).document
        assert contract.is_relayer(relayer) is allowed
        told = (first["call"], first["relayer"], first["allowed"], first["changed"])
        assert told == ("setRelayer", relayer, allowed, True)
        assert ("block" in again, again["allowed"], again["changed"]) == (False, allowed, False)
        status = succeed("status", "--deployment", deployed.file, "--json").document
        assert status["relayers"] == [relayer] * allowed
    said = succeed("events", "--all", "--deployment", deployed.file, "--json").out.splitlines()
    events = [json.loads(line) for line in said]
    set_to = [each["allowed"] for each in events if each["event"] == "relayer-set"]
    assert set_to == [True, False]
    stranger = command("coordinator", "add-relayer", relayer, *deployed.options(1))
    assert (stranger.code, "is not the task's coordinator" in stranger.err) == (10, True)
    nonsense = command("coordinator", "add-relayer", "0x12", *deployed.options())
    assert (nonsense.code, "is not an address" in nonsense.err) == (10, True)


def test_a_jury_is_announced(deployed: Deployed) -> None:
    contract = deployed.contract()
    accounts = [account.address for account in deployed.keys.accounts]
    told = succeed("coordinator", "set-jury", *accounts[:3], *deployed.options(), "--json").document
    found = contract.next_jury()
    assert found is not None
    assert (found.version, found.size, found.quorum) == (2, 3, 3)
    assert found.hash == jury_hash(sorted_jurors(accounts[:3]), 3)
    assert (told["hash"], told["version"]) == ("0x" + found.hash.hex(), 2)
    assert told["enters_from"] == found.enters_from
    assert "nobody may be missing" in told["notes"][0]
    printed = succeed("coordinator", "set-jury", *accounts, *deployed.options()).out
    hash = "0x" + jury_hash(sorted_jurors(accounts), 3).hex()
    assert f"fedjury oracle --next-jury {hash}" in printed
    few = command("coordinator", "set-jury", *accounts, "--quorum", 2, *deployed.options())
    assert (few.code, "more than two thirds of a jury have to sign" in few.err) == (23, True)


def test_the_sitting_jury_announced_takes_an_announcement_back(deployed: Deployed) -> None:
    contract, accounts = deployed.contract(), deployed.keys.accounts
    other, sitting = accounts[2].address, accounts[1].address
    told = succeed("coordinator", "set-jury", other, *deployed.options(), "--json").document
    assert told["sitting"] is False
    told = succeed("coordinator", "set-jury", sitting, *deployed.options(), "--json").document
    assert (told["sitting"], told["version"]) == (True, 2)
    announced = contract.next_jury()
    assert announced is not None
    assert announced.hash == contract.jury().hash


def test_in_the_last_round_nothing_is_set_for_a_round_that_never_comes(
    ganache: str, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    timing = ["--round-seconds", 1, "--availability-seconds", 1, "--rounds", 1]
    succeed(*keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}", *timing))
    deployed = Deployed(keys, tmp_path / "deployment.json")
    contract, newcomer = deployed.contract(), "0x" + "12" * 20
    for command_, words in (("add-clients", "another roster"), ("set-jury", "another jury")):
        ended = command("coordinator", command_, newcomer, *deployed.options())
        assert ended.code == 10
        assert f"is in its last round, 1 of 1: no round follows in which {words}" in ended.err
    overdue = contract.current_round().deadline + 5
    until(lambda: time.time() >= overdue)
    contract.chain.request("evm_mine")  # this Ganache makes no block by itself
    voided = succeed("coordinator", "void", 1, *deployed.options()).out
    assert "as it was the last round, the task is finished" in voided
    ended = command("coordinator", "set-roster", "--nobody", *deployed.options())
    assert (ended.code, "the task is finished, 1 of 1" in ended.err) == (10, True)
    assert (contract.next_roster(), contract.next_jury()) == (None, None)


def test_an_overdue_round_is_voided(deployed: Deployed) -> None:
    contract = deployed.contract()
    overdue = contract.current_round().deadline + 5
    until(lambda: time.time() >= overdue)
    contract.chain.request("evm_mine")  # this Ganache makes no block by itself
    succeed("coordinator", "void", 1, *deployed.options())
    assert contract.current_round().number == 2


def test_anybody_may_ask_to_void_but_for_long_overdue_rounds_alone(deployed: Deployed) -> None:
    contract, clients = deployed.contract(), deployed.keys.accounts[2:]
    early = command("coordinator", "void", 1, *deployed.options(1))
    assert (early.code, "who alone may do this, or may do it now" in early.err) == (23, True)
    roster = Roster.of(client.address for client in clients)
    call = contract.submit_update(1, Digest(b"\1" * 32), roster.proof(clients[0].address))
    TransactionSender(contract.chain, clients[0]).send(call)
    until(lambda: time.time() > contract.current_round().deadline)
    contract.chain.request("evm_mine")  # this Ganache makes no block by itself
    assert contract.phase() is Phase.CLOSED
    closed = command("coordinator", "void", 1, *deployed.options(1), "--json").document
    voidable = contract.current_round().deadline + 40  # ten times the grace
    assert (closed["refusal"], closed["arguments"]) == ("TooEarlyToVoid", [1, voidable])


def test_a_refusal_is_a_sentence_for_people_and_a_name_for_machines(
    ganache: str, tmp_path: Path
) -> None:
    keys, grace = Keys(tmp_path), 86_400
    store = f"dir:{tmp_path / 'store'}"
    succeed(*keys.deploy(tmp_path, ganache, store, "--grace-seconds", grace))
    deployed = Deployed(keys, tmp_path / "deployment.json")
    known = deployed.contract().current_round().deadline + grace
    words = f"round 1 may be voided only from {local_time(known)} on"
    early = command("coordinator", "void", 1, *deployed.options())
    assert (early.code, early.out, early.err) == (23, "", f"error: {words}\n")
    told = command("coordinator", "void", 1, *deployed.options(), "--json")
    document = dict(told.document)
    assert document.pop("time")
    assert document == {
        "event": "error",
        "severity": "error",
        "error": "TransactionReverted",
        "message": words,
        "refusal": "TooEarlyToVoid",
        "arguments": [1, known],
        "exit_code": 23,
    }


def test_a_deployment_file_that_cannot_be_written_loses_no_task(
    ganache: str, tmp_path: Path
) -> None:
    """The first has no directory to lie in; the content store takes the second one's place."""
    keys, file = Keys(tmp_path), tmp_path / "deployment.json"
    file.touch()
    nowhere = command(*keys.deploy(file, ganache, f"dir:{tmp_path / 'store'}"))
    assert (nowhere.code, nowhere.out) == (10, "")
    assert nowhere.err.startswith(f"error: {file}")
    assert nowhere.err.endswith(": File exists\n")
    assert not (tmp_path / "store").exists()
    file.unlink()
    late = command(*keys.deploy(tmp_path, ganache, f"dir:{file}"), "--json")
    assert late.code == late.document["exit_code"] == 10
    found = re.search("the task (0x\\w{40}) of factory 0x", late.document["message"])
    assert found is not None
    assert FederatedTask.at(Chain.connect(ganache), found[1]).owner() == keys.accounts[0].address
