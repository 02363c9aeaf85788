"""Splitting training samples among clients by a scheme: IID, or skewed by label."""

from itertools import chain

import pytest
import torch

from fedjury.data import Samples
from fedjury.data.dirichlet import FEWEST
from fedjury.data.split import partition
from fedjury.errors import DataError
from tests.support.sentences import PADDING, sentences

CLASSES = 5


def _numbered(count: int) -> Samples:
    """Samples that can be told apart by their input; the label is the number modulo 5."""
    numbers = torch.arange(count)
    return Samples(numbers.to(torch.float32).unsqueeze(1), numbers % CLASSES)


def _numbers(samples: Samples) -> list[int]:
    return [int(value) for value in samples.x[:, 0]]


def _skew(shards: list[Samples]) -> float:
    """Mean share of a client's commonest class: 1/5 where all are even, 1 where each has one."""
    shares = [float(torch.bincount(shard.y).max()) / len(shard) for shard in shards]
    return sum(shares) / len(shares)


SCHEMES = [
    "iid",
    "dirichlet:100",
    "dirichlet:0.5",
    "dirichlet:0.001",
    "dirichlet-equal:100",
    "dirichlet-equal:0.1",
    "dirichlet-equal:0.001",
]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("samples", "clients"), [(1000, 7), (70, 7), (999, 1)])
def test_every_sample_is_in_one_shard_with_its_label(
    scheme: str, samples: int, clients: int
) -> None:
    shards = partition(_numbered(samples), clients, 3, scheme)
    assert len(shards) == clients
    assert sorted(chain.from_iterable(map(_numbers, shards))) == list(range(samples))
    assert all(shard.y.tolist() == [n % CLASSES for n in _numbers(shard)] for shard in shards)


@pytest.mark.parametrize("name", ["dirichlet", "dirichlet-equal"])
@pytest.mark.parametrize("alpha", [1e-3, 0.1, 1, 1e6])
@pytest.mark.parametrize("samples", [100, 101, 150, 5000])
def test_every_client_holds_a_minimum(name: str, alpha: float, samples: int) -> None:
    for seed in (-1, 0, 1, 2**64 - 1):
        shards = partition(_numbered(samples), 10, seed, f"{name}:{alpha}")
        assert min(map(len, shards)) >= FEWEST


@pytest.mark.parametrize("name", ["dirichlet", "dirichlet-equal"])
def test_a_smaller_alpha_skews_more(name: str) -> None:
    samples = _numbered(5000)
    skews = [
        sum(_skew(partition(samples, 10, seed, f"{name}:{alpha}")) for seed in range(10)) / 10
        for alpha in (1000, 1, 0.3, 0.05)
    ]
    assert skews == sorted(skews)
    assert skews[0] < 0.25
    assert skews[-1] > 0.7


def test_the_clients_sizes_differ_too() -> None:
    sizes = [len(shard) for shard in partition(_numbered(5000), 10, 1, "dirichlet:0.3")]
    assert max(sizes) > 2 * min(sizes)


@pytest.mark.parametrize("samples", [100, 101, 150, 5000])
@pytest.mark.parametrize("alpha", [1e-3, 0.1, 1e6])
def test_of_equal_shards_none_is_larger_by_more_than_one(samples: int, alpha: float) -> None:
    for seed in range(5):
        shards = partition(_numbered(samples), 10, seed, f"dirichlet-equal:{alpha}")
        sizes = [len(shard) for shard in shards]
        assert max(sizes) - min(sizes) <= 1


def test_equal_shards_leave_classes_to_few() -> None:
    """As in Hsu et al.: a client's own draw decides, so a class may be one client's alone."""
    shards = partition(_numbered(5000), 10, 1, "dirichlet-equal:0.05")
    held = [len(set(shard.y.tolist())) for shard in shards]
    assert min(held) == 1


def test_a_skewed_shard_is_shuffled() -> None:
    numbers = _numbers(partition(_numbered(5000), 2, 1, "dirichlet:1")[0])
    assert numbers != sorted(numbers)
    assert [n % CLASSES for n in numbers] != sorted(n % CLASSES for n in numbers)


