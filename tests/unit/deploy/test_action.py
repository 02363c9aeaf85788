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
from fedjury.data.split import split_test
from fedjury.data.verification import load_verification_set
from fedjury.deploy.action import carry_out, draw_verification_set
from fedjury.deploy.draft import SpecDraft, name_model
from fedjury.deploy.plan import DataSource, DeployOptions, DeployPlan, plan_deployment
from fedjury.errors import ConfigError
from fedjury.protocol.task_spec import RuleSpec
from fedjury.store import open_store
from fedjury.task.creation import Members, RoundLimits
from fedjury.task.deployment_file import load_deployment
from fedjury.task.files import fetch_spec
from fedjury.task.timing import Timing
from tests.support.fake_federation import MODEL, dataset, verification
from tests.support.plugins import tiny_dataset


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
    coordinator, juror, *clients = [account.address for account in _accounts()[:4]]
    draft = SpecDraft("tiny", name_model(MODEL, {}), 0.5, RuleSpec(), {})
    wanted = DeployOptions(
        draft,
        RoundLimits(60, 60, 1, 2, 3),
        Members(coordinator, [juror], 1, clients),
        DataSource("tiny", 5, "iid", 7),
        Timing(2, 45.0),
    )
    return plan_deployment(wanted, verification(), dataset())


def test_a_task_is_on_chain_and_its_files_lie_side_by_side(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    store, file = f"dir:{tmp_path / 'store'}", tmp_path / "deep" / "deployment.json"
    deployed = carry_out(plan, sender, store, file)
    known = load_deployment(file)
    assert known == deployed.deployment
    assert (known.rpc, known.store, known.chain_id) == ("embedded", store, chain().chain_id)
    assert (known.coordinator, known.jurors) == (plan.members.coordinator, plan.members.jurors)
    assert known.clients == plan.members.clients
    assert (known.confirmations, known.fetch_timeout) == (2, 45.0)
    assert (known.data, known.split_seed, known.partition_seed) == ("tiny", 5, 7)
    task = FederatedTask.at(chain(), known.task)
    assert task.owner() == plan.members.coordinator
    assert fetch_spec(open_store(store), task.config().spec_digest) == plan.task.spec
    assert deployed.verification_file.parent == file.parent
    kept = load_verification_set(deployed.verification_file)
    assert kept.commitment() == plan.task.spec.verification.commitment


def test_times_that_do_not_fit_are_refused_before_anything_is_sent(
    plan: DeployPlan, sender: TransactionSender, tmp_path: Path
) -> None:
    before = chain().request("eth_getTransactionCount", sender.address, "latest")
    unfit = replace(plan, timing=Timing(2, 61.0))
    with pytest.raises(ConfigError, match="may take 61 s, but the round may be voided 60 s"):
        carry_out(unfit, sender, f"dir:{tmp_path / 'store'}", tmp_path / "deployment.json")
    assert list(tmp_path.iterdir()) == []
    assert chain().request("eth_getTransactionCount", sender.address, "latest") == before


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
    assert FederatedTask.at(chain(), task).owner() == plan.members.coordinator
    assert chain().request("eth_getCode", factory, "latest") != "0x"


def test_the_jurys_samples_are_half_of_the_test_part_with_a_new_salt() -> None:
    dataset = tiny_dataset(None)
    one, other = (draw_verification_set(dataset, 3) for _ in range(2))
    assert one.salt != other.salt
    judged, _ = split_test(dataset.test, 3)
    assert one.samples.x.equal(judged.x)
    assert one.samples.y.equal(judged.y)
