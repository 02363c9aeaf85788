"""What a demo measured, round by round."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fedjury.runtime.files import write_whole


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
class RoundResult:
    """One round.

    Attributes:
        baseline_correct: verification samples that the model before the round gets right.
        model_correct: verification samples that the new model gets right.
        accuracy: of the new model on the held-out test set, 0 to 1.
        fedavg_accuracy: of the plain mean of all the same updates, on the held-out test set.
        model: CID of the new model.
    """

    round: int
    baseline_correct: int
    model_correct: int
    accuracy: float
    fedavg_accuracy: float
    clients: list[ClientResult]
    model: str


@dataclass(frozen=True)
class DemoResult:
    """A whole run, ready for JSON.

    Attributes:
        settings: the task, and what was asked for.
        verification_samples: how many samples the jury has.
        held_out_samples: how many samples measure the models.
        genesis_accuracy: of the first model on the held-out test set, 0 to 1.
        rounds: in order.
        audit: what the audit found.
        gas: that the run used.
        seconds: that the run took, from loading the data to the audit's end.
    """

    settings: dict[str, object]
    verification_samples: int
    held_out_samples: int
    genesis_accuracy: float
    rounds: list[RoundResult]
    audit: dict[str, object]
    gas: dict[str, int]
    seconds: float

    def to_json(self) -> dict[str, object]:
        """For machines; adds the totals that people ask for first."""
        every = [client for result in self.rounds for client in result.clients]
        poisoned = [client for client in every if client.poisoned]
        honest = [client for client in every if not client.poisoned]
        return {
            **asdict(self),
            "final_accuracy": self.rounds[-1].accuracy,
            "final_fedavg_accuracy": self.rounds[-1].fedavg_accuracy,
            "poisoned_updates": len(poisoned),
            "poisoned_accepted": sum(client.accepted for client in poisoned),
            "honest_updates": len(honest),
            "honest_accepted": sum(client.accepted for client in honest),
        }

    def save(self, path: Path) -> None:
        """Write the JSON."""
        write_whole(path, json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")
