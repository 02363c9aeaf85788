"""An experiment's plots: one line for each setting, its mean over seeds, and their spread."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedjury.simulation.experiment import Experiment, PlotSpec
from fedjury.simulation.plotting import COLORS, MARKERS, decorate, draw_band, drawing
from fedjury.simulation.runs import Documents, Measure, label
from fedjury.simulation.scenario import Scenario
from fedjury.simulation.summary import Group, group_by_seed, varying_keys

_WORDS: dict[Measure, str] = {
    "accuracy": "held-out accuracy, %",
    "honest_accepted": "honest updates accepted, %",
    "poisoned_accepted": "poisoned updates accepted, %",
    "harmful_accepted": "harmful updates accepted, % of the poisoned",
    "backdoor": "backdoor success, %",
}
_LIMITS = (-2.0, 102.0)
_WIDTH, _HEIGHT, _LEGEND_ROW = 8.0, 4.6, 0.24  # inches
_COLUMNS = [(4, 20), (3, 30), (2, 48)]  # of the legend, for names of at most so many letters


@dataclass
class Line:
    """A line: at each x the values of all seeds."""

    name: str
    points: dict[Any, list[float]] = field(default_factory=dict)


def draw_all(experiment: Experiment, documents: Documents, beside: Path) -> list[Path]:
    """Draw the experiment's plots into files beside this one and say where they are."""
    paths = []
    for number, spec in enumerate(experiment.plots, 1):
        suffix = f"-{number}" if len(experiment.plots) > 1 else ""
        path = beside.with_name(f"{beside.stem}{suffix}.png")
        if lines := lines_of(spec, experiment.scenarios, documents):
            _draw(spec, spec.title or experiment.title, lines, path)
            paths.append(path)
    return paths


def lines_of(spec: PlotSpec, scenarios: Sequence[Scenario], documents: Documents) -> list[Line]:
    """What a plot shows: over the rounds, or over the values of a setting the final outcome."""
    chosen = [scenario for scenario in scenarios if _fits(scenario, spec.where)]
    keys = varying_keys(chosen) if spec.lines is None else spec.lines
    keys = [key for key in keys if key != spec.x]
    lines: dict[str, Line] = {}
    for group in group_by_seed(chosen, documents):
        name = ", ".join(_name(key, group.config.get(key, "default")) for key in keys)
        line = lines.setdefault(name, Line(name))
        for x, values in _points(spec, group):
            line.points.setdefault(x, []).extend(values)
    return [line for line in lines.values() if line.points]


def _name(key: str, value: Any) -> str:
    """Words speak for themselves, numbers need their setting's name."""
    if key == "adversaries":
        return f"{100 * value:g}% adversaries"
    if isinstance(value, bool):
        return key if value else f"not {key}"
    return f"{key} {label(value)}" if isinstance(value, int | float) else label(value)


def _fits(scenario: Scenario, where: Mapping[str, Any]) -> bool:
    config = scenario.config()
    return all(
        label(config.get(key, "default"))
        in map(label, value if isinstance(value, list) else [value])
        for key, value in where.items()
    )


def _points(spec: PlotSpec, group: Group) -> Sequence[tuple[Any, list[float]]]:
    if spec.x == "round":
        return group.runs.curves(spec.y)
    values = group.runs.finals(spec.y)
    return [(group.config.get(spec.x, "default"), values)] if values else []


def _draw(spec: PlotSpec, title: str, lines: Sequence[Line], path: Path) -> None:
    longest = max(len(line.name) for line in lines)
    columns = next((n for n, length in _COLUMNS if longest <= length), 1)
    legend = _LEGEND_ROW * math.ceil(len(lines) / columns) if longest else 0.0
    with drawing(path, _WIDTH, _HEIGHT + legend) as figure:
        axes = figure.subplots()
        positions = _positions(spec, lines)
        for number, line in enumerate(lines):
            _draw_line(axes, spec, line, positions, number)
        _label_axes(axes, spec, title, positions)
        if longest:
            figure.legend(frameon=False, loc="outside lower center", ncols=columns)


def _positions(spec: PlotSpec, lines: Sequence[Line]) -> dict[str, float]:
    """Where each x is: numbers at their value (shares in percent), words side by side."""
    values = list({json.dumps(x): x for line in lines for x in line.points}.values())
    if all(isinstance(x, int | float) and not isinstance(x, bool) for x in values):
        scale = 100 if spec.x == "adversaries" else 1
        return {label(x): scale * x for x in values}
    return {label(x): float(number) for number, x in enumerate(values)}


def _draw_line(
    axes: Any, spec: PlotSpec, line: Line, positions: Mapping[str, float], number: int
) -> None:
    draw_band(
        axes,
        sorted((positions[label(x)], values) for x, values in line.points.items()),
        color=COLORS[number % len(COLORS)],
        band=spec.band,
        ls="-" if number < len(COLORS) else "--",
        marker=MARKERS[number % len(MARKERS)],
        ms=5,
        label=line.name or None,
    )


def _label_axes(axes: Any, spec: PlotSpec, title: str, positions: Mapping[str, float]) -> None:
    shares = spec.x == "adversaries"
    low, high = spec.limits or _LIMITS
    decorate(
        axes,
        title=title,
        x="adversaries, % of the clients" if shares else spec.x,
        y=_WORDS[spec.y],
        limits=(low, high),
    )
    ticks = sorted(positions.items(), key=lambda each: each[1])
    names = [f"{x:g}" if shares else name for name, x in ticks]
    axes.set_xticks([x for _, x in ticks], names)
