"""Scenarios side by side: which settings vary, and a table with the seeds of each together."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fedjury.simulation.runs import MEASURES, Documents, Measure, Run, Runs, setting
from fedjury.simulation.scenario import Scenario

_TITLES: dict[Measure, str] = {
    "accuracy": "accuracy %",
    "honest_accepted": "honest accepted %",
    "poisoned_accepted": "poisoned accepted %",
    "harmful_accepted": "harmful accepted %",
    "backdoor": "backdoor success %",
}


def varying_keys(scenarios: Sequence[Scenario]) -> list[str]:
    """The settings, without the seed, that are not the same in all scenarios."""
    configs = [scenario.config() for scenario in scenarios]
    keys = dict.fromkeys(key for config in configs for key in config)
    return [
        key
        for key in keys
        if key != "seed" and len({_text(config.get(key)) for config in configs}) > 1
    ]


def scenario_label(scenario: Scenario, keys: Sequence[str]) -> str:
    """A scenario's values of these settings, and its seed, in one line."""
    config = scenario.config()
    said = [f"{key}={setting(config, key)}" for key in keys]
    return " ".join([*said, f"seed={scenario.seed}"])


@dataclass(frozen=True)
class Group:
    """Scenarios that differ in nothing but their seed.

    Attributes:
        config: the settings that they share.
        runs: their results.
    """

    config: dict[str, Any]
    runs: Runs = field(default_factory=Runs)


def group_by_seed(scenarios: Sequence[Scenario], documents: Documents) -> list[Group]:
    """Scenarios as written, the seeds of each together; those without a result are left out."""
    groups: dict[str, Group] = {}
    for scenario in scenarios:
        if scenario.id in documents:
            config = {key: value for key, value in scenario.config().items() if key != "seed"}
            group = groups.setdefault(_text(config), Group(config))
            group.runs.append(Run(documents[scenario.id]))
    return list(groups.values())


def table(scenarios: Sequence[Scenario], documents: Documents) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: a row for each setting, its seeds together."""
    keys, groups = varying_keys(scenarios), group_by_seed(scenarios, documents)
    shown = [name for name in MEASURES if any(group.runs.finals(name) for group in groups)]
    columns = [*keys, "seeds", *[_TITLES[name] for name in shown]]
    rows = [
        [
            *[setting(group.config, key) for key in keys],
            str(len(group.runs)),
            *[_cell(name, group.runs.finals(name)) for name in shown],
        ]
        for group in groups
    ]
    return columns, rows


def _cell(measure: Measure, values: Sequence[float]) -> str:
    """The mean over seeds; ± their standard deviation where several tell it of the accuracy."""
    if not values:
        return "–"
    mean = statistics.mean(values)
    if measure not in ("accuracy", "backdoor"):
        return f"{mean:.1f}"
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{mean:.2f} ± {spread:.2f}"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
