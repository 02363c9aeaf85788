"""A task on a devnet of its own, reached by commands and daemons alone; what must hold of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedjury.chain.contracts.events import RoundFinalized, UpdateSubmitted
from fedjury.chain.contracts.types import Phase
from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import ChainKind
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.verdicts import unpack
from fedjury.task.deployment_file import load_deployment
from fedjury.task.on_chain import TaskOnChain
from tests.support.processes import Daemon, Finished, Line

# Runs a command that has to exit with 0.
Succeed = Callable[..., Finished]


@dataclass
class DevnetTask:
    """A devnet with a deployed task, in a directory of its own.

    Attributes:
        directory: for all files.
        succeed: how commands that end are run.
        clients: how many the task has; they are the devnet's accounts from 2 on, 1 is the juror.
        poisoners: how many of them, the last ones, poison.
        rounds: how many the task has; the poisoners are honest in the first.
        options: of every daemon.
        devnet: what `fedjury devnet up` said.
        deployed: what `fedjury deploy` said.
    """

    directory: Path
    succeed: Succeed
    clients: int
    poisoners: int
    rounds: int
    options: tuple[object, ...] = ("--poll", 1)
    devnet: Line = field(default_factory=dict)
    deployed: Line = field(default_factory=dict)

    def up(self, chain: ChainKind, *options: object) -> None:
        """Start the devnet, with further options of `fedjury devnet up`, and deploy the task."""
        accounts = ["--accounts", 2 + self.clients]
        up = [
            "devnet",
            "up",
            *self.devnet_directory,
            "--chain",
            chain,
            *accounts,
            *options,
            "--json",
        ]
        self.devnet = self.succeed(*up).document
        self.succeed("verification", "new", "--out", self.slices)
        self.deployed = self.succeed(
            *("deploy", "--devnet", self.directory / "devnet", "--devnet-clients", self.clients),
            *("--model-arguments", '{"hidden": 32}', "--epochs", 3, "--batch-size", 16),
            *("--rounds", self.rounds, "--min-updates", self.clients),
            *("--commitments", self.slices / "commitments.json"),
            *("--out", self.deployment[1], "--json"),
        ).document

    def reach(self, rpc: str, store: str) -> None:
        """Have everyone who reads the deployment file go to other endpoints."""
        path = Path(str(self.deployment[1]))
        load_deployment(path).model_copy(update={"rpc": rpc, "store": store}).save(path)

    @property
    def devnet_directory(self) -> list[object]:
        """The option that names the devnet."""
        return ["--directory", self.directory / "devnet"]

    @property
    def deployment(self) -> list[object]:
        """The option that names the task."""
        return ["--deployment", self.directory / "task" / "deployment.json"]

    @property
    def slices(self) -> Path:
        """The directory of the jury's slices."""
        return self.directory / "task" / "verification"

    @property
    def addresses(self) -> list[str]:
        """The clients', by index."""
        return [self.account(2 + index) for index in range(self.clients)]

    def account(self, number: int) -> str:
        """Address of the devnet's account of this number."""
        return str(self.devnet["accounts"][number])

    def oracle(self, **kill: Any) -> Daemon:
        """Start the juror; options as of `Daemon`."""
        return self._daemon("oracle", 1, **kill)

    def client(self, index: int, **kill: Any) -> Daemon:
        """Start the client of this index, the last ones as poisoners; options as of `Daemon`."""
        poison: list[object] = []
        if self.poisons(index, self.rounds):
            later = ",".join(str(number) for number in range(2, self.rounds + 1))
            poison = ["--poison", "static-label", "--poison-rounds", later]
        return self._daemon("client", 2 + index, *poison, **kill)

    def poisons(self, index: int, round_number: int) -> bool:
        """Whether the client of this index poisons in a round."""
        return index >= self.clients - self.poisoners and round_number > 1

    def _daemon(self, kind: str, account: int, *options: object, **kill: Any) -> Daemon:
        keystore = Path(self.devnet["keystores"]) / f"{account}-{self.account(account)}.json"
        return Daemon(
            kind,
            *("--keystore", keystore, "--password-file", self.devnet["password_file"]),
            *(*self.deployment, *self.options, *options),
            log=self.directory / f"{kind}-{account}.log",
            **kill,
        )

    # --- what the chain itself says, by a connection of the test's own ---

    def on_chain(self) -> TaskOnChain:
        """The task."""
        chain = Chain.connect(self.devnet["chain"]["url"], 1337)
        return TaskOnChain.at(chain, self.deployed["task"], self.deployed["block"])

    def finalized(self) -> list[RoundFinalized]:
        """The reports of all rounds."""
        task = self.on_chain()
        events = task.read_events(task.chain.block().number, [RoundFinalized])
        return [event for event in events if isinstance(event, RoundFinalized)]

    def updates(self, number: int) -> list[UpdateSubmitted]:
        """A round's updates."""
        task = self.on_chain()
        events = task.read_events(task.chain.block().number, [UpdateSubmitted], round=number)
        return [event for event in events if isinstance(event, UpdateSubmitted)]


