"""The demo's picture: accuracy over the rounds, and who was accepted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedjury.simulation.demo.results import DemoResult
from fedjury.simulation.plotting import (
    IDLE,
    JURY,
    OTHER,
    PLAIN,
    POISON,
    decorate,
    drawing,
)

_LEGEND = {"frameon": False, "loc": "upper center"}
_HONEST = {"s": 110, "marker": "s", "linewidths": 1.5}
_POISONED = {"s": 85, "marker": "D", "linewidths": 1.5, "edgecolor": POISON}
_TRIANGLE = {"s": 26, "marker": "^", "facecolor": OTHER, "edgecolor": "white", "linewidths": 0.6}


@dataclass(frozen=True)
class Curve:
    """A line of the picture.

    Attributes:
        words: what it shows.
        values: accuracy before the first round and after each, in percent.
        style: matplotlib's options.
    """

    words: str
    values: list[float]
    style: dict[str, Any]

    @property
    def label(self) -> str:
        """What the legend says: the words, and where the line ends."""
        return f"{self.words}: {self.values[-1]:.1f}%"


def draw(result: DemoResult, path: Path) -> None:
    """Draw held-out accuracy with the jury, by another rule and without, above the verdicts.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    with drawing(path, 8, 7.2) as figure:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        _accuracy(above, result)
        _verdicts(below, result)


def curves(result: DemoResult) -> list[Curve]:
    """The lines of the picture, the jury's first.

    Plain averaging is left out where the jury's rule is just that.
    """
    start, rounds, settings = result.genesis_accuracy, result.rounds, result.settings
    jury = [start, *(row.accuracy for row in rounds)]
    other = [start, *(row.comparison.accuracy for row in rounds)]
    plain = [start, *(row.fedavg_accuracy for row in rounds)]
    other_words = f"{result.compared_rule} on the same updates, λ = {result.compared_lambda:g}"
    drawn = [
        Curve(
            f"the jury by its rule, {result.rule}, λ = {float(str(settings['lam'])):g}",
            _percent(jury),
            {"color": JURY, "marker": "o", "linewidth": 2},
        ),
        Curve(
            other_words,
            _percent(other),
            {"color": OTHER, "marker": "^", "ls": "-.", "markerfacecolor": "white"},
        ),
    ]
    if plain != jury:
        words = "FedAvg on the same updates"
        drawn.append(Curve(words, _percent(plain), {"color": PLAIN, "marker": "s", "ls": "--"}))
    return drawn


def _percent(shares: list[float]) -> list[float]:
    return [100 * share for share in shares]


def _accuracy(axes: Any, result: DemoResult) -> None:
    numbers = [0] + [row.round for row in result.rounds]
    for curve in reversed(curves(result)):
        axes.plot(numbers, curve.values, label=curve.label, **curve.style)
    settings = result.settings
    title = (
        f"{settings['data']}: {settings['poisoners']} of {settings['clients']} clients poison each "
        f"round ({settings['attack']})"
    )
    samples = f"held-out accuracy, %\n({result.held_out_samples} samples)"
    decorate(axes, title=title, y=samples, limits=(0, 102))
    # below the axes, so that it hides no line, whatever these do
    axes.legend(**_LEGEND, bbox_to_anchor=(0.5, -0.04), ncols=1, reverse=True)


def _verdicts(axes: Any, result: DemoResult) -> None:
    for row in result.rounds:
        for client in row.clients:
            axes.scatter(
                row.round,
                client.client,
                **_mark(poisoned=client.poisoned, accepted=client.accepted),
            )
            if client.client in row.comparison.accepted:
                axes.scatter(row.round, client.client, **_TRIANGLE)
    clients = len(result.rounds[0].clients)
    axes.set_yticks(range(clients))
    axes.set_ylim(clients - 0.4, -0.6)
    axes.set_xticks([0] + [row.round for row in result.rounds])
    axes.set_xlabel("round")
    axes.set_ylabel("client")
    axes.tick_params(axis="both", length=0)
    for poisoned, who in ((False, "honest"), (True, "poisoned")):
        for accepted, verdict in ((True, "accepted"), (False, "rejected")):
            style = _mark(poisoned=poisoned, accepted=accepted)
            axes.scatter([], [], label=f"{who}, {verdict}", **style)
    axes.scatter([], [], label=f"{result.compared_rule} would accept", **_TRIANGLE)
    axes.legend(**_LEGEND, bbox_to_anchor=(0.5, -0.22), ncols=3)


def _mark(*, poisoned: bool, accepted: bool) -> dict[str, Any]:
    """How an update is marked; those that poison are told by their form as well."""
    if poisoned:
        return {**_POISONED, "facecolor": POISON if accepted else "white"}
    color = JURY if accepted else IDLE
    return {**_HONEST, "facecolor": color, "edgecolor": color}
