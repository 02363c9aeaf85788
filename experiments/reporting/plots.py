"""The plots of docs/study.md and of the paper's figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.reporting.runs import StudyRuns, load
from experiments.reporting.tables import PARTITIONS, RULE_ORDER
from fedjury.simulation.plotting import (
    EDGE,
    GRID,
    IDLE,
    JURY,
    PLAIN,
    POISON,
    color_from,
    decorate,
    draw_band,
    draw_mean,
    drawing,
)
from fedjury.simulation.runs import Run


def figure_3(path: Path) -> None:
    """Without verification: accuracy over the rounds, a line for each share of adversaries."""
    _by_round(path, "fedavg", "Without verification (the paper's figure 3, continued to 90%)")


def figure_4(path: Path) -> None:
    """With verification: the same."""
    title = "With verification (the paper's figure 4, continued to 90%)"
    _by_round(path, "paper", title, closer=(90, 97.5))


def _by_round(path: Path, rule: str, title: str, closer: tuple[float, float] | None = None) -> None:
    runs = load("figures").where(rule=rule)
    with drawing(path, 8, 4.8) as figure:
        axes = figure.subplots()
        _lines(axes, runs)
        _draw_level(axes, 90)
        axes.annotate(
            "90%",
            (1, 90),
            xycoords=("axes fraction", "data"),
            xytext=(3, -3),
            fontsize=8,
            textcoords="offset points",
            color=EDGE,
        )
        decorate(axes, title=title, x="round", y="held-out accuracy, %", limits=(0, 100))
        if closer:
            _look_closer(axes, runs, closer)
        figure.legend(title="adversaries", frameon=False, loc="outside right center")


def _lines(axes: Any, runs: StudyRuns) -> None:
    """Mean and range over the seeds, for each share of adversaries."""
    for share in _shares(runs):
        points = runs.where(adversaries=share).curves("accuracy")
        color, label = color_from("plasma", 0.92 * share), f"{share:.0%}"
        draw_band(axes, points, color=color, alpha=0.13, marker="o", ms=3.5, label=label)


def _shares(runs: StudyRuns) -> list[float]:
    return sorted({run.adversaries for run in runs})


def _draw_level(axes: Any, value: float) -> None:
    """A dotted line across the plot at this value."""
    axes.axhline(value, color=EDGE, lw=0.8, ls=":")


def _look_closer(axes: Any, runs: StudyRuns, limits: tuple[float, float]) -> None:
    """The same lines between these limits, drawn larger inside the picture."""
    inner = axes.inset_axes((0.3, 0.12, 0.66, 0.6))
    _lines(inner, runs)
    last = max(number for number, _ in runs.curves("accuracy"))
    inner.set_xlim(0.8, last + 0.2)
    inner.set_ylim(*limits)
    inner.grid(axis="y", color=GRID)


def by_adversaries(path: Path) -> None:
    """Final accuracy by the share of adversaries, with and without verification."""
    runs = load("figures")
    shares = _shares(runs)
    with drawing(path, 8, 4.4) as figure:
        axes = figure.subplots()
        for rule, label, color in (
            ("paper", "with verification", JURY),
            ("fedavg", "without", PLAIN),
        ):
            points = [
                (100 * share, runs.where(rule=rule, adversaries=share).finals("accuracy"))
                for share in shares
            ]
            draw_band(axes, points, color=color, marker="o", label=label)
        _draw_level(axes, 90)
        decorate(
            axes,
            title="After 10 rounds: mean and range of 5 seeds",
            x="adversaries in each round, %",
            y="held-out accuracy, %",
            limits=(0, 100),
        )
        axes.set_xticks([100 * share for share in shares])
        axes.legend(frameon=False, loc="lower left")


def attacks(path: Path) -> None:
    """Every attack on selection: accuracy and what was accepted, one row an attack."""
    runs = load("attacks").where(adversaries=0.5)
    names = list(reversed(runs.values("attack")))
    partitions = ("iid", "dirichlet:0.5", "dirichlet:0.1")
    reference = load("reference").where(excluded=True, adversaries=0.5, rule="selection")
    with drawing(path, 11, 5.6) as figure:
        for axes, partition in zip(figure.subplots(1, 3, sharey=True), partitions, strict=True):
            here = runs.where(partition=partition)
            alone = reference.where(excluded=True, partition=partition)
            honest = next(run.accuracy for run in alone if run.seed == here[0].seed)
            axes.axvline(honest, color=JURY, lw=1.2, ls="--")
            for row, name in enumerate(names):
                _draw_fall(axes, row, honest, here.where(attack=name)[:1])
            decorate(
                axes,
                title=f"{PARTITIONS[partition]} shards",
                x="accuracy after 10 rounds, %\n(dashed: honest clients alone)",
                grid="x",
            )
            axes.set_yticks(range(len(names)), names)
            axes.margins(x=0.15)
        figure.suptitle(
            "Selection under attack, 5 of 10 clients, one seed; each panel has its own scale",
            x=0.01,
            ha="left",
        )


def _draw_fall(axes: Any, row: int, before: float, after: Sequence[Run]) -> None:
    """Draw a row: from one accuracy to that of a run, if there is one."""
    for run in after:
        axes.plot([before, run.accuracy], [row, row], color=IDLE, lw=3, zorder=1)
        axes.scatter(run.accuracy, row, color=POISON, zorder=2)


def rules(path: Path) -> None:
    """Every rule: accuracy without adversary and under attack."""
    runs = load("rules").where(partition="iid")
    with drawing(path, 8, 3.8) as figure:
        axes = figure.subplots()
        for row, rule in enumerate(reversed(RULE_ORDER)):
            _rule_row(axes, runs.where(rule=rule), row)
        axes.set_yticks(range(len(RULE_ORDER)), list(reversed(RULE_ORDER)))
        decorate(
            axes,
            title="Every rule, IID shards, one seed",
            x="held-out accuracy after 10 rounds, %",
            grid="x",
        )
        axes.set_xlim(0, 101)
        axes.scatter([], [], color=JURY, label="no adversary")
        axes.scatter([], [], color=POISON, label="30%, worst attack")
        axes.scatter([], [], color=POISON, alpha=0.3, label="30%, other attack")
        figure.legend(frameon=False, loc="outside lower center", ncols=3)


def _rule_row(axes: Any, runs: StudyRuns, row: int) -> None:
    clean = runs.where(adversaries=0.0).mean(lambda run: run.accuracy)
    attacked = runs.where(adversaries=0.3).finals("accuracy")
    worst = min(attacked)
    axes.plot([worst, clean], [row, row], color=IDLE, lw=3, zorder=1)
    axes.scatter(attacked, [row] * len(attacked), color=POISON, alpha=0.3)
    axes.scatter(worst, row, color=POISON, zorder=2)
    axes.scatter(clean, row, color=JURY, zorder=2)


def backdoor(path: Path) -> None:
    """Success of the default backdoor over the rounds, a line for each rule."""
    runs = load("backdoor").where(adversaries=0.2, attack="backdoor")
    with drawing(path, 8, 4.6) as figure:
        axes = figure.subplots()
        for number, rule in enumerate(runs.values("rule")):
            points = runs.where(rule=rule).curves("backdoor")
            color = color_from("tab10", number)
            draw_mean(axes, points, color=color, marker="o", ms=4, label=rule)
        _draw_level(axes, 10)
        decorate(
            axes,
            title="Backdoor success, 2 of 10 clients, IID shards",
            x="round",
            y="stamped samples put into the\nbackdoor's class, %",
            limits=(-2, 102),
        )
        figure.legend(frameon=False, loc="outside right center")
