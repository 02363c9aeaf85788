"""A devnet, a juror and ten clients, each a process of its own, some of them killed on the way."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.connection import Chain
from fedjury.chain.events import RoundFinalized, UpdateSubmitted, read_events
from fedjury.chain.federated_task import FederatedTask
from fedjury.chain.types import Phase
from fedjury.store import cid_of
from fedjury.verdicts import unpack
from tests.integration.e2e.processes import Daemon, Line, fedjury, succeed

CLIENTS, POISONERS, ROUNDS = 10, 3, 3


class Place:
    """A devnet with a deployed task, in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.devnet = directory, directory / "devnet"
        self.deployment = directory / "task" / "deployment.json"
        self.status: Line = {}
        self.task: Line = {}

    def up(self) -> None:
        """Start the devnet and deploy the task."""
        self.status = succeed("devnet", "up", "--directory", self.devnet, "--json").document
        self.task = self.deploy("--rounds", ROUNDS, "--min-updates", CLIENTS).document

    def deploy(self, *options: object) -> Any:
        """`fedjury deploy` with settings that suit the digits."""
        small = ["--model-arguments", '{"hidden": 32}', "--epochs", 3, "--batch-size", 16]
        return succeed(
            *("deploy", "--devnet", self.devnet, "--devnet-clients", CLIENTS, *small),
            *("--out", self.deployment, "--json", *options),
        )

    def daemon(self, kind: str, account: int, *options: object, **kill: Any) -> Daemon:
        """Start the oracle or a client with an account of the devnet."""
        keystore = Path(self.status["keystores"]) / f"{account}-{self.account(account)}.json"
        return Daemon(
            kind,
            *("--keystore", keystore, "--password-file", self.status["password_file"]),
            *("--deployment", self.deployment, "--poll", 0.5, *options),
            log=self.directory / f"{kind}-{account}.log",
            **kill,
        )

    def account(self, number: int) -> str:
        """Address of the devnet's account of this number."""
        return str(self.status["accounts"][number])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    try:
        made.up()
        yield made
    finally:
        fedjury("devnet", "down", "--directory", made.devnet)


def test_a_federation_of_processes(place: Place) -> None:
    with ExitStack() as stack:
        oracle, clients = start(place, stack)
        clients[0] = revive(place, stack, clients[0], "client", 2, "trained")
        oracle = revive(place, stack, oracle, "oracle", 1, "judging", ("round-judged", 2))
        clients[1] = revive(place, stack, clients[1], "client", 3, "submitted")
        oracle = revive(place, stack, oracle, "oracle", 1, "round-judged")
        for daemon in (oracle, *clients):
            daemon.until("task-finished")
            daemon.finish()
    events = finalized(place)
    assert [event.round for event in events] == list(range(1, ROUNDS + 1))
    check_clients_heard(place, clients, events)
    check_audit(place, events)
    check_events(place, events)
    check_status(place, events)
    assert succeed("devnet", "down", "--directory", place.devnet).code == 0
    assert fedjury("devnet", "status", "--directory", place.devnet).code == 50


def start(place: Place, stack: ExitStack) -> tuple[Daemon, list[Daemon]]:
    """Everybody; the last three clients poison, the oracle and the first two will be killed."""
    kills = {0: ("trained", 1), 1: ("submitted", 2)}
    oracle = stack.enter_context(place.daemon("oracle", 1, kill_at=("judging", 1)))
    clients = []
    for number in range(CLIENTS):
        poison: list[object] = []
        if number >= CLIENTS - POISONERS:
            poison = ["--poison", "static-label", "--poison-rounds", "2, 3"]
        daemon = place.daemon("client", 2 + number, *poison, kill_at=kills.get(number))
        clients.append(stack.enter_context(daemon))
    return oracle, clients


