"""Splitting, the digits, and datasets of the user's own."""

import sys
from itertools import chain
from pathlib import Path

import pytest
import torch

from fedjury.data import Samples, load_dataset
from fedjury.data.split import partition, split_test
from fedjury.errors import DataError

HELPERS = "tests.support.plugins"


def _numbered(count: int) -> Samples:
    """Samples that can be told apart by their input."""
    return Samples(torch.arange(count, dtype=torch.float32).unsqueeze(1), torch.arange(count) % 3)


def _numbers(samples: Samples) -> list[int]:
    return [int(value) for value in samples.x[:, 0]]


@pytest.mark.parametrize("count", [2, 9, 10])
def test_the_test_part_is_halved_disjoint_and_complete(count: int) -> None:
    samples = _numbered(count)
    jury, held_out = split_test(samples, seed=1)
    assert (len(jury), len(held_out)) == (count // 2, count - count // 2)
    assert sorted(_numbers(jury) + _numbers(held_out)) == list(range(count))


@pytest.mark.parametrize("clients", [1, 3, 10])
def test_shards_are_disjoint_complete_and_even(clients: int) -> None:
    shards = partition(_numbered(10), clients, seed=1)
    assert len(shards) == clients
    assert sorted(chain.from_iterable(map(_numbers, shards))) == list(range(10))
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


def test_labels_stay_with_their_inputs() -> None:
    for part in (*split_test(_numbered(10), 1), *partition(_numbered(10), 3, 1)):
        assert [number % 3 for number in _numbers(part)] == part.y.tolist()


def test_the_seed_decides() -> None:
    samples = _numbered(50)
    torch.manual_seed(1)
    first = _numbers(split_test(samples, 1)[0]), _numbers(partition(samples, 5, 1)[0])
    torch.manual_seed(2)
    assert (_numbers(split_test(samples, 1)[0]), _numbers(partition(samples, 5, 1)[0])) == first
    assert _numbers(split_test(samples, 2)[0]) != first[0]
    assert _numbers(partition(samples, 5, 2)[0]) != first[1]


@pytest.mark.parametrize("clients", [0, -1, 11])
def test_more_clients_than_samples_are_a_data_error(clients: int) -> None:
    with pytest.raises(DataError, match="cannot be split"):
        partition(_numbered(10), clients, 1)


def test_a_test_part_of_one_cannot_be_halved() -> None:
    for seed in (0, 1):
        with pytest.raises(DataError, match="one sample, but half of it is the jury's"):
            split_test(_numbered(1), seed)


def test_the_digits_fit_the_papers_model() -> None:
    digits = load_dataset("digits")
    assert digits.train.x.shape == (1079, 28, 28)
    assert digits.test.x.shape == (718, 28, 28)
    assert digits.classes == 10
    assert float(digits.train.x.min()) >= 0
    assert float(digits.train.x.max()) <= 1
    assert torch.equal(load_dataset("digits").test.x, digits.test.x)


def test_without_scikit_learn_the_user_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match="pip install"):
        load_dataset("digits")


def test_a_dataset_of_the_users_own_is_loaded() -> None:
    assert load_dataset(f"{HELPERS}:tiny_dataset").name == "tiny"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cifar", "say digits, mnist, idx:DIR or module:callable"),
        ("", "unknown dataset"),
        ("no.such.module:x", "ModuleNotFoundError"),
        (f"{HELPERS}:missing", "AttributeError"),
        (f"{HELPERS}:NOT_CALLABLE", "not callable"),
        (f"{HELPERS}:failing_dataset", "OSError: disk on fire, in plugins.py, line .*: raise"),
        (f"{HELPERS}:no_dataset", "returned list"),
        (f"{HELPERS}:", "module:callable"),
    ],
)
def test_a_dataset_that_does_not_load_is_a_data_error(name: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        load_dataset(name)


def test_a_dataset_that_fails_without_a_directory_says_that_it_had_none(tmp_path: Path) -> None:
    name = f"{HELPERS}:read_dataset"
    without = r"failed \(no --data-dir was given, so it got None\): TypeError: unsupported operand"
    with pytest.raises(DataError, match=without):
        load_dataset(name)
    with pytest.raises(DataError, match=r"failed: FileNotFoundError: .*samples\.csv"):
        load_dataset(name, tmp_path)


def test_seed_zero_splits_in_the_datasets_own_order() -> None:
    jury, held_out = split_test(_numbered(5), 0)
    assert _numbers(jury) == [0, 1]
    assert _numbers(held_out) == [2, 3, 4]
