"""Results of scenarios as they are kept, and what several of them have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Measure = Literal[
    "accuracy", "honest_accepted", "poisoned_accepted", "harmful_accepted", "backdoor"
]
Document = Mapping[str, Any]
"""What is kept of one scenario's run; docs/experiments.md describes it."""
Documents = Mapping[str, Document]
"""Results by scenario id."""
_Totals = Mapping[str, Any]
# Of settings that configs leave out, those that are one word.
_DEFAULTS = {"verification_slices": "one", "relay": "no", "jurors": "1"}


def label(value: Any) -> str:
    """A setting's value in few words: ``selection(tolerance=2)`` for a name with parameters."""
    if isinstance(value, Mapping):
        name = value.get("name") or value.get("callable")
        inner = value.get("parameters", value.get("arguments", {})) if name else value
        words = ", ".join(f"{key}={label(each)}" for key, each in inner.items())
        return f"{name or ''}({words})" if words or not name else str(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def setting(config: Mapping[str, Any], key: str) -> str:
    """A setting of a scenario's config in few words; one that it leaves out is the default."""
    return label(config.get(key, _DEFAULTS.get(key, "default")))


def _share(part: str, whole: str) -> Callable[[_Totals], float | None]:
    return lambda totals: totals[part] / totals[whole] if totals[whole] else None


MEASURES: dict[Measure, Callable[[_Totals], float | None]] = {
    "accuracy": lambda totals: float(totals["accuracy"]),
    "honest_accepted": _share("honest_accepted", "honest"),
    "poisoned_accepted": _share("poisoned_accepted", "poisoned"),
    "harmful_accepted": _share("harmful_accepted", "poisoned"),
    "backdoor": lambda totals: totals.get("backdoor"),
}


@dataclass(frozen=True)
class Run:
    """One scenario's result.

    Attributes:
        document: as docs/experiments.md describes it.
    """

    document: Document

    def setting(self, key: str) -> str:
        """A setting in few words, as tables show it."""
        return setting(self.document["config"], key)

    @property
    def adversaries(self) -> float:
        """The share of the clients under the adversary's control."""
        return float(self.document["config"]["adversaries"])

    @property
    def excludes_adversaries(self) -> bool:
        """Whether the adversary's clients took no part."""
        return bool(self.document["config"]["absent"])

    @property
    def seed(self) -> int:
        """The scenario's seed."""
        return int(self.document["config"]["seed"])

    def count(self, name: str) -> int:
        """One of the totals: honest, honest_accepted, poisoned, poisoned_accepted, …"""
        return int(self.document["totals"][name])

    def final(self, measure: Measure) -> float | None:
        """What the scenario came to, in percent; None where it has no such value.

        Args:
            measure: accuracy or backdoor success after the last round, or a share of updates.
        """
        value = MEASURES[measure](self.document["totals"])
        return None if value is None else 100 * value

    @property
    def accuracy(self) -> float:
        """Held-out accuracy after the last round, in percent."""
        return 100 * float(self.document["totals"]["accuracy"])

    @property
    def backdoor(self) -> float:
        """Success of the backdoor after the last round, in percent."""
        return 100 * float(self.document["totals"]["backdoor"])

    def curve(self, measure: Measure) -> dict[int, float]:
        """A measure in percent by round; accuracy starts with the first model, at 0."""
        found: dict[int, float] = {}
        if measure == "accuracy":
            found[0] = 100 * float(self.document["genesis_accuracy"])
        for number, totals in enumerate(self._totals_by_round(), 1):
            value = MEASURES[measure](totals)
            if value is not None:
                found[number] = 100 * value
        return found

    def _totals_by_round(self) -> list[dict[str, Any]]:
        """For each round what `totals` is for all."""
        document, found = self.document, []
        for number, accuracy in enumerate(document["accuracy"]):
            verdicts, adversaries = document["verdicts"][number], document["adversaries"][number]
            took_part = [pair for pair in zip(verdicts, adversaries, strict=True) if pair[0] != "."]
            totals: dict[str, Any] = {
                "accuracy": accuracy,
                "harmful_accepted": document["harmful_accepted"][number],
            }
            for name, mark in (("honest", "."), ("poisoned", "x")):
                theirs = [verdict for verdict, whose in took_part if whose == mark]
                totals |= {name: len(theirs), f"{name}_accepted": theirs.count("+")}
            if "backdoor" in document:
                totals["backdoor"] = document["backdoor"][number]
            found.append(totals)
        return found


class Runs(list[Run]):
    """Runs that belong together."""

    def finals(self, measure: Measure) -> list[float]:
        """What each run came to, in percent; runs without such a value are left out."""
        found = (run.final(measure) for run in self)
        return [value for value in found if value is not None]

    def curves(self, measure: Measure) -> list[tuple[int, list[float]]]:
        """The runs' values of a measure in percent, by round."""
        rounds: dict[int, list[float]] = {}
        for run in self:
            for number, value in run.curve(measure).items():
                rounds.setdefault(number, []).append(value)
        return list(rounds.items())