@pytest.mark.parametrize("scheme", ["iid", "dirichlet:0.5", "dirichlet-equal:0.5"])
def test_the_seed_alone_decides(scheme: str) -> None:
    samples = _numbered(500)
    torch.manual_seed(1)
    first = [_numbers(shard) for shard in partition(samples, 5, 1, scheme)]
    torch.manual_seed(2)
    assert [_numbers(shard) for shard in partition(samples, 5, 1, scheme)] == first
    others = [_numbers(shard) for shard in partition(samples, 5, 2, scheme)]
    assert [sorted(shard) for shard in others] != [sorted(shard) for shard in first]
    if scheme == "dirichlet:0.5":
        assert list(map(len, others)) != list(map(len, first))


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        (
            "dirichlet:0.5",
            [[86, 42, 3, 2, 108], [59, 125, 170, 147, 6], [55, 23, 24, 50, 22], [0, 10, 3, 1, 64]],
        ),
        (
            "dirichlet-equal:0.5",
            [[80, 38, 55, 0, 77], [61, 20, 145, 21, 3], [1, 142, 0, 25, 82], [58, 0, 0, 154, 38]],
        ),
    ],
)
def test_skewed_sizes_are_the_same_on_every_machine(scheme: str, expected: list[list[int]]) -> None:
    """Clients split by themselves: versions that draw otherwise would make shards overlap."""
    shards = partition(_numbered(1000), 4, 1, scheme)
    counts = [torch.bincount(shard.y, minlength=CLASSES).tolist() for shard in shards]
    assert counts == expected


def test_iid_is_the_default_and_cuts_torchs_permutation_of_the_seed() -> None:
    order = torch.randperm(50, generator=torch.Generator().manual_seed(4))
    expected = [part.tolist() for part in order.tensor_split(3)]
    for shards in (partition(_numbered(50), 3, 4), partition(_numbered(50), 3, 4, "iid")):
        assert [_numbers(shard) for shard in shards] == expected


def test_a_class_without_samples_is_nobodys() -> None:
    gap = Samples(torch.zeros(60, 1), torch.tensor([0, 7] * 30))
    shards = partition(gap, 3, 1, "dirichlet:0.5")
    assert sum(map(len, shards)) == 60
    assert set(chain.from_iterable(shard.y.tolist() for shard in shards)) == {0, 7}


@pytest.mark.parametrize(
    "scheme",
    ["", "IID", "iid:1", "dirichlet", "shards:2", "Dirichlet:1", "dirichlet-0.5", "equal:1"],
)
def test_an_unknown_scheme_is_a_data_error(scheme: str) -> None:
    with pytest.raises(DataError, match="ALPHA"):
        partition(_numbered(1000), 10, 1, scheme)


@pytest.mark.parametrize("alpha", ["", "0", "-1", "nan", "inf", "-inf", "1e-9", "half", "0.5:1"])
def test_an_alpha_that_is_out_of_range_is_a_data_error(alpha: str) -> None:
    with pytest.raises(DataError, match="ALPHA is a number from"):
        partition(_numbered(1000), 10, 1, f"dirichlet:{alpha}")


@pytest.mark.parametrize("clients", [0, -1, 10])
def test_too_few_samples_for_the_minimum_are_a_data_error(clients: int) -> None:
    with pytest.raises(DataError, match="99 training samples cannot be split"):
        partition(_numbered(99), clients, 1, "dirichlet:1")


def test_sentences_are_shared_evenly_with_their_padding() -> None:
    shards = partition(sentences().train, 7, 3)
    assert sorted(map(len, shards)) == [28, 28, 28, 29, 29, 29, 29]
    assert {shard.padding for shard in shards} == {PADDING}
    assert sum(len(shard.labels) for shard in shards) == len(sentences().train.labels)


@pytest.mark.parametrize("scheme", ["dirichlet:0.5", "dirichlet-equal:0.5"])
def test_sentences_cannot_be_shared_by_label(scheme: str) -> None:
    with pytest.raises(DataError, match=f"{scheme}.* one for each of 6 positions: say iid"):
        partition(sentences().train, 3, 3, scheme)
