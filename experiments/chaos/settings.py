"""How large the federation is, and how long its rounds are."""

from dataclasses import dataclass

MODEL = ("--model-arguments", '{"hidden": 8}', "--epochs", 2, "--batch-size", 16)
LEARNING_RATE = 2e-4  # so slow that updates still make the model better after a hundred rounds
GENESIS_SEED = 25
ATTACK = "static-label"
QUICK_TIMES = {"round_seconds": 8, "batch_seconds": 5, "availability_seconds": 3}
QUICK_SECONDS = 180.0
"""In which a quick run is over, on a machine that does nothing else."""
AROUND_SECONDS = 25.0
"""Of them for starting and stopping a federation, and for the look at its rounds; as measured."""


@dataclass(frozen=True)
class Settings:
    """What `make chaos` runs.

    Attributes:
        seed: of everything that is drawn.
        quick: whether each scenario takes a sample of its kind only.
        jurors: of the jury.
        clients: of the roster, the last `poisoners` of whom poison in every round.
        relayed: of the clients, how many hand their updates to the relay; the first ones.
        round_seconds, batch_seconds, availability_seconds: of every round.
        block_seconds: between two blocks.
        slices: of the jury's samples; with several, a round is judged on each, which is disclosed
            afterwards, and the task is over then. One serves rounds without end.
        poll_seconds: between two looks of a daemon at the chain.
    """

    seed: int
    quick: bool = False
    jurors: int = 4
    clients: int = 6
    poisoners: int = 2
    relayed: int = 4
    round_seconds: int = 10
    batch_seconds: int = 6
    availability_seconds: int = 4
    block_seconds: float = 0.5
    slices: int = 1
    poll_seconds: float = 0.25

    @property
    def accounts(self) -> int:
        """How many accounts have ether: coordinator, relayer, jurors, clients."""
        return 2 + self.jurors + self.clients

    @property
    def patience_seconds(self) -> float:
        """Within how many seconds a round ends in which nothing is broken any more."""
        return 12.0 * (self.round_seconds + self.availability_seconds)

    def poisons(self, index: int) -> bool:
        """Whether the client of this index, from 0, poisons."""
        return index >= self.clients - self.poisoners

    def is_relayed(self, index: int) -> bool:
        """Whether the client of this index hands its updates to the relay; others submit alone."""
        return index < self.relayed
