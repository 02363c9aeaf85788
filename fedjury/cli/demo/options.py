"""What a demo is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from clients.attacks import ATTACKS
from fedjury.errors import ConfigError
from fedjury.spec import TrainingSpec

# Local training that suits a dataset; the paper's (Adam, 0.001, batches of 32, 1 epoch) for all
# others. The digits are few: 108 samples a client need several passes to teach it anything.
_TRAINING = {"digits": TrainingSpec(epochs=5, batch_size=16)}


@dataclass(frozen=True)
class DemoOptions:
    """See `fedjury demo --help`; `lam` is the paper's λ."""

    chain: str
    store: str
    keystore: Path | None
    password_file: Path | None
    data: str
    data_dir: Path | None
    clients: int
    poisoners: int
    attack: str
    rounds: int
    lam: float
    seed: int
    split_seed: int
    directory: Path

    def __post_init__(self) -> None:
        if self.poisoners > self.clients:
            raise ConfigError(f"{self.poisoners} of {self.clients} clients cannot poison")
        if self.attack not in ATTACKS:
            raise ConfigError(f"unknown attack {self.attack!r}; known: {', '.join(ATTACKS)}")
        if not 0 <= self.lam < 1:
            raise ConfigError(f"λ must be at least 0 and less than 1, not {self.lam}")

    @property
    def training(self) -> TrainingSpec:
        """How clients train."""
        return _TRAINING.get(self.data, TrainingSpec())
