"""A whole federation in one process: the client agents and the juror, each doing its cycles."""

import random
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from clients.agent import AgentSettings, ClientAgent
from clients.attacks import ATTACKS
from clients.journal import Journal
from clients.trainer import LocalTrainer
from fedjury.chain.transactions import TransactionSender
from fedjury.cli.demo.accounts import fund, new_accounts
from fedjury.cli.demo.options import DemoOptions
from fedjury.cli.demo.services import Services
from fedjury.cli.deploy_command import build_spec
from fedjury.cli.genesis import choose_genesis
from fedjury.cli.oracle_command import verification_name
from fedjury.data import Dataset, Samples
from fedjury.data.split import partition, split_test
from fedjury.deploying import (
    CreatedTask,
    Members,
    RoundLimits,
    check_fits,
    create_task,
    genesis_weights,
)
from fedjury.deployment import Deployment
from fedjury.notify import Notify
from fedjury.spec import CallableSpec
from fedjury.store import DirectoryStore, cid_of
from fedjury.task import OpenedTask, open_task
from fedjury.verification import VerificationSet, new_verification_set, save_verification_set
from oracle.fetching import UpdateFetcher
from oracle.juror import Juror, JurorSettings

_ROUND_SECONDS = 3600
_FETCH_SECONDS = 30.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Federation:
    """A task with everyone who takes part, ready to run.

    Attributes:
        poisoned: for each round from 1 the places of the clients that attack in it.
        held_out: test samples that neither clients nor jury ever see.
    """

    task: OpenedTask
    created: CreatedTask
    agents: list[ClientAgent]
    addresses: list[str]
    juror: Juror
    verification: VerificationSet
    held_out: Samples
    poisoned: dict[int, frozenset[int]]
    from_block: int


def choose_poisoners(options: DemoOptions) -> dict[int, frozenset[int]]:
    """A changing subset of the clients, as in the paper: drawn anew for each round."""
    draw = random.Random(options.seed)
    everyone = range(options.clients)
    return {
        number: frozenset(draw.sample(everyone, options.poisoners))
        for number in range(1, options.rounds + 1)
    }


def build_federation(
    options: DemoOptions, services: Services, dataset: Dataset, notify: Notify
) -> Federation:
    """Fund accounts, create the task, set up juror and clients; keeps a deployment file.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    directory = options.directory
    accounts = new_accounts(options.clients + 1, directory / "keys")
    treasury = _sender(services, services.treasury)
    fund(services.chain, treasury, accounts, options.rounds)
    juror, *clients = accounts
    judged, held_out = split_test(dataset.test, options.split_seed)
    verification = new_verification_set(judged)
    created = _create(options, services, dataset, verification, juror, clients, treasury)
    task = open_task(services.chain, services.store, created.address)
    _save(options, services, task, created, verification, juror, clients)
    from_block = created.receipt.block_number
    poisoned = choose_poisoners(options)
    return Federation(
        task=task,
        created=created,
        agents=_agents(options, services, dataset, task, clients, poisoned, from_block, notify),
        addresses=[account.address for account in clients],
        juror=_juror(options, services, task, juror, verification, from_block, notify),
        verification=verification,
        held_out=held_out,
        poisoned=poisoned,
        from_block=from_block,
    )


def _sender(services: Services, account: LocalAccount) -> TransactionSender:
    return TransactionSender(services.chain, account, poll_interval=_POLL_SECONDS)


def _create(
    options: DemoOptions,
    services: Services,
    dataset: Dataset,
    verification: VerificationSet,
    juror: LocalAccount,
    clients: list[LocalAccount],
    treasury: TransactionSender,
) -> CreatedTask:
    spec = build_spec(
        name=f"demo on {dataset.name}",
        model=CallableSpec(callable="fedjury.models:mlp"),
        lam=options.lam,
        rule="paper",
        training=options.training.model_dump(),
        max_update_bytes=None,
        verification=verification,
        genesis_seed=options.seed,
    )
    check_fits(spec, genesis_weights(spec, options.seed), dataset.test)
    weights, _ = choose_genesis(spec, verification, options.seed)
    return create_task(
        services.chain,
        services.store,
        treasury,
        spec,
        weights,
        RoundLimits(
            _ROUND_SECONDS, _ROUND_SECONDS, options.clients, options.clients, options.rounds
        ),
        Members(treasury.address, [juror.address], 1, [account.address for account in clients]),
    )


def _save(
    options: DemoOptions,
    services: Services,
    task: OpenedTask,
    created: CreatedTask,
    verification: VerificationSet,
    juror: LocalAccount,
    clients: list[LocalAccount],
) -> None:
    name = verification_name(verification.commitment())
    save_verification_set(verification, options.directory / name)
    Deployment(
        chain_id=services.chain.chain_id,
        rpc=services.chain.url,
        store=services.store_location,
        factory=created.factory,
        task=task.contract.address,
        block=created.receipt.block_number,
        spec=cid_of(created.spec_digest),
        genesis=cid_of(created.genesis_digest),
        coordinator=services.treasury.address,
        jurors=[juror.address],
        clients=[account.address for account in clients],
        data=options.data,
        split_seed=options.split_seed,
        partition_seed=options.seed,
    ).save(options.directory / "deployment.json")


def _agents(
    options: DemoOptions,
    services: Services,
    dataset: Dataset,
    task: OpenedTask,
    clients: list[LocalAccount],
    poisoned: dict[int, frozenset[int]],
    from_block: int,
    notify: Notify,
) -> list[ClientAgent]:
    shards = partition(dataset.train, options.clients, options.seed)
    return [
        ClientAgent(
            task,
            account,
            _sender(services, account),
            LocalTrainer(
                task.build_model(),
                shards[place],
                dataset.classes,
                task.spec.training,
                options.seed * 1009 + place,
                ATTACKS[options.attack],
                frozenset(number for number, places in poisoned.items() if place in places),
            ),
            Journal(_work(options.directory, "client", account.address)),
            AgentSettings(from_block),
            notify,
        )
        for place, account in enumerate(clients)
    ]


def _juror(
    options: DemoOptions,
    services: Services,
    task: OpenedTask,
    account: LocalAccount,
    verification: VerificationSet,
    from_block: int,
    notify: Notify,
) -> Juror:
    cache = DirectoryStore(_work(options.directory, "oracle", account.address))
    limit = task.spec.update.max_bytes
    return Juror(
        task,
        account,
        _sender(services, account),
        verification,
        UpdateFetcher(services.store, cache, limit, _FETCH_SECONDS),
        JurorSettings(from_block),
        notify,
    )


def _work(directory: Path, kind: str, address: str) -> Path:
    return directory / "work" / f"{kind}-{address}"
