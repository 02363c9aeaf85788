"""Which part of the training data a client takes: chosen at `fedjury deploy`, or named."""

from pathlib import Path

import pytest
import torch

from fedjury.clients.shard import Shard, choose_shard, load_shard
from fedjury.data import load_dataset
from fedjury.data.split import partition
from fedjury.errors import ConfigError, DataError, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import LabelsSpec
from fedjury.store import DirectoryStore
from fedjury.task.deployment_file import Deployment
from fedjury.task.rosters import publish_roster
from tests.support.example_deployment import deployment
from tests.support.fake_federation import CLIENTS
from tests.support.sentences import PADDING

SENTENCES = "tests.support.sentences:sentences"
TEN = LabelsSpec(classes=10)
ADDRESSES: list[str] = [each.address for each in CLIENTS[:3]]


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


def with_clients(store: DirectoryStore, *clients: str) -> Deployment:
    roster = publish_roster(store, Roster.of(clients))
    changes = {"roster": roster and roster.cid, "clients": len(clients)}
    return deployment().model_copy(update=changes)


def test_a_shard_is_named_or_the_clients_place_in_the_roster(store: DirectoryStore) -> None:
    known, ascending = with_clients(store, *ADDRESSES), sorted(ADDRESSES, key=str.lower)
    assert choose_shard("3/10", known, ADDRESSES[0], store) == Shard(3, 10)
    assert choose_shard("3/10", None, ADDRESSES[0], store) == Shard(3, 10)
    for number, address in enumerate(ascending, start=1):
        assert choose_shard(None, known, address, store) == Shard(number, 3)


@pytest.mark.parametrize("text", ["", "3", "-1/10", "a/b", "1/", "/2", "1/2/3"])
def test_what_is_no_shard_is_a_config_error(text: str, store: DirectoryStore) -> None:
    words = f"--shard takes a number and a count, as 3/10, not '{text}'"
    with pytest.raises(ConfigError, match=f"^{words}$"):
        choose_shard(text, None, ADDRESSES[0], store)


@pytest.mark.parametrize("text", ["0/10", "11/10", "4/3", "0/3", "0/0"])
def test_a_shard_that_there_is_not_is_a_config_error(text: str, store: DirectoryStore) -> None:
    words = f"--shard takes a number from 1 to the count, as 3/10, not '{text}'"
    with pytest.raises(ConfigError, match=f"^{words}$"):
        choose_shard(text, None, ADDRESSES[0], store)


def test_a_client_that_is_not_in_the_roster_must_name_its_shard(store: DirectoryStore) -> None:
    for known in (None, with_clients(store), with_clients(store, *ADDRESSES[1:])):
        with pytest.raises(ConfigError, match="--shard"):
            choose_shard(None, known, ADDRESSES[0], store)


def test_a_roster_that_the_deployment_file_does_not_name_rightly_is_told(
    store: DirectoryStore,
) -> None:
    known = with_clients(store, *ADDRESSES)
    for changes, error in (
        ({"roster": "Qm"}, ConfigError),
        ({"roster": store.add(b"no roster").cid}, ConfigError),
        ({"roster": Digest(bytes(32)).cid}, StoreUnavailable),
        ({"clients": 2}, StoreUnavailable),
    ):
        with pytest.raises(error, match="the deployment file's roster Qm"):
            choose_shard(None, known.model_copy(update=changes), ADDRESSES[0], store)


def test_the_deployment_says_how_clients_split_the_data() -> None:
    known = deployment().model_copy(update={"partition": "dirichlet:0.5", "partition_seed": 7})
    digits = load_dataset("digits")
    found = load_shard(Shard(2, 3), known, None, None, TEN)
    expected = partition(digits.train, 3, 7, "dirichlet:0.5")[1]
    assert torch.equal(found.samples.x, expected.x)
    assert torch.equal(found.samples.y, expected.y)
    assert found.classes == digits.classes == 10


def test_without_a_deployment_shards_are_alike_and_the_seed_is_0() -> None:
    digits = load_dataset("digits")
    found = load_shard(Shard(2, 3), None, "digits", None, TEN)
    assert torch.equal(found.samples.x, partition(digits.train, 3, 0, "iid")[1].x)


@pytest.mark.parametrize(("scheme", "clients"), [("iid", 2000), ("dirichlet:0.5", 200)])
def test_more_clients_than_the_data_serve_are_told_with_the_remedy(
    scheme: str, clients: int
) -> None:
    known = deployment().model_copy(update={"partition": scheme})
    says = f"cannot be split among {clients} clients, .* say --data .*or --shard"
    with pytest.raises(DataError, match=says):
        load_shard(Shard(2, clients), known, "digits", None, TEN)


def test_a_scheme_that_is_none_is_not_mended_by_fewer_shards() -> None:
    known = deployment().model_copy(update={"partition": "even"})
    with pytest.raises(DataError) as refused:
        load_shard(Shard(2, 3), known, "digits", None, TEN)
    assert "--shard" not in str(refused.value)


def test_the_tasks_classes_are_those_of_its_spec() -> None:
    found = load_shard(Shard(2, 3), None, "digits", None, LabelsSpec(classes=12))
    assert found.classes == 12
    words = load_shard(Shard(1, 2), None, SENTENCES, None, LabelsSpec(classes=12, padding=PADDING))
    assert words.samples.padding == PADDING


@pytest.mark.parametrize(
    ("data", "labels", "says"),
    [
        ("digits", LabelsSpec(classes=9), "shard of dataset 'digits' has label 9, .* are 0 to 8"),
        ("digits", LabelsSpec(classes=10, padding=0), "has no padding, the task padding 0"),
        (SENTENCES, LabelsSpec(classes=12), f"has padding {PADDING}, the task no padding"),
        (SENTENCES, LabelsSpec(classes=12, padding=0), f"{PADDING}, the task padding 0: take the"),
        (SENTENCES, LabelsSpec(classes=11, padding=PADDING), "has label 11, the task's classes"),
    ],
)
def test_labels_that_are_not_the_tasks_are_refused(
    data: str, labels: LabelsSpec, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        load_shard(Shard(1, 2), None, data, None, labels)


def test_somebody_has_to_say_which_dataset() -> None:
    with pytest.raises(ConfigError, match="--data"):
        load_shard(Shard(1, 2), None, None, None, TEN)
