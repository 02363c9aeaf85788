"""What was measured, and its file."""

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from fedjury.errors import ConfigError
from fedjury.runtime.files import write_whole

What = dict[str, str | int]
"""The settings of a measurement, such as threads, rule and number of updates."""
Facts = dict[str, str | int | float]

PRODUCT, NOW, BEFORE = "product", "now", "before"
LOADER, SLICES = "DataLoader of 128", "slices of 1,024"
FEDAVG = "FedAvg"
_DIGITS = 6  # of seconds: microseconds are far below what differs from turn to turn


@dataclass(frozen=True)
class Measurement:
    """Seconds of several contestants, turn by turn.

    Attributes:
        part: of the benchmark.
        what: the settings.
        unit: the contestant that ratios are taken to.
        seconds: by contestant, of every turn.
        facts: other figures.
        borrowed: by contestant that could not run here its ratio to the unit in an earlier run.
    """

    part: str
    what: What
    unit: str
    seconds: dict[str, list[float]]
    facts: Facts = field(default_factory=dict)
    borrowed: dict[str, float] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether there is a ratio of this contestant, measured or borrowed."""
        return name in self.seconds or name in self.borrowed

    def median(self, name: str) -> float | None:
        """Median seconds of a contestant; None where it did not run."""
        return statistics.median(self.seconds[name]) if name in self.seconds else None

    def ratio(self, name: str, to: str | None = None) -> float | None:
        """How many times as long one contestant takes as another: the median over the turns.

        Args:
            name: of the contestant.
            to: the other one; the unit by default.

        Returns:
            None where either is unknown. Where one is borrowed, the quotient of their ratios to
            the unit.
        """
        other = self.unit if to is None else to
        if name in self.seconds and other in self.seconds:
            pairs = zip(self.seconds[name], self.seconds[other], strict=True)
            return statistics.median(mine / its for mine, its in pairs)
        if not (self.has(name) and self.has(other)):
            return None
        return self._in_units(name) / self._in_units(other)

    def _in_units(self, name: str) -> float:
        if name in self.borrowed:
            return self.borrowed[name]
        ratio = self.ratio(name)
        assert ratio is not None  # the unit always runs
        return ratio

    def fits(self, part: str, what: Mapping[str, str | int]) -> bool:
        """Whether it is of this part and has these settings, whatever others it has."""
        mine = self.what.items()
        return self.part == part and all(item in mine for item in what.items())


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        machines: by part what it was measured on, and how.
        measurements: in order.
    """

    machines: dict[str, Facts] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)

    def of(self, part: str, **what: str | int) -> list[Measurement]:
        """The measurements of a part that have these settings."""
        return [each for each in self.measurements if each.fits(part, what)]

    def one(self, part: str, **what: str | int) -> Measurement | None:
        """The first of them; None where there is none."""
        return next(iter(self.of(part, **what)), None)

    def with_parts_of(self, newer: "Results") -> "Results":
        """These results, with every part that the newer ones have taken from them."""
        kept = [each for each in self.measurements if each.part not in newer.machines]
        return Results(self.machines | newer.machines, kept + newer.measurements)

    def borrowing(self, earlier: "Results", name: str) -> "Results":
        """The same, with the ratios of a contestant that did not run taken from earlier results."""
        found = [_borrowing(each, earlier, name) for each in self.measurements]
        return Results(self.machines, found)

    def to_json(self) -> dict[str, Any]:
        """As it is written: seconds rounded, nothing that is empty."""
        return {
            "machines": self.machines,
            "measurements": [_document(each) for each in self.measurements],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Results":
        """The opposite.

        Raises:
            ConfigError: the document is another one.
        """
        try:
            found = [Measurement(**each) for each in document["measurements"]]
            return cls(dict(document["machines"]), found)
        except (KeyError, TypeError) as error:
            raise ConfigError(f"these are no figures of this benchmark: {error}") from error


def _borrowing(measured: Measurement, earlier: Results, name: str) -> Measurement:
    known = earlier.one(measured.part, **measured.what)
    if measured.has(name) or known is None or known.unit != measured.unit:
        return measured
    ratio = known.ratio(name)
    return measured if ratio is None else replace(measured, borrowed={name: ratio})


def _document(measured: Measurement) -> dict[str, Any]:
    rounded = {
        name: [round(seconds, _DIGITS) for seconds in turns]
        for name, turns in measured.seconds.items()
    }
    document = asdict(measured) | {"seconds": rounded}
    return {key: value for key, value in document.items() if value or key == "seconds"}


def read_results(path: Path) -> Results:
    """Read a file that `write_results` wrote.

    Raises:
        ConfigError: there is no such file, or it holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return Results.from_json(document)


def write_results(results: Results, path: Path) -> None:
    """Write a file of JSON, a measurement a line, so that differences can be read."""
    document = results.to_json()
    lines = ",\n".join(json.dumps(each) for each in document["measurements"])
    machines = json.dumps(document["machines"], indent=1)
    text = f'{{\n"machines": {machines},\n"measurements": [\n{lines}\n]\n}}\n'
    write_whole(path, text.encode())
