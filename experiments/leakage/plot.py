"""The picture of docs/security.md: how fast a set gets out, and how weak small ones are."""

from pathlib import Path
from typing import Any

from experiments.leakage.results import COUNTS, MEMBERS, VERDICTS, Results, mean
from experiments.leakage.scene import CANDIDATES
from experiments.leakage.slice_tests import SIZES, ZS
from fedjury.simulation.plotting import COLORS, EDGE, JURY, MARKERS, POISON, decorate, drawing

_SET = 5000  # samples of the set whose members are asked for, among as many that are none
_ATTACKERS = (1, 10, 100)
_WORSE = -0.005


def draw(results: Results, path: Path) -> None:
    """Draw what was measured.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    with drawing(path, 11, 4.2) as figure:
        rounds, tests = figure.subplots(1, 2)
        _rounds(rounds, results)
        _tests(tests, results)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)


def _rounds(axes: Any, results: Results) -> None:
    """Rounds until every candidate is told, from what one candidate costs."""
    decorate(
        axes,
        title=f"Until an attacker knows one undisclosed set of {_SET:,}",
        x="updates of the attacker in each round",
        y="rounds",
    )
    lines = {"counts published": (COUNTS, POISON), "verdicts alone": (VERDICTS, JURY)}
    for place, (label, (published, color)) in enumerate(lines.items()):
        found = results.of(MEMBERS, results.datasets[-1], published)
        updates = mean(found, lambda one: one.updates) or 0.0
        needed = updates / CANDIDATES * 2 * _SET
        points = [needed / attackers for attackers in _ATTACKERS]
        axes.plot(_ATTACKERS, points, color=color, marker=MARKERS[place], label=label)
    axes.axhline(1, color=EDGE, lw=1, ls="--")
    axes.annotate(
        "a slice of its own for each round, disclosed: worthless after it",
        (1, 1),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=8.5,
        color=EDGE,
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(_ATTACKERS, [str(each) for each in _ATTACKERS])
    axes.set_xticks([], minor=True)
    axes.legend(frameon=False)


def _tests(axes: Any, results: Results) -> None:
    decorate(
        axes,
        title="Accepted though half a point worse",
        x="samples of the slice",
        y="percent",
    )
    for place, z in enumerate(ZS):
        points = [100 * results.accepted(samples, z, _WORSE) for samples in SIZES]
        label = f"z = {z:g}" + ("" if z else ", the paper's rule")
        axes.plot(SIZES, points, color=COLORS[place], marker=MARKERS[place], label=label)
    axes.set_xscale("log")
    axes.set_xticks(SIZES, [f"{each:,}" for each in SIZES])
    axes.set_xticks([], minor=True)
    axes.legend(frameon=False)
