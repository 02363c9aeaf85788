"""What a demo measured, round by round."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fedjury.runtime.files import write_whole
from fedjury.simulation.demo.comparison import ComparedRound


@dataclass(frozen=True)
class ClientResult:
    """One client in one round.

    Attributes:
        client: the client's index.
        correct: verification samples right with the update mixed in.
    """

    client: int
    address: str
    poisoned: bool
    verdict: str
    accepted: bool
    correct: int


@dataclass(frozen=True)
class Totals:
    """How many updates there were, and how many the jury and the other rule accepted of them."""

    updates: int
    accepted: int
    compared: int


@dataclass(frozen=True)
class RoundResult:
    """One round.

    Attributes:
        baseline_correct: verification samples that the model before the round gets right, or the
            best constant answer where that is more.
        model_correct: verification samples that the new model gets right.
        accuracy: of the new model on the held-out test set, 0 to 1.
        fedavg_accuracy: of the plain mean of all the same updates, on the held-out test set.
        comparison: what another rule would have made of the same updates.
        model: CID of the new model.
        signers: indexes of the jurors who signed the report, ascending.
    """

    round: int
    baseline_correct: int
    model_correct: int
    accuracy: float
    fedavg_accuracy: float
    comparison: ComparedRound
    clients: list[ClientResult]
    model: str
    signers: list[int]


@dataclass(frozen=True)
class DemoResult:
    """A whole run, ready for JSON.

    Attributes:
        settings: the task, and what was asked for.
        verification_samples: how many samples the jury has.
        held_out_samples: how many samples measure the models.
        genesis_accuracy: of the first model on the held-out test set, 0 to 1.
        rule: the name of the jury's rule.
        compared_rule: the name of the rule that the rounds were judged by once more.
        compared_lambda: its λ.
        rounds: in order.
        audit: what the audit found.
        gas: that the run used.
        seconds: that the run took, from loading the data to the audit's end.
    """

    settings: dict[str, object]
    verification_samples: int
    held_out_samples: int
    genesis_accuracy: float
    rule: str
    compared_rule: str
    compared_lambda: float
    rounds: list[RoundResult]
    audit: dict[str, object]
    gas: dict[str, int]
    seconds: float

    def to_json(self) -> dict[str, object]:
        """For machines; adds the totals that people ask for first."""
        honest, poisoned = self.totals(poisoned=False), self.totals(poisoned=True)
        return {
            **asdict(self),
            "final_accuracy": self.rounds[-1].accuracy,
            "final_fedavg_accuracy": self.rounds[-1].fedavg_accuracy,
            "final_compared_accuracy": self.rounds[-1].comparison.accuracy,
            "poisoned_updates": poisoned.updates,
            "poisoned_accepted": poisoned.accepted,
            "poisoned_compared_accepted": poisoned.compared,
            "honest_updates": honest.updates,
            "honest_accepted": honest.accepted,
            "honest_compared_accepted": honest.compared,
        }

    def totals(self, *, poisoned: bool) -> Totals:
        """Over all rounds, of the updates that are poisoned or of those that are honest."""
        chosen = [
            (client.accepted, client.client in row.comparison.accepted)
            for row in self.rounds
            for client in row.clients
            if client.poisoned is poisoned
        ]
        accepted, compared = (sum(each[at] for each in chosen) for at in (0, 1))
        return Totals(len(chosen), accepted, compared)

    def save(self, path: Path) -> None:
        """Write the JSON."""
        write_whole(path, json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")
