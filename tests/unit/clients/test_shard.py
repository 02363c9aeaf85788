"""Which part of the training data a client takes: chosen at `fedjury deploy`, or named."""

import pytest
import torch

from fedjury.clients.shard import Shard, choose_shard, load_shard
from fedjury.data import load_dataset
from fedjury.data.split import partition
from fedjury.errors import ConfigError
from fedjury.task.deployment_file import Deployment
from tests.support.example_deployment import deployment
from tests.support.fake_federation import CLIENTS

ADDRESSES: list[str] = [each.address for each in CLIENTS[:3]]


def with_clients(*clients: str) -> Deployment:
    return deployment().model_copy(update={"clients": list(clients)})


def test_a_shard_is_named_or_the_clients_place() -> None:
    assert choose_shard("3/10", with_clients(), ADDRESSES[0]) == Shard(3, 10)
    assert choose_shard("3/10", None, ADDRESSES[0]) == Shard(3, 10)
    assert choose_shard(None, with_clients(*ADDRESSES), ADDRESSES[1]) == Shard(2, 3)


@pytest.mark.parametrize("text", ["", "3", "0/10", "11/10", "-1/10", "a/b", "1/", "/2", "1/2/3"])
def test_another_shard_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--shard"):
        choose_shard(text, with_clients(), ADDRESSES[0])


def test_a_client_that_is_not_in_the_deployment_must_name_its_shard() -> None:
    with pytest.raises(ConfigError, match="--shard"):
        choose_shard(None, with_clients(), ADDRESSES[0])
    with pytest.raises(ConfigError, match="--shard"):
        choose_shard(None, None, ADDRESSES[0])


def test_the_deployment_says_how_clients_split_the_data() -> None:
    known = deployment().model_copy(update={"partition": "dirichlet:0.5", "partition_seed": 7})
    digits = load_dataset("digits")
    found = load_shard(Shard(2, 3), known, None, None)
    expected = partition(digits.train, 3, 7, "dirichlet:0.5")[1]
    assert torch.equal(found.samples.x, expected.x)
    assert torch.equal(found.samples.y, expected.y)
    assert found.classes == digits.classes == 10


def test_without_a_deployment_shards_are_alike_and_the_seed_is_0() -> None:
    digits = load_dataset("digits")
    found = load_shard(Shard(2, 3), None, "digits", None)
    assert torch.equal(found.samples.x, partition(digits.train, 3, 0, "iid")[1].x)


def test_somebody_has_to_say_which_dataset() -> None:
    with pytest.raises(ConfigError, match="--data"):
        load_shard(Shard(1, 2), None, None, None)
