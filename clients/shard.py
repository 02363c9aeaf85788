"""A client's part of the training data."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.data import Samples, load_dataset
from fedjury.data.scheme import parse_scheme
from fedjury.data.split import fewest_samples, partition
from fedjury.errors import ConfigError, DataError
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import ADDRESS_BYTES, Roster
from fedjury.protocol.task_spec import LabelsSpec
from fedjury.store import ContentStore
from fedjury.task.deployment_file import Deployment
from fedjury.task.files import FETCH_TIMEOUT, fetch_required


@dataclass(frozen=True)
class Shard:
    """Which part of the training data: its number, from 1, and how many there are."""

    number: int
    count: int


@dataclass(frozen=True)
class ShardData:
    """A shard's samples, and how many classes the task has."""

    samples: Samples
    classes: int


def choose_shard(
    text: str | None, deployment: Deployment | None, address: str, store: ContentStore
) -> Shard:
    """The shard that a client trains on.

    Args:
        text: as 3/10; None takes the client's place in the roster that the task began with, which
            later rosters do not change.
        deployment: the task's deployment file, if there is one: it names that roster.
        address: the client's.
        store: that has the roster's file.

    Raises:
        ConfigError: not of the form 3/10, no such number of that many, or the client is not in the
            roster.
        StoreUnavailable: the roster's file cannot be had now.
    """
    if text is None:
        roster = _first_roster(deployment, store)
        place = roster.place_of(address)
        if place is None:
            raise ConfigError(
                f"{address} is not in the roster of the deployment file: say which --shard, as 3/10"
            )
        return Shard(place + 1, roster.size)
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        raise ConfigError(f"--shard takes a number and a count, as 3/10, not {text!r}")
    if not 1 <= int(number) <= int(count):
        raise ConfigError(f"--shard takes a number from 1 to the count, as 3/10, not {text!r}")
    return Shard(int(number), int(count))


def load_shard(
    shard: Shard,
    deployment: Deployment | None,
    data: str | None,
    data_dir: Path | None,
    labels: LabelsSpec,
) -> ShardData:
    """Load the dataset and take a shard; all clients of a deployment split the data alike.

    Args:
        shard: which one.
        deployment: says dataset, seed and scheme; without it the seed is 0 and shards are IID.
        data: name of another dataset.
        data_dir: of the dataset's files.
        labels: of the task's spec, which the shard's labels are held against.

    Raises:
        ConfigError: nobody says which dataset.
        DataError: as `load_dataset` and `partition`; or the shard's labels are not the task's.
    """
    if data is None and deployment is None:
        raise ConfigError("say which --data to train on")
    dataset = load_dataset(data or (deployment.data if deployment else ""), data_dir)
    seed, scheme = (deployment.partition_seed, deployment.partition) if deployment else (0, "iid")
    try:
        samples = partition(dataset.train, shard.count, seed, scheme)[shard.number - 1]
    except DataError as error:
        if shard.count * fewest_samples(parse_scheme(scheme)) <= len(dataset.train):
            raise
        raise DataError(
            f"{error}: say --data for data of this client's own, or --shard, as 3/10, for fewer "
            "shards"
        ) from error
    _require_labels(dataset.name, samples, labels)
    return ShardData(samples, labels.classes)


def _first_roster(deployment: Deployment | None, store: ContentStore) -> Roster:
    """The roster that a deployment file names."""
    if deployment is None or deployment.roster is None:
        return Roster()
    what = f"deployment file's roster {deployment.roster}"
    try:
        digest = Digest.from_cid(deployment.roster)
        size = ADDRESS_BYTES * deployment.clients
        return Roster.from_bytes(fetch_required(store, digest, size, FETCH_TIMEOUT, what))
    except ValueError as error:
        raise ConfigError(f"the {what} is none: {error}") from error


def _require_labels(name: str, samples: Samples, labels: LabelsSpec) -> None:
    if samples.padding != labels.padding:
        raise DataError(
            f"dataset {name!r} has {_words(samples.padding)}, the task {_words(labels.padding)}: "
            "take the data that the task was deployed for"
        )
    largest = int(samples.labels.max())
    if largest >= labels.classes:
        raise DataError(
            f"the shard of dataset {name!r} has label {largest}, the task's classes are 0 to "
            f"{labels.classes - 1}: take the data that the task was deployed for, or leave those "
            "samples out"
        )


def _words(padding: int | None) -> str:
    return "no padding" if padding is None else f"padding {padding}"
