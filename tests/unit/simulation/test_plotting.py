"""What all plots share."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from fedjury.simulation.plotting import Band, decorate, draw_band, draw_mean, drawing


def axes() -> Any:
    return Figure().subplots()


POINTS = [(0, [10.0]), (1, [20.0, 40.0]), (2, [30.0, 50.0])]


def test_a_line_is_the_mean_over_seeds() -> None:
    drawn = axes()
    draw_mean(drawn, POINTS, color="red", label="it")
    (line,) = drawn.lines
    assert list(line.get_xdata()) == [0, 1, 2]
    assert list(line.get_ydata()) == [10, 30, 40]
    assert (line.get_color(), line.get_label()) == ("red", "it")
    assert not drawn.collections


@pytest.mark.parametrize(
    ("band", "lows", "highs"),
    [("range", [10, 20, 30], [10, 40, 50]), ("std", [10, 15.858, 25.858], [10, 44.142, 54.142])],
)
def test_a_band_is_how_far_seeds_spread(band: Band, lows: list[float], highs: list[float]) -> None:
    drawn = axes()
    draw_band(drawn, POINTS, color="red", band=band)
    assert list(drawn.lines[0].get_ydata()) == [10, 30, 40]
    (area,) = drawn.collections
    corners = area.get_paths()[0].vertices
    for x, (low, high) in enumerate(zip(lows, highs, strict=True)):
        heights = [y for at, y in corners if at == x]
        assert (min(heights), max(heights)) == pytest.approx((low, high), abs=0.001)


def test_axes_get_their_words_and_limits() -> None:
    drawn = axes()
    decorate(drawn, title="Title", x="across", y="up", limits=(0, 100))
    assert drawn.get_title(loc="left") == "Title"
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("across", "up")
    assert drawn.get_ylim() == (0, 100)


def test_a_drawing_is_saved_when_it_is_done_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "it.png"
    with drawing(path, 2, 1) as figure:
        figure.subplots()
        assert not path.exists()
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    other = tmp_path / "other.png"
    with pytest.raises(RuntimeError), drawing(other, 2, 1):
        raise RuntimeError("half done")
    assert not other.exists()
