"""What `fedjury deploy` puts on chain and into the store, of commitments and rosters."""

import shutil
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RosterSet
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.rpc.connection import Chain
from fedjury.data.verification import load_verification_set
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.store import open_store
from fedjury.task.deployment_file import Deployment, load_deployment
from fedjury.task.files import fetch_spec
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import fetch_roster
from tests.support.commands import command, succeed
from tests.support.keys import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def task_of(known: Deployment) -> FederatedTask:
    return FederatedTask.at(Chain.connect(known.rpc), known.task)


def test_a_coordinator_who_has_the_commitments_alone_deploys_a_slice_a_round(
    keys: Keys, ganache: str, tmp_path: Path
) -> None:
    secret, public, store = tmp_path / "secret", tmp_path / "public", tmp_path / "store"
    made = succeed("verification", "new", "--slices", 3, "--out", secret, "--json").document
    public.mkdir()
    shutil.move(secret / "commitments.json", public / "commitments.json")
    chosen = ("--commitments", public / "commitments.json", "--disclose", "--disclosure-depth", 4)
    deploy = keys.deploy(public, ganache, f"dir:{store}", *chosen, "--retention-days", 30)
    document = succeed(*deploy, "--json").document
    known = load_deployment(public / "deployment.json")
    config = task_of(known).config()
    spec = fetch_spec(open_store(f"dir:{store}"), config.spec_digest)
    assert config.rounds == 3
    assert [each.model_dump() for each in spec.verification.slices] == made["slices"]
    assert (spec.verification.disclosed, spec.verification.depth) == (True, 4)
    assert spec.verification.accuracy is True
    assert spec.retention_days == 30
    assert document["verification"] == spec.verification.model_dump(mode="json")
    salts = [load_verification_set(path).salt for path in secret.glob("*.safetensors")]
    published = [
        path.read_bytes() for path in [*store.rglob("*"), *public.rglob("*")] if path.is_file()
    ]
    assert len(salts) == 3
    assert not any(
        salt in data or salt.hex().encode() in data for salt in salts for data in published
    )


def test_other_rounds_than_slices_are_refused(keys: Keys, ganache: str, tmp_path: Path) -> None:
    succeed("verification", "new", "--slices", 3, "--out", tmp_path / "verification")
    deploy = keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}", "--rounds", 4)
    refused = command(*deploy)
    assert refused.code == 10
    assert "3 slices are for 3 rounds, one each" in refused.err
    assert not (tmp_path / "store").exists()


def test_a_roster_of_thousands_comes_from_a_file(keys: Keys, ganache: str, tmp_path: Path) -> None:
    others = [f"0x{number:040x}" for number in range(1, 3000)]
    (tmp_path / "roster.txt").write_text("\n".join(others))
    store = f"dir:{tmp_path / 'store'}"
    deploy = keys.deploy(tmp_path, ganache, store, "--roster", tmp_path / "roster.txt")
    document = succeed(*deploy, "--json").document
    known = load_deployment(tmp_path / "deployment.json")
    roster = Roster.of([*others, *(each.address for each in keys.accounts[2:])])
    assert document["clients"] == known.clients == roster.size == 3001
    assert known.roster is not None
    assert (tmp_path / "deployment.json").stat().st_size < 2000
    assert open_store(store).fetch(Digest.from_cid(known.roster), 10**6, 1.0) == roster.to_bytes()
    config = task_of(known).config()
    assert (config.min_updates, config.max_updates) == (1500, 100_000)
    task = TaskOnChain.at(Chain.connect(ganache), known.task, known.block)
    (event,) = task.read_events(task.chain.block().number, [RosterSet])
    assert isinstance(event, RosterSet)
    assert fetch_roster(open_store(store), event) == roster
    assert any("cannot be split among 3001 clients" in note for note in document["notes"])


def test_slices_that_served_another_task_are_told(keys: Keys, ganache: str, tmp_path: Path) -> None:
    deploy = keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}")
    first = succeed(*deploy, "--json").document
    assert not any("already served" in note for note in first["notes"])
    known = load_deployment(tmp_path / "deployment.json")
    second = succeed(*deploy, "--force", "--json").document
    words = f"already served the task eip155:{known.chain_id}:{known.task.lower()}:"
    assert [words in note.lower() for note in second["notes"]].count(True) == 1


def test_a_jury_of_two_is_told_that_nobody_may_be_missing(
    keys: Keys, ganache: str, tmp_path: Path
) -> None:
    second = ("--juror", keys.accounts[0].address)
    deploy = keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}", *second)
    printed = succeed(*deploy).out
    known = load_deployment(tmp_path / "deployment.json")
    assert "note     all 2 jurors have to sign, so that nobody may be missing" in printed
    assert "note     a slice of 359 is a weak test" in printed
    assert known.jurors == sorted(known.jurors, key=str.lower)
    jury = task_of(known).jury()
    assert (jury.size, jury.quorum) == (2, 2)


def test_a_relayer_may_submit_batches_in_two_thirds_of_each_round(
    keys: Keys, ganache: str, tmp_path: Path
) -> None:
    relayer = keys.accounts[0].address
    deploy = keys.deploy(tmp_path, ganache, f"dir:{tmp_path / 'store'}", "--relayer", relayer)
    document = succeed(*deploy, "--round-seconds", 90, "--json").document
    task = task_of(load_deployment(tmp_path / "deployment.json"))
    assert document["relayers"] == [relayer]
    assert (task.config().batch_seconds, task.config().max_updates) == (60, 60_000)
    assert task.is_relayer(relayer)
    assert task.batch_room() == 2
    refused = command(*deploy, "--force", "--batch-seconds", 0)
    assert refused.code == 10
    assert "with --batch-seconds 0 no round takes any" in refused.err