def revive(
    place: Place,
    stack: ExitStack,
    killed: Daemon,
    kind: str,
    account: int,
    event: str,
    kill_at: tuple[str, int] | None = None,
) -> Daemon:
    """Wait until one has been killed right after this event, and start it again."""
    killed.was_killed()
    assert killed.told(event)
    return stack.enter_context(place.daemon(kind, account, kill_at=kill_at))


def contract_of(place: Place) -> FederatedTask:
    """The task, by a connection of the test's own."""
    chain = Chain.connect(place.status["chain"]["url"], 1337)
    return FederatedTask.at(chain, place.task["task"])


def finalized(place: Place) -> list[RoundFinalized]:
    """Every RoundFinalized there is."""
    contract = contract_of(place)
    last = contract.chain.block().number
    events = read_events(contract, place.task["block"], last, [RoundFinalized])
    return [event for event in events if isinstance(event, RoundFinalized)]


def updates(place: Place, number: int) -> list[UpdateSubmitted]:
    """A round's updates."""
    contract = contract_of(place)
    last = contract.chain.block().number
    events = read_events(contract, place.task["block"], last, [UpdateSubmitted], round=number)
    return [event for event in events if isinstance(event, UpdateSubmitted)]


def check_clients_heard(place: Place, clients: list[Daemon], events: list[RoundFinalized]) -> None:
    """Nobody missed a round, and each client was told its own verdicts; poisoners no good ones."""
    for event in events:
        submitted = updates(place, event.round)
        assert {update.client for update in submitted} == set(place.task["clients"])
        for update, verdict in zip(submitted, unpack(event.verdicts), strict=True):
            number = place.task["clients"].index(update.client)
            (told,) = clients[number].told("verdict", round=event.round) or [None]
            if told is not None:
                assert (told["code"], told["correct"]) == (verdict.code.label, verdict.correct)
            else:
                assert number == 1, "only whoever was killed may have said it before"
            if number >= CLIENTS - POISONERS and event.round > 1:
                assert verdict.code.label == "not-improved"


def check_audit(place: Place, events: list[RoundFinalized]) -> None:
    """Both audits pass, and name the chain's models."""
    models = [cid_of(event.model_digest) for event in events]
    arguments = ["audit", "--deployment", place.deployment, "--json"]
    for full in ([], ["--verification", place.task["verification"]]):
        document = succeed(*arguments, *full).document
        assert document["passed"] is True
        assert document["full"] is bool(full)
        finished = [each for each in document["rounds"] if each["state"] == "finalized"]
        assert [each["model"] for each in finished] == models
        assert all(each["signers"] == place.task["jurors"] for each in finished)
        assert not any(each["notes"] for each in document["rounds"])


def check_events(place: Place, events: list[RoundFinalized]) -> None:
    """`fedjury events` lists every update with the chain's verdict."""
    rows = succeed("events", "--deployment", place.deployment, "--json").lines
    assert Counter(row["round"] for row in rows) == dict.fromkeys(range(1, ROUNDS + 1), CLIENTS)
    verdicts = {event.round: unpack(event.verdicts) for event in events}
    for row in rows:
        verdict = verdicts[row["round"]][row["update"]]
        assert (row["verdict"], row["right"]) == (verdict.code.label, verdict.correct)
        assert row["accepted"] is verdict.accepted
        assert row["file"] == cid_of(updates(place, row["round"])[row["update"]].digest)
    mine = place.account(2)
    some = succeed("events", "--deployment", place.deployment, "--client", mine, "--json").lines
    assert some == [row for row in rows if row["client"] == mine]


def check_status(place: Place, events: list[RoundFinalized]) -> None:
    """`fedjury status` says that it is over, and with which model."""
    contract = contract_of(place)
    assert contract.phase() is Phase.FINISHED
    document = succeed("status", "--deployment", place.deployment, "--json").document
    assert document["phase"] == "finished"
    assert document["model"] == cid_of(contract.current_round().model_digest)
    assert document["model"] == cid_of(events[-1].model_digest)
    assert document["model_correct"] == events[-1].model_correct
    assert document["clients"] == CLIENTS
