"""What a scenario came to: round by round, and as the compact JSON that is kept of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.simulation.scenario import Scenario

ABSENT = "."
# One character for each verdict; see docs/experiments.md.
LETTERS = {
    VerdictCode.ACCEPTED: "+",
    VerdictCode.NOT_IMPROVED: "-",
    VerdictCode.UNAVAILABLE: "u",
    VerdictCode.TOO_LARGE: "l",
    VerdictCode.MALFORMED: "m",
    VerdictCode.NOT_FINITE: "f",
    VerdictCode.NOT_THE_SENDERS: "s",
    VerdictCode.DUPLICATE: "d",
    VerdictCode.MODEL_RAISES: "r",
    VerdictCode.BAD_SIGNATURE: "b",
    VerdictCode.NOT_IN_ROSTER: "o",
    VerdictCode.SUPERSEDED: "p",
}
_ADVERSARY, _HONEST = "x", "."


@dataclass(frozen=True)
class RoundMetrics:
    """What was measured of one round.

    Attributes:
        accuracy: of the new model on the held-out samples, 0 to 1.
        baseline_correct: verification samples that the model before the round got right, or the
            best constant answer where that is more.
        model_correct: verification samples that the new model gets right.
        verdicts: by client index; clients that took no part are missing.
        controlled: indexes of the adversary's clients.
        harmful: accepted poisoned updates that lower held-out accuracy by more than noise.
        backdoor: attack success rate, where the attack is one.
        model: CID of the new model.
    """

    accuracy: float
    baseline_correct: int
    model_correct: int
    verdicts: Mapping[int, Verdict]
    controlled: frozenset[int]
    harmful: int
    backdoor: float | None
    model: str

    def accepted(self, indexes: Iterable[int]) -> int:
        """How many of the updates of these clients were accepted."""
        return sum(index in self.verdicts and self.verdicts[index].accepted for index in indexes)


@dataclass
class Seconds:
    """Where a scenario's time went."""

    training: float = 0.0
    judging: float = 0.0
    total: float = 0.0


@dataclass
class ScenarioResult:
    """What was measured of a whole scenario."""

    scenario: Scenario
    verification_samples: int
    held_out_samples: int
    genesis_accuracy: float
    rounds: list[RoundMetrics] = field(default_factory=list)
    seconds: Seconds = field(default_factory=Seconds)
    chain: dict[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The document that is kept; lists have one entry a round."""
        rows, scenario = self.rounds, self.scenario
        indexes = range(scenario.clients)
        document: dict[str, Any] = {
            "id": scenario.id,
            "config": scenario.effective().config(),
            "verification_samples": self.verification_samples,
            "held_out_samples": self.held_out_samples,
            "genesis_accuracy": _share(self.genesis_accuracy),
            "totals": self._totals(),
            "accuracy": [_share(row.accuracy) for row in rows],
            "baseline_correct": [row.baseline_correct for row in rows],
            "model_correct": [row.model_correct for row in rows],
            "verdicts": ["".join(_letter(row, index) for index in indexes) for row in rows],
            "adversaries": [
                "".join(_ADVERSARY if index in row.controlled else _HONEST for index in indexes)
                for row in rows
            ],
            "harmful_accepted": [row.harmful for row in rows],
        }
        if rows[-1].backdoor is not None:
            document["backdoor"] = [_share(row.backdoor or 0.0) for row in rows]
        document["model"] = rows[-1].model
        document["seconds"] = {key: round(value, 1) for key, value in vars(self.seconds).items()}
        if self.chain:
            document["chain"] = self.chain
        return document

    def _totals(self) -> dict[str, Any]:
        honest = [row.verdicts.keys() - row.controlled for row in self.rounds]
        poisoned = [row.verdicts.keys() & row.controlled for row in self.rounds]
        totals: dict[str, Any] = {
            "accuracy": _share(self.rounds[-1].accuracy),
            "honest": sum(map(len, honest)),
            "honest_accepted": _accepted(self.rounds, honest),
            "poisoned": sum(map(len, poisoned)),
            "poisoned_accepted": _accepted(self.rounds, poisoned),
            "harmful_accepted": sum(row.harmful for row in self.rounds),
        }
        if self.rounds[-1].backdoor is not None:
            totals["backdoor"] = _share(self.rounds[-1].backdoor)
        return totals


def _share(value: float) -> float:
    """Five digits: exact for the 5,000 held-out samples of MNIST."""
    return round(value, 5)


def _letter(row: RoundMetrics, index: int) -> str:
    return LETTERS[row.verdicts[index].code] if index in row.verdicts else ABSENT


def _accepted(rows: Sequence[RoundMetrics], indexes: Sequence[Iterable[int]]) -> int:
    return sum(row.accepted(chosen) for row, chosen in zip(rows, indexes, strict=True))
