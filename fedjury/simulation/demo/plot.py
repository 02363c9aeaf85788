"""The demo's picture: accuracy over the rounds, and who was accepted."""

from pathlib import Path
from typing import Any

from fedjury.simulation.demo.results import ClientResult, DemoResult
from fedjury.simulation.plotting import IDLE, JURY, PLAIN, POISON, decorate, drawing


def draw(result: DemoResult, path: Path) -> None:
    """Draw held-out accuracy with and without the jury, above the jury's verdicts.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    with drawing(path, 8, 6.4) as figure:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        _accuracy(above, result)
        _verdicts(below, result)


def _accuracy(axes: Any, result: DemoResult) -> None:
    numbers = [0] + [row.round for row in result.rounds]
    start = 100 * result.genesis_accuracy
    jury = [start] + [100 * row.accuracy for row in result.rounds]
    plain = [start] + [100 * row.fedavg_accuracy for row in result.rounds]
    axes.plot(numbers, jury, color=JURY, marker="o", label="with the jury")
    axes.plot(numbers, plain, color=PLAIN, marker="s", ls="--", label="FedAvg on the same updates")
    for values, color in ((jury, JURY), (plain, PLAIN)):
        axes.annotate(
            f"{values[-1]:.1f}",
            (numbers[-1], values[-1]),
            xytext=(8, -3),
            textcoords="offset points",
            color=color,
        )
    settings = result.settings
    title = (
        f"{settings['data']}: {settings['poisoners']} of {settings['clients']} clients poison each "
        f"round ({settings['attack']}), λ = {settings['lam']}"
    )
    samples = f"held-out accuracy, %\n({result.held_out_samples} samples)"
    decorate(axes, title=title, y=samples, limits=(0, 102))
    axes.legend(frameon=False, loc="center right")


def _verdicts(axes: Any, result: DemoResult) -> None:
    for row in result.rounds:
        for client in row.clients:
            axes.scatter(row.round, client.client, s=110, marker="s", **_mark(client))
    clients = len(result.rounds[0].clients)
    axes.set_yticks(range(clients))
    axes.set_ylim(clients - 0.4, -0.6)
    axes.set_xticks([0] + [row.round for row in result.rounds])
    axes.set_xlabel("round")
    axes.set_ylabel("client")
    axes.tick_params(axis="both", length=0)
    for label, style in (
        ("honest, accepted", {"facecolor": JURY, "edgecolor": JURY}),
        ("honest, rejected", {"facecolor": IDLE, "edgecolor": IDLE}),
        ("poisoned, rejected", {"facecolor": "white", "edgecolor": POISON}),
        ("poisoned, accepted", {"facecolor": POISON, "edgecolor": POISON}),
    ):
        axes.scatter([], [], s=110, marker="s", label=label, linewidths=1.5, **style)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=4)


def _mark(client: ClientResult) -> dict[str, object]:
    if client.poisoned:
        face = POISON if client.accepted else "white"
        return {"facecolor": face, "edgecolor": POISON, "linewidths": 1.5}
    color = JURY if client.accepted else IDLE
    return {"facecolor": color, "edgecolor": color, "linewidths": 1.5}
