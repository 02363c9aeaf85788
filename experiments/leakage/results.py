"""What was measured, and its file."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from experiments.leakage.half_known import Poisoned
from experiments.leakage.slice_tests import SliceTest
from fedjury.errors import ConfigError
from fedjury.runtime.files import write_whole

CLASSES, MEMBERS = "classes", "members"
NOTHING, COUNTS, ACCURACY, RISING, VERDICTS = "nothing", "counts", "accuracy", "rising", "verdicts"
_DIGITS = 6


@dataclass(frozen=True)
class Finding:
    """What one attack has found.

    Attributes:
        wanted: `CLASSES`, the number of samples in each, or `MEMBERS`, which candidates are.
        data: name of the dataset.
        seed: of the scene.
        samples: size of the verification set.
        published: what the attack has used: one of `NOTHING`, `COUNTS`, `ACCURACY`, `RISING` (an
            accuracy told only where it has risen) and `VERDICTS`.
        attackers: updates of the attacker in each round.
        updates: how many in all.
        rounds: how many in all.
        wrong: candidates that were told wrong; of classes, by how many samples each is missed on
            average.
    """

    wanted: str
    data: str
    seed: int
    samples: int
    published: str
    attackers: int
    updates: int
    rounds: int
    wrong: float


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        findings: of every attack on every scene.
        poisoned: what knowing half of the set is worth.
        tests: how often chance decides on small slices.
    """

    findings: list[Finding] = field(default_factory=list)
    poisoned: list[Poisoned] = field(default_factory=list)
    tests: list[SliceTest] = field(default_factory=list)

    def of(self, wanted: str, data: str, published: str, attackers: int = 1) -> list[Finding]:
        """The same attack on every scene of a dataset."""
        asked = (wanted, data, published, attackers)
        return [
            each
            for each in self.findings
            if (each.wanted, each.data, each.published, each.attackers) == asked
        ]

    @property
    def datasets(self) -> list[str]:
        """Their names, in order."""
        return list(dict.fromkeys(each.data for each in self.findings))

    def accepted(self, samples: int, z: float, change: float) -> float:
        """How likely an update is accepted.

        Raises:
            KeyError: that was not computed.
        """
        known = {(each.samples, each.z, each.change): each.accepted for each in self.tests}
        return known[samples, z, change]

    def to_json(self) -> dict[str, Any]:
        """As it is written: figures rounded."""
        return {
            "findings": [_rounded(asdict(each)) for each in self.findings],
            "poisoned": [_rounded(asdict(each)) for each in self.poisoned],
            "tests": [_rounded(asdict(each)) for each in self.tests],
        }


def mean(findings: Iterable[Any], value: Callable[[Any], float]) -> float | None:
    """The mean of a figure; None of nothing."""
    values = [value(each) for each in findings]
    return fmean(values) if values else None


def _rounded(document: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, _DIGITS) if isinstance(value, float) else value
        for key, value in document.items()
    }


def read_results(path: Path) -> Results:
    """Read a file that `write_results` wrote.

    Raises:
        ConfigError: there is no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Results(
            [Finding(**each) for each in found["findings"]],
            [Poisoned(**each) for each in found["poisoned"]],
            [SliceTest(**each) for each in found["tests"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} holds no figures of this experiment: {error}") from error


def write_results(results: Results, path: Path) -> None:
    """Write a file of JSON, a figure a line, so that differences can be read."""
    parts = [
        f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]"
        for name, rows in results.to_json().items()
    ]
    write_whole(path, "{\n" + ",\n".join(parts) + "\n}\n")
