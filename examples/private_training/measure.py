"""How well a federation of private trainers learns the digits, and what the jury says of them.

cd examples/private_training
python measure.py

Clients and a jury with the default rule in this process; one line for each noise.
"""

import tempfile
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import private_trainer

from fedjury.clients.local_state import StatesInMemory
from fedjury.clients.training import Trainer
from fedjury.clients.user_trainer import ChosenTrainer, UserTrainer
from fedjury.data import load_dataset
from fedjury.data.split import partition
from fedjury.protocol.tensors import Tensors
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.simulation.scenario import Scenario

NOISES = (0.5, 1.0, 2.0)
CLIENTS = (3, 10)


class Measured(NamedTuple):
    """What came out of a federation.

    Attributes:
        accuracy: of the last model on samples that nobody had, in percent.
        accepted: of all updates, in percent.
        epsilon: the largest that a client's last update says; None for training as usual.
    """

    accuracy: float
    accepted: float
    epsilon: float | None


class PrivateScenario(PreparedScenario):
    """A scenario all of whose clients train privately."""

    @cached_property
    def trainers(self) -> list[Trainer]:
        """What each client does with a round's model, by index."""
        scenario = self.scenario
        shards = partition(self.dataset.train, scenario.clients, scenario.seed, scenario.partition)
        return [
            partial(
                self._weights,
                UserTrainer(
                    ChosenTrainer("private_trainer:train", private_trainer.train),
                    self.task.spec,
                    self.build_model(),
                    shard,
                    scenario.client_seed(index),
                    StatesInMemory(),
                    self._directory / str(index),
                ),
            )
            for index, shard in enumerate(shards)
        ]

    @cached_property
    def epsilons(self) -> list[float]:
        """What every update says, in order."""
        return []

    def _weights(self, trainer: UserTrainer, round_number: int, weights: Tensors) -> Tensors:
        update = trainer(round_number, weights)
        self.epsilons.append(float(update.metadata["dp-epsilon"]))
        return update.weights

    @property
    def _directory(self) -> Path:
        return Path(self._kept.name)

    @cached_property
    def _kept(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="fedjury-private-")


def measure(clients: int, rounds: int, noise: float | None) -> Measured:
    """Run a federation on the digits.

    Args:
        clients: that share the training part.
        rounds: how many.
        noise: of every step, see `private_trainer.NOISE`; None trains as usual.
    """
    settings = {"data": "digits", "clients": clients, "rounds": rounds}
    usual = prepare(Scenario.model_validate(settings), load_dataset("digits", None))
    if noise is None:
        return _run(usual)
    private_trainer.NOISE = noise
    prepared = PrivateScenario(**vars(usual))
    return _run(prepared)._replace(epsilon=max(prepared.epsilons))


def _run(prepared: PreparedScenario) -> Measured:
    outcomes = list(run_in_process(prepared))
    verdicts = [verdict for each in outcomes for verdict in each.verdicts.values()]
    accepted = sum(verdict.accepted for verdict in verdicts) / len(verdicts)
    accuracy = prepared.held_out.accuracy(outcomes[-1].model)
    return Measured(100 * accuracy, 100 * accepted, None)


def main() -> None:
    """Print the README's table."""
    private_trainer.LIMIT = float("inf")
    print("| clients | noise | ε after 10 rounds | accuracy | accepted |\n|---|---|---|---|---|")
    for clients in CLIENTS:
        for noise in (None, *NOISES):
            found = measure(clients, 10, noise)
            spent = "∞" if found.epsilon is None else f"{found.epsilon:.1f}"
            row = (clients, noise or "none", spent, f"{found.accuracy:.1f}%")
            print("|", *(f"{each} |" for each in row), f"{found.accepted:.0f}% |", flush=True)


if __name__ == "__main__":
    main()
