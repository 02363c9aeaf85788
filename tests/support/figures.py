"""Reading what `/metrics` answers."""

import math

from fedjury.runtime.monitoring.figures import Figures


def figures_of(shown: Figures | bytes) -> dict[str, float]:
    """All figures by name and labels, those that are not known (NaN) left out."""
    text = shown.text() if isinstance(shown, Figures) else shown
    lines = text.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    found = {name: float(value) for name, value in pairs}
    return {name: value for name, value in found.items() if not math.isnan(value)}
