"""Finding out before anything is computed what would fail later."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.attacks import find_attack
from fedjury.cli.experiment.plan import Plan
from fedjury.cli.experiment.setting import prepare
from fedjury.cli.experiment.trial import Trial
from fedjury.data import Dataset, load_dataset
from fedjury.data.scheme import parse_scheme
from fedjury.data.split import fewest_samples
from fedjury.errors import ConfigError, FatalError
from oracle.rules import find_rule


def check_trials(plan: Plan, data_dir: Path | None) -> None:
    """Rules and attacks take their parameters, datasets can be read, models take them.

    Raises:
        ConfigError: names the setting.
        FatalError: a dataset or a model is not usable.
    """
    for trial in plan.trials:
        _check_names(trial)
    for name in {trial.data for trial in plan.trials}:
        dataset = load_dataset(name, data_dir)
        _check_settings([trial for trial in plan.trials if trial.data == name], dataset)


def _check_names(trial: Trial) -> None:
    with _naming("rule"):
        find_rule(trial.rule)
    with _naming("attack"):
        find_attack(trial.attack.name, trial.attack.parameters)


def _check_settings(trials: list[Trial], dataset: Dataset) -> None:
    """Each combination of what has to fit the data is tried once."""
    seen = set()
    for trial in trials:
        key = (trial.model.model_dump_json(), trial.verification, trial.split_seed)
        if key not in seen:
            prepare(trial, dataset)
            seen.add(key)
        fewest = fewest_samples(parse_scheme(trial.partition))
        if trial.clients * fewest > len(dataset.train):
            raise ConfigError(
                f"clients: {len(dataset.train)} training samples are not enough for "
                f"{trial.clients}, {fewest} or more for each"
            )


@contextmanager
def _naming(setting: str) -> Iterator[None]:
    try:
        yield
    except FatalError as error:
        raise ConfigError(f"{setting}: {error}") from error
