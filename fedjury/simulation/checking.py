"""Finding out before anything is computed what would fail later."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedjury.clients.attacks.registry import find_attack
from fedjury.data import Dataset, load_dataset
from fedjury.data.scheme import parse_scheme
from fedjury.data.split import fewest_samples, require_partition
from fedjury.errors import ConfigError, DataError, FatalError
from fedjury.oracle.rules.registry import find_rule
from fedjury.simulation.experiment import Experiment
from fedjury.simulation.prepared import prepare
from fedjury.simulation.scenario import Scenario


def check_scenarios(experiment: Experiment, data_dir: Path | None) -> None:
    """Rules and attacks take their parameters, datasets can be read, models take them.

    Raises:
        ConfigError: names the setting.
        FatalError: a dataset or a model is not usable.
    """
    for scenario in experiment.scenarios:
        _check_names(scenario)
    for name in {scenario.data for scenario in experiment.scenarios}:
        dataset = load_dataset(name, data_dir)
        _check_settings(
            [scenario for scenario in experiment.scenarios if scenario.data == name], dataset
        )


def _check_names(scenario: Scenario) -> None:
    with _naming("rule"):
        find_rule(scenario.rule)
    with _naming("attack"):
        find_attack(scenario.attack.name, scenario.attack.parameters)


def _check_settings(scenarios: list[Scenario], dataset: Dataset) -> None:
    """Each combination of what has to fit the data is tried once."""
    seen = set()
    for scenario in scenarios:
        key = (
            scenario.model.model_dump_json(),
            scenario.verification,
            scenario.verification_slices,
            scenario.rounds,
            scenario.split_seed,
        )
        if key not in seen:
            prepare(scenario, dataset)
            seen.add(key)
        require_shards(scenario, dataset)


def require_shards(scenario: Scenario, dataset: Dataset) -> None:
    """Make sure that the training samples can be shared among a scenario's clients.

    Raises:
        ConfigError: there are too few, or the partition is not for such samples.
    """
    fewest = fewest_samples(parse_scheme(scenario.partition))
    if scenario.clients * fewest > len(dataset.train):
        raise ConfigError(
            f"clients: {len(dataset.train)} training samples are not enough for "
            f"{scenario.clients}, {fewest} or more for each"
        )
    try:
        require_partition(dataset.train, scenario.clients, scenario.partition)
    except DataError as error:
        raise ConfigError(str(error)) from error


@contextmanager
def _naming(setting: str) -> Iterator[None]:
    try:
        yield
    except FatalError as error:
        raise ConfigError(f"{setting}: {error}") from error
