"""What all plots share: style, colours, a figure that is saved, and lines with a band around them.

matplotlib is optional and slow to import, so it is loaded when something is drawn.
"""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from fedjury.errors import ConfigError

Band = Literal["range", "std"]
Points = Sequence[tuple[float, Sequence[float]]]
"""At each x the values of all seeds."""

JURY, PLAIN, POISON, IDLE = "#1b6ca8", "#8a8a8a", "#c0392b", "#d5dde3"
OTHER = "#14532d"
GRID, EDGE = "#eeeeee", "#444444"
COLORS = [JURY, POISON, "#2e8b57", "#8e44ad", "#d68910", "#5d6d7e", "#17a2a2", "#a04000"]
MARKERS = "osD^vPX*"
_STYLE: Any = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_DPI = 130


def require_matplotlib() -> None:
    """Make sure that plots can be drawn.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401, PLC0415 (optional, and slow to import)
    except ImportError as error:
        raise ConfigError("plots need matplotlib: pip install 'fedjury[demo]'") from error


@contextmanager
def drawing(path: Path, width: float, height: float) -> Iterator[Any]:
    """A figure to draw on, which is saved when the block ends without an error.

    Args:
        path: of the PNG; its directory is made if need be.
        width, height: in inches.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib as mpl  # noqa: PLC0415 (optional, and slow to import)
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
        yield figure
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)


def color_from(name: str, position: float | int) -> Any:
    """A colour of one of matplotlib's colour maps."""
    import matplotlib as mpl  # noqa: PLC0415 (optional, and slow to import)

    return mpl.colormaps[name](position)


def draw_mean(axes: Any, points: Points, **line: Any) -> None:
    """Draw the mean over seeds as a line.

    Args:
        axes: to draw on.
        points: at each x the values of all seeds.
        line: matplotlib's options for the line.
    """
    xs, seeds = zip(*points, strict=True)
    axes.plot(xs, list(map(statistics.fmean, seeds)), **line)


def draw_band(
    axes: Any, points: Points, *, color: Any, band: Band = "range", alpha: float = 0.15, **line: Any
) -> None:
    """Draw the mean over seeds as a line, and how far they spread as a band around it.

    Args:
        axes: to draw on.
        points: at each x the values of all seeds.
        color: of line and band.
        band: from least to most, or one standard deviation to either side.
        alpha: of the band.
        line: matplotlib's options for the line.
    """
    draw_mean(axes, points, color=color, **line)
    lows, highs = zip(*(_spread(values, band) for _, values in points), strict=True)
    axes.fill_between([x for x, _ in points], lows, highs, color=color, alpha=alpha, lw=0)


def _spread(values: Sequence[float], band: Band) -> tuple[float, float]:
    if band == "range":
        return min(values), max(values)
    mean = statistics.fmean(values)
    around = statistics.stdev(values) if len(values) > 1 else 0.0
    return mean - around, mean + around


def decorate(
    axes: Any,
    *,
    title: str = "",
    x: str = "",
    y: str = "",
    limits: tuple[float, float] | None = None,
    grid: Literal["x", "y"] = "y",
) -> None:
    """Give axes their title, labels, limits of the vertical axis and grid."""
    axes.set_title(title, loc="left", wrap=True)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if limits is not None:
        axes.set_ylim(*limits)
    axes.grid(axis=grid, color=GRID)
