"""An experiment: scenarios swept over their settings, and plots, as read from a file."""

import itertools
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fedjury.checks.json_values import parse_json
from fedjury.checks.validation import first_error
from fedjury.errors import ConfigError
from fedjury.runtime.files import read_text_file
from fedjury.simulation.plotting import Band
from fedjury.simulation.runs import Measure
from fedjury.simulation.scenario import Scenario, setting_name

_MOST_SCENARIOS = 100_000


class PlotSpec(BaseModel):
    """A plot: see docs/experiments.md."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    x: str = "round"
    y: Measure = "accuracy"
    lines: list[str] | None = None
    where: dict[str, Any] = {}
    title: str = ""
    band: Band = "range"
    limits: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*$")
    title: str = ""
    description: str = ""
    federation: list[dict[str, Any]] = Field(min_length=1)
    plot: list[PlotSpec] = []


@dataclass(frozen=True)
class Experiment:
    """Scenarios to run and compare, and the plots to draw of them.

    Attributes:
        scenarios: as written, each once; several may come to the same run (the same id).
        plots: what to draw; one of its defaults where the file asks for none.
    """

    name: str
    title: str
    description: str
    scenarios: list[Scenario]
    plots: list[PlotSpec]

    @property
    def runs(self) -> dict[str, Scenario]:
        """Each different run once, by its id, in order."""
        found: dict[str, Scenario] = {}
        for scenario in self.scenarios:
            found.setdefault(scenario.id, scenario.effective())
        return found


def load_experiment(path: Path, changes: Mapping[str, Any] | None = None) -> Experiment:
    """Read an experiment file, TOML or JSON.

    Args:
        path: the file.
        changes: settings that every federation takes instead of its own.

    Raises:
        ConfigError: the file cannot be read, or what it says makes no experiment; names the key.
    """
    document = _read(path)
    for key in ("federation", "plot"):
        if isinstance(document.get(key), dict):
            document[key] = [document[key]]
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_error(error)}") from error
    changed = _by_name(f"{path}: changes", changes or {})
    scenarios = [
        scenario
        for number, table in enumerate(file.federation, 1)
        for scenario in _scenarios(f"{path}: federation {number}", table, changed)
    ]
    unique = list({scenario.model_dump_json(): scenario for scenario in scenarios}.values())
    plots = [_plot(f"{path}: plot", spec) for spec in file.plot]
    return Experiment(file.name, file.title or file.name, file.description, unique, plots or _PLOTS)


_PLOTS = [PlotSpec()]


def parse_changes(given: Sequence[str]) -> dict[str, Any]:
    """Settings written as key=value; the value as in JSON, or else text.

    Raises:
        ConfigError: not of that form.
    """
    changes = {}
    for text in given:
        key, separator, value = text.partition("=")
        if not separator or not key.strip():
            raise ConfigError(f"a change is written key=value, as data=digits, not {text!r}")
        try:
            changes[key.strip()] = json.loads(value)
        except (ValueError, RecursionError):
            changes[key.strip()] = value
    return changes


def _read(path: Path) -> dict[str, Any]:
    kind = "JSON" if path.suffix == ".json" else "TOML"
    try:
        text = read_text_file(path)
    except OSError as error:
        raise ConfigError(f"the experiment {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the experiment {path} {error}") from None
    try:
        document = parse_json(text) if kind == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the experiment {path} is not {kind}: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f"the experiment {path} is not a table")
    return document


def _by_name(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a table, each under the one name that files, ids and results have for it."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        name = setting_name(key)
        if name in found:
            raise ConfigError(f"{where}: {key}: {name} is said twice, under two names")
        found[name] = value
    return found


def _scenarios(
    where: str, written: Mapping[str, Any], changes: Mapping[str, Any]
) -> Iterator[Scenario]:
    """Every combination of the values that are lists, changed settings instead of the table's."""
    table = {**_by_name(where, written), **changes}
    choices = [value if isinstance(value, list) else [value] for value in table.values()]
    for key, values in zip(table, choices, strict=True):
        if not values:
            raise ConfigError(f"{where}: {key}: the list is empty")
    count = 1
    for values in choices:
        count *= len(values)
    if count > _MOST_SCENARIOS:
        raise ConfigError(f"{where}: {count} combinations are more than {_MOST_SCENARIOS}")
    for combination in itertools.product(*choices):
        try:
            yield Scenario.model_validate(dict(zip(table, combination, strict=True)))
        except ValidationError as error:
            raise ConfigError(f"{where}: {first_error(error)}") from error


def _plot(where: str, spec: PlotSpec) -> PlotSpec:
    """The plot with every setting under its one name."""
    known = {setting_name(name) for name in Scenario.model_fields}
    x, lines = setting_name(spec.x), spec.lines and [setting_name(key) for key in spec.lines]
    chosen = _by_name(f"{where}: where", spec.where)
    for key in [*([] if x == "round" else [x]), *(lines or []), *chosen]:
        if key not in known:
            raise ConfigError(f"{where}: {key!r} is no setting of a federation")
    return spec.model_copy(update={"x": x, "lines": lines, "where": chosen})
