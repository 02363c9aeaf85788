"""The plots of docs/study.md and of the paper's figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from experiments.reporting.runs import Run, Runs, load
from experiments.reporting.tables import PARTITIONS, RULE_ORDER

_STYLE: Any = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
_JURY, _PLAIN, _POISON = "#1b6ca8", "#8a8a8a", "#c0392b"
_GRID = "#eeeeee"


def figure_3(path: Path) -> None:
    """Without verification: accuracy over the rounds, a line for each share of adversaries."""
    _by_round(path, "fedavg", "Without verification (the paper's figure 3, continued to 90%)")


def figure_4(path: Path) -> None:
    """With verification: the same."""
    title = "With verification (the paper's figure 4, continued to 90%)"
    _by_round(path, "paper", title, closer=(90, 97.5))


def _by_round(path: Path, rule: str, title: str, closer: tuple[float, float] | None = None) -> None:
    runs = load("figures").where(rule=rule)
    shares = sorted({run.adversaries for run in runs})
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 4.8), dpi=130, layout="constrained")
        axes = figure.subplots()
        for share in shares:
            _line(axes, runs.where(adversaries=share), f"{share:.0%}", _shade(share))
        _finish_rounds(axes, title)
        if closer:
            _look_closer(axes, runs, shares, closer)
        figure.legend(title="adversaries", frameon=False, loc="outside right center")
        figure.savefig(path)


def _shade(share: float) -> Any:
    return mpl.colormaps["plasma"](0.92 * share)


def _look_closer(axes: Any, runs: Runs, shares: list[float], limits: tuple[float, float]) -> None:
    """The same lines between these limits, drawn larger inside the picture."""
    inner = axes.inset_axes((0.3, 0.12, 0.66, 0.6))
    for share in shares:
        _line(inner, runs.where(adversaries=share), "", _shade(share))
    inner.set_xlim(0.8, len(runs[0].rounds) - 0.8)
    inner.set_ylim(*limits)
    inner.grid(axis="y", color=_GRID)


def _line(axes: Any, runs: Runs, label: str, color: Any) -> None:
    """Mean over the seeds, and the range."""
    curves = list(zip(*[run.rounds for run in runs], strict=True))
    numbers = range(len(curves))
    middle = [sum(values) / len(values) for values in curves]
    axes.plot(numbers, middle, color=color, marker="o", ms=3.5, label=label)
    axes.fill_between(
        numbers,
        [min(values) for values in curves],
        [max(values) for values in curves],
        color=color,
        alpha=0.13,
        linewidth=0,
    )


def _finish_rounds(axes: Any, title: str) -> None:
    axes.axhline(90, color="#444444", lw=0.8, ls=":")
    axes.annotate(
        "90%",
        (1, 90),
        xycoords=("axes fraction", "data"),
        xytext=(3, -3),
        fontsize=8,
        textcoords="offset points",
        color="#444444",
    )
    axes.set_title(title, loc="left")
    axes.set_xlabel("round")
    axes.set_ylabel("held-out accuracy, %")
    axes.set_ylim(0, 100)
    axes.grid(axis="y", color=_GRID)


def by_adversaries(path: Path) -> None:
    """Final accuracy by the share of adversaries, with and without verification."""
    runs = load("figures")
    shares = sorted({run.adversaries for run in runs})
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 4.4), dpi=130, layout="constrained")
        axes = figure.subplots()
        for rule, label, color in (
            ("paper", "with verification", _JURY),
            ("fedavg", "without", _PLAIN),
        ):
            found = [[r.accuracy for r in runs.where(rule=rule, adversaries=s)] for s in shares]
            x = [100 * share for share in shares]
            axes.plot(x, [sum(v) / len(v) for v in found], color=color, marker="o", label=label)
            axes.fill_between(
                x, [min(v) for v in found], [max(v) for v in found], color=color, alpha=0.15, lw=0
            )
        axes.axhline(90, color="#444444", lw=0.8, ls=":")
        axes.set_title("After 10 rounds: mean and range of 5 seeds", loc="left")
        axes.set_xlabel("adversaries in each round, %")
        axes.set_xticks([100 * share for share in shares])
        axes.set_ylabel("held-out accuracy, %")
        axes.set_ylim(0, 100)
        axes.grid(axis="y", color=_GRID)
        axes.legend(frameon=False, loc="lower left")
        figure.savefig(path)


def attacks(path: Path) -> None:
    """Every attack on selection: accuracy and what was accepted, one row an attack."""
    runs = load("attacks").where(adversaries=0.5)
    names = list(reversed(runs.values("attack")))
    partitions = ("iid", "dirichlet:0.5", "dirichlet:0.1")
    reference = load("reference").where(absent=True, adversaries=0.5, rule="selection")
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 5.6), dpi=130, layout="constrained")
        for axes, partition in zip(figure.subplots(1, 3, sharey=True), partitions, strict=True):
            here = runs.where(partition=partition)
            alone = reference.where(absent=True, partition=partition)
            honest = next(run.accuracy for run in alone if run.seed == here[0].seed)
            axes.axvline(honest, color=_JURY, lw=1.2, ls="--")
            for place, name in enumerate(names):
                found = here.where(attack=name)
                if not found:
                    continue
                run = found[0]
                axes.plot([honest, run.accuracy], [place, place], color="#d5dde3", lw=3, zorder=1)
                axes.scatter(run.accuracy, place, color=_POISON, zorder=2)
            axes.set_title(f"{PARTITIONS[partition]} shards", loc="left")
            axes.set_xlabel("accuracy after 10 rounds, %\n(dashed: honest clients alone)")
            axes.set_yticks(range(len(names)), names)
            axes.grid(axis="x", color=_GRID)
            axes.margins(x=0.15)
        figure.suptitle(
            "Selection under attack, 5 of 10 clients, one seed; each panel has its own scale",
            x=0.01,
            ha="left",
        )
        figure.savefig(path)


def rules(path: Path) -> None:
    """Every rule: accuracy without adversary and under attack."""
    runs = load("rules").where(partition="iid")
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 3.8), dpi=130, layout="constrained")
        axes = figure.subplots()
        for place, rule in enumerate(reversed(RULE_ORDER)):
            _rule_row(axes, runs.where(rule=rule), place)
        axes.set_yticks(range(len(RULE_ORDER)), list(reversed(RULE_ORDER)))
        axes.set_title("Every rule, IID shards, one seed", loc="left")
        axes.set_xlabel("held-out accuracy after 10 rounds, %")
        axes.set_xlim(0, 101)
        axes.grid(axis="x", color=_GRID)
        axes.scatter([], [], color=_JURY, label="no adversary")
        axes.scatter([], [], color=_POISON, label="30%, worst attack")
        axes.scatter([], [], color=_POISON, alpha=0.3, label="30%, other attack")
        figure.legend(frameon=False, loc="outside lower center", ncols=3)
        figure.savefig(path)


def _rule_row(axes: Any, runs: Runs, place: int) -> None:
    clean = runs.where(adversaries=0.0)
    attacked = runs.where(adversaries=0.3)
    value: Callable[[Run], float] = lambda run: run.accuracy  # noqa: E731
    worst = min(map(value, attacked))
    axes.plot([worst, clean.mean(value)], [place, place], color="#d5dde3", lw=3, zorder=1)
    axes.scatter(
        [value(run) for run in attacked], [place] * len(attacked), color=_POISON, alpha=0.3
    )
    axes.scatter(worst, place, color=_POISON, zorder=2)
    axes.scatter(clean.mean(value), place, color=_JURY, zorder=2)


def backdoor(path: Path) -> None:
    """Success of the default backdoor over the rounds, a line for each rule."""
    runs = load("backdoor").where(adversaries=0.2, attack="backdoor")
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 4.6), dpi=130, layout="constrained")
        axes = figure.subplots()
        for number, rule in enumerate(runs.values("rule")):
            curves = [run.document["backdoor"] for run in runs.where(rule=rule)]
            middle = [100 * sum(values) / len(values) for values in zip(*curves, strict=True)]
            color = mpl.colormaps["tab10"](number)
            axes.plot(range(1, len(middle) + 1), middle, marker="o", ms=4, color=color, label=rule)
        axes.axhline(10, color="#444444", lw=0.8, ls=":")
        axes.set_title("Backdoor success, 2 of 10 clients, IID shards", loc="left")
        axes.set_xlabel("round")
        axes.set_ylabel("stamped samples put into the\nbackdoor's class, %")
        axes.set_ylim(-2, 102)
        axes.grid(axis="y", color=_GRID)
        figure.legend(frameon=False, loc="outside right center")
        figure.savefig(path)
