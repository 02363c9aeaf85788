"""Carrying out a deployment, on a chain in this process."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.deploy import action
from fedjury.deploy.action import carry_out
from fedjury.deploy.draft import SpecDraft, name_model
from fedjury.deploy.plan import DataSource, DeployOptions, DeployPlan, plan_deployment
from fedjury.deploy.terms import public_terms
from fedjury.errors import ConfigError
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import RuleSpec
from fedjury.store import open_store
from fedjury.task.creation import Members
from fedjury.task.deployment_file import load_deployment
from fedjury.task.files import fetch_spec
from tests.support.fake_federation import MODEL, dataset, verification
from tests.support.plans import round_limits


@cache
def chain() -> Chain:
    return Chain.connect("embedded")


@pytest.fixture
def sender() -> TransactionSender:
    return TransactionSender(chain(), _accounts()[0], poll_interval=0.1)


def _accounts() -> list[LocalAccount]:
    return funded_accounts(chain().web3)


@pytest.fixture
def plan() -> DeployPlan:
    juror, *clients = [account.address for account in _accounts()[1:4]]
    draft = SpecDraft("tiny", name_model(MODEL, {}), 0.5, RuleSpec(), {})
    wanted = DeployOptions(
        draft,
        round_limits(),
        Members([juror], 1, Roster.of(clients)),
        DataSource("tiny", "iid", 7),
        2,
    )
    return plan_deployment(wanted, public_terms(verification()), dataset())


def test_a_task_is_on_chain_and_its_files_are_published(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    store, file = f"dir:{tmp_path / 'store'}", tmp_path / "deep" / "deployment.json"
    deployed = carry_out(plan, sender, store, file)
    known = load_deployment(file)
    assert known == deployed.deployment
    assert (known.rpc, known.store, known.chain_id) == ("embedded", store, chain().chain_id)
    assert (known.coordinator, known.jurors) == (sender.address, plan.members.jurors)
    assert (known.confirmations, known.data, known.partition_seed) == (2, "tiny", 7)
    assert [each.name for each in file.parent.iterdir()] == ["deployment.json"]
    task, roster = FederatedTask.at(chain(), known.task), plan.members.roster
    assert task.owner() == sender.address
    assert fetch_spec(open_store(store), task.config().spec_digest) == plan.task.spec
    assert (
        (task.roster().root, task.roster().size) == (roster.root, known.clients) == (roster.root, 2)
    )
    assert known.roster is not None
    published = open_store(store).fetch(Digest.from_cid(known.roster), 40, 1.0)
    assert published == roster.to_bytes()


def test_a_task_may_begin_with_nobody(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    nobody = replace(plan, members=replace(plan.members, roster=Roster()))
    file = tmp_path / "deployment.json"
    carry_out(nobody, sender, f"dir:{tmp_path / 'store'}", file)
    assert (load_deployment(file).roster, load_deployment(file).clients) == (None, 0)


def test_times_that_do_not_fit_are_refused_before_anything_is_sent(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misfit(_: Chain, confirmations: int, availability_seconds: int) -> str:
        return f"{confirmations} are too many for {availability_seconds} s"

    monkeypatch.setattr(action, "misfit", misfit)
    before = chain().request("eth_getTransactionCount", sender.address, "latest")
    with pytest.raises(ConfigError, match="2 are too many for 60 s"):
        carry_out(plan, sender, f"dir:{tmp_path / 'store'}", tmp_path / "deployment.json")
    assert list(tmp_path.iterdir()) == []
    assert chain().request("eth_getTransactionCount", sender.address, "latest") == before


def test_batches_that_leave_no_time_to_submit_alone_are_refused_before_anything_is_sent(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lone_misfit(_: Chain, confirmations: int, seconds: int) -> str:
        return f"{confirmations} are too many for the last {seconds} s"

    monkeypatch.setattr(action, "misfit", lambda *_: "")
    monkeypatch.setattr(action, "lone_misfit", lone_misfit)
    batched = replace(plan, limits=replace(plan.limits, batch_seconds=40))
    before = chain().request("eth_getTransactionCount", sender.address, "latest")
    with pytest.raises(ConfigError, match="2 are too many for the last 20 s"):
        carry_out(batched, sender, f"dir:{tmp_path / 'store'}", tmp_path / "deployment.json")
    assert list(tmp_path.iterdir()) == []
    assert chain().request("eth_getTransactionCount", sender.address, "latest") == before
    carry_out(plan, sender, f"dir:{tmp_path / 'store'}", tmp_path / "deployment.json")


def test_a_time_for_batches_that_the_chain_is_too_slow_for_is_refused_before_anything_is_sent(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action, "batch_misfit", lambda _, seconds: f"{seconds} s are too few")
    batched = replace(plan, limits=replace(plan.limits, batch_seconds=40))
    before = chain().request("eth_getTransactionCount", sender.address, "latest")
    with pytest.raises(ConfigError, match="40 s are too few"):
        carry_out(batched, sender, f"dir:{tmp_path / 'store'}", tmp_path / "deployment.json")
    assert list(tmp_path.iterdir()) == []
    assert chain().request("eth_getTransactionCount", sender.address, "latest") == before
    carry_out(plan, sender, f"dir:{tmp_path / 'store'}", tmp_path / "deployment.json")


def test_relayers_may_submit_batches_from_a_tasks_creation_on(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    relayer, other = (account.address for account in _accounts()[5:7])
    batched = replace(
        plan,
        limits=replace(plan.limits, batch_seconds=40),
        members=replace(plan.members, relayers=[relayer]),
    )
    deployed = carry_out(batched, sender, f"dir:{tmp_path / 'store'}", tmp_path / "it.json")
    task = FederatedTask.at(chain(), deployed.deployment.task)
    assert (task.is_relayer(relayer), task.is_relayer(other)) == (True, False)
    assert task.config().batch_seconds == 40


def test_a_directory_is_no_deployment_file_and_nothing_is_sent(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    before = chain().request("eth_getTransactionCount", sender.address, "latest")
    with pytest.raises(ConfigError, match="is a directory"):
        carry_out(plan, sender, f"dir:{tmp_path / 'store'}", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        carry_out(plan, sender, f"dir:{tmp_path / 'store'}", tmp_path / "file" / "deployment.json")
    assert chain().request("eth_getTransactionCount", sender.address, "latest") == before


def test_a_task_whose_deployment_file_cannot_be_written_is_named(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    """Here the content store makes itself a directory where the file should go."""
    file = tmp_path / "deployment.json"
    with pytest.raises(ConfigError, match="cannot be written: Is a directory") as failed:
        carry_out(plan, sender, f"dir:{file}", file)
    words = str(failed.value).split()
    task, factory = (words[words.index(each) + 1] for each in ("task", "factory"))
    assert FederatedTask.at(chain(), task).owner() == sender.address
    assert chain().request("eth_getCode", factory, "latest") != "0x"