def check_all(task: DevnetTask) -> list[RoundFinalized]:
    """Every round was finalized with everyone, and every command says so; the rounds' reports."""
    reports = task.finalized()
    assert [report.round for report in reports] == list(range(1, task.rounds + 1))
    for report in reports:
        check_round(task, report)
    _check_audits(task, reports)
    _check_events(task, reports)
    _check_status(task, reports)
    return reports


def check_round(task: DevnetTask, report: RoundFinalized) -> None:
    """Nobody missed the round, and no poisoner came through."""
    submitted = task.updates(report.round)
    assert {update.client for update in submitted} == set(task.addresses)
    for update, verdict in zip(submitted, unpack(report.verdicts), strict=True):
        if task.poisons(task.addresses.index(update.client), report.round):
            assert verdict.label == "not-improved"


def _check_audits(task: DevnetTask, reports: list[RoundFinalized]) -> None:
    """Both audits pass, and name the chain's models."""
    models = [report.model_digest.cid for report in reports]
    for full in ([], ["--verification", task.slices]):
        document = task.succeed("audit", *task.deployment, "--json", *full).document
        assert document["passed"] is True
        assert document["full"] is bool(full)
        finished = [each for each in document["rounds"] if each["state"] == "finalized"]
        assert [each["model"] for each in finished] == models
        assert all(each["signers"] == task.deployed["jurors"] for each in finished)
        assert not any(each["notes"] for each in document["rounds"])


def _check_events(task: DevnetTask, reports: list[RoundFinalized]) -> None:
    """`fedjury events` lists every update with the chain's verdict."""
    rows = task.succeed("events", *task.deployment, "--json").lines
    everyone = dict.fromkeys(range(1, task.rounds + 1), task.clients)
    assert Counter(row["round"] for row in rows) == everyone
    verdicts = {report.round: unpack(report.verdicts) for report in reports}
    for row in rows:
        verdict = verdicts[row["round"]][row["update"]]
        assert row["verdict"] == verdict.label
        assert row["accepted"] is verdict.accepted
        assert row["file"] == task.updates(row["round"])[row["update"]].digest.cid
    mine = task.account(2)
    some = task.succeed("events", *task.deployment, "--client", mine, "--json").lines
    assert some == [row for row in rows if row["client"] == mine]


def _check_status(task: DevnetTask, reports: list[RoundFinalized]) -> None:
    """`fedjury status` says that it is over, and with which model."""
    contract = task.on_chain().contract
    assert contract.phase() is Phase.FINISHED
    document = task.succeed("status", *task.deployment, "--json").document
    assert document["phase"] == "finished"
    assert document["model"] == contract.current_round().model_digest.cid
    assert document["model"] == reports[-1].model_digest.cid
    assert document["accuracy"] is None
    assert {report.accuracy for report in reports} == {NO_ACCURACY}
    assert document["roster"]["size"] == task.clients
