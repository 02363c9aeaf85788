"""A live federation in one process: a task, its clients and its jury, ready for their cycles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.limits import NOTICE_MIN
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.clients.client import Client
from fedjury.clients.journal import Journal
from fedjury.deploy.action import Deployed, carry_out
from fedjury.deploy.plan import DataSource, DeployPlan
from fedjury.protocol.juries import least_quorum
from fedjury.protocol.roster import Roster
from fedjury.runtime.events import Listener
from fedjury.simulation.live.accounts import fund, new_accounts
from fedjury.simulation.live.clock import require_clock
from fedjury.simulation.live.environment import OpenEnvironment
from fedjury.simulation.live.jury import LiveJury, seat_jury
from fedjury.simulation.live.relay import LiveRelay
from fedjury.simulation.live.room import deployment_file, keys_directory
from fedjury.simulation.prepared import PreparedScenario
from fedjury.store import open_store
from fedjury.task.creation import Members, RoundLimits
from fedjury.task.opened import OpenedTask, open_task
from fedjury.task.rosters import publish_roster

# A round closes as soon as all of its roster submitted. One of batches does not: there clients have
# the time for batches to train, and the chain's clock is set forward then.
_ROUND_SECONDS = 3600
_BATCH_SECONDS = 3000
_FILE_SECONDS = 30
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Federation:
    """A task with everyone who takes part.

    Attributes:
        task: opened.
        coordinator: sends the coordinator's transactions.
        deployed: what creating the task left.
        clients: the clients' programs by index.
        addresses: of the clients by index.
        jury: the jurors' programs.
        relay: that all clients go through; None where each submits for itself.
    """

    task: OpenedTask
    coordinator: TransactionSender
    deployed: Deployed
    clients: list[Client]
    addresses: list[str]
    jury: LiveJury
    relay: LiveRelay | None = None

    def close(self) -> None:
        """Close what relay and jurors have open."""
        self.jury.close()
        if self.relay is not None:
            self.relay.close()

    def set_roster(self, members: Collection[int]) -> None:
        """Let these clients, by index, take part from the next round on, and no others.

        Raises:
            FedjuryError: whatever stands in the way.
        """
        roster = Roster.of(self.addresses[index] for index in members)
        digest = publish_roster(self.task.store, roster)
        self.coordinator.send(self.task.contract.set_roster(roster, digest))


def start_federation(
    prepared: PreparedScenario, environment: OpenEnvironment, listener: Listener
) -> Federation:
    """Fund accounts, create the task, set up jury and clients; keeps a deployment file.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    directory, chain, scenario = environment.directory, environment.chain, prepared.scenario
    if scenario.relay:
        require_clock(chain)
    relayers, seats = 1 if scenario.relay else 0, scenario.jurors
    accounts = new_accounts(seats + relayers + scenario.clients, keys_directory(directory))
    jurors, others = accounts[:seats], accounts[seats:]
    relaying, clients = others[:relayers], others[relayers:]
    coordinator = _sender(chain, environment.treasury)
    # where a relay submits everything, clients need no ether
    fund(chain, coordinator, [*jurors, *(relaying or clients)], scenario.rounds)
    members = Members(
        [juror.address for juror in jurors],
        least_quorum(seats),
        Roster.of(clients[index].address for index in prepared.order(1)),
        [relayer.address for relayer in relaying],
    )
    plan = _plan(prepared, members)
    deployed = carry_out(plan, coordinator, environment.store, deployment_file(directory))
    task = open_task(
        chain,
        open_store(environment.store),
        deployed.deployment.task,
        deployed.deployment.block,
        [plan.task.spec.model.callable],
    )
    relays = [_relay(task, relayer, directory, listener) for relayer in relaying]
    return Federation(
        task=task,
        coordinator=coordinator,
        deployed=deployed,
        clients=_clients(prepared, task, clients, directory, listener, relays),
        addresses=[account.address for account in clients],
        jury=_jury(prepared, task, jurors, directory, listener),
        relay=relays[0] if relays else None,
    )


def _sender(chain: Chain, account: LocalAccount) -> TransactionSender:
    return TransactionSender(chain, account, poll_interval=_POLL_SECONDS)


def _plan(prepared: PreparedScenario, members: Members) -> DeployPlan:
    scenario, everyone = prepared.scenario, members.roster.size
    return DeployPlan(
        task=prepared.task,
        limits=RoundLimits(
            round_seconds=_ROUND_SECONDS,
            availability_seconds=_FILE_SECONDS,
            grace_seconds=_ROUND_SECONDS,
            notice_seconds=NOTICE_MIN,
            min_updates=everyone,
            max_updates=everyone,
            rounds=scenario.rounds,
            batch_seconds=_BATCH_SECONDS if members.relayers else 0,
        ),
        members=members,
        data=DataSource(scenario.data, scenario.partition, scenario.seed),
    )


def _clients(
    prepared: PreparedScenario,
    task: OpenedTask,
    accounts: Sequence[LocalAccount],
    directory: Path,
    listener: Listener,
    relays: Sequence[LiveRelay],
) -> list[Client]:
    return [
        Client(
            task,
            account,
            _sender(task.chain, account),
            trainer,
            Journal(_work(directory, "client", account.address)),
            listener,
            relays=relays,
        )
        for account, trainer in zip(accounts, prepared.trainers, strict=True)
    ]


def _relay(
    task: OpenedTask, account: LocalAccount, directory: Path, listener: Listener
) -> LiveRelay:
    work = _work(directory, "relay", account.address)
    return LiveRelay(task, account, _sender(task.chain, account), work, listener)


def _jury(
    prepared: PreparedScenario,
    task: OpenedTask,
    accounts: Sequence[LocalAccount],
    directory: Path,
    listener: Listener,
) -> LiveJury:
    def sender(account: LocalAccount) -> TransactionSender:
        return _sender(task.chain, account)

    return seat_jury(task, accounts, prepared.slices, directory / "work", sender, listener)


def _work(directory: Path, kind: str, address: str) -> Path:
    return directory / "work" / f"{kind}-{address}"
