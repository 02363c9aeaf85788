"""Who holds what: the jury its samples, the attacker samples of its own and some candidates."""

from dataclasses import dataclass
from pathlib import Path

import torch

from fedjury.clients.training import fit
from fedjury.data import Dataset, Samples, load_dataset
from fedjury.data.dataset import join
from fedjury.data.split import split_test
from fedjury.data.verification import VerificationSet
from fedjury.models import mlp
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of

HIDDEN = 128  # neurons of the paper's model
LAM = 0.5  # λ of the task: the share of the old model
CANDIDATES = 128  # whose membership the attacker asks for; half of them are members
_OWN = 10_000  # samples of the attacker's own, at most
_SALT = bytes(32)  # secrecy of the commitment is not what is measured


@dataclass(frozen=True)
class Recipe:
    """How the models of a scene are trained.

    Attributes:
        shared: samples that the global model was trained on.
        shared_epochs: how often it has seen them.
        later_epochs: how often the later one has seen all samples.
        own_epochs: how often the attacker's model has seen the attacker's samples.
    """

    shared: int
    shared_epochs: int
    later_epochs: int
    own_epochs: int


RECIPES = {"digits": Recipe(300, 6, 40, 30), "mnist": Recipe(6000, 2, 3, 10)}


@dataclass(frozen=True)
class Scene:
    """One verification set, and an attacker who has not got it.

    Attributes:
        data: name of the dataset.
        seed: of every draw.
        secret: the jury's samples.
        unseen: as many that nobody has, to see what a model is worth.
        own: the attacker's samples, none of them the jury's.
        candidates: samples that the attacker has and that may be the jury's.
        inside: which candidates are: bool, (CANDIDATES,).
        current: the global model w.
        trained_well: the global model later in the task.
    """

    data: str
    seed: int
    secret: Samples
    unseen: Samples
    own: Samples
    candidates: Samples
    inside: torch.Tensor
    current: Tensors
    trained_well: Tensors

    @property
    def samples(self) -> int:
        """Size of the verification set."""
        return len(self.secret)

    def evaluator(self) -> Evaluator:
        """The jury's view of weights."""
        return Evaluator(mlp(), VerificationSet(self.secret, _SALT))

    @property
    def classes(self) -> torch.Tensor:
        """How many of the jury's samples each class has: int64, (10,)."""
        return self.secret.y.bincount(minlength=10)


def make_scene(data: str, directory: Path | None, seed: int) -> Scene:
    """Share a dataset among the jury, the attacker and nobody, and train the global model.

    Args:
        data: ``digits`` or ``mnist``.
        directory: of MNIST's files.
        seed: of every draw.

    Raises:
        DataError: the files are missing.
    """
    dataset, recipe = load_dataset(data, directory), RECIPES[data]
    secret, unseen = split_test(dataset.test, seed)
    candidates, inside = _candidates(secret, unseen, seed)
    first = dataset.train.take(torch.arange(recipe.shared))
    current = trained(first, recipe.shared_epochs, seed)
    later = trained(dataset.train, recipe.later_epochs, seed)
    own = _own(dataset)
    return Scene(data, seed, secret, unseen, own, candidates, inside, current, later)


def trained(samples: Samples, epochs: int, seed: int, hidden: int = HIDDEN) -> Tensors:
    """Weights of the paper's model, with so many neurons, trained on samples."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = mlp(hidden=hidden)
    fit(model, samples, TrainingSpec(epochs=epochs), seed)
    return weights_of(model)


def first_model(seed: int) -> Tensors:
    """The paper's model as a task may begin with it: weights that nobody has trained."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return weights_of(mlp())


def _own(dataset: Dataset) -> Samples:
    """The last of the training samples: of a large dataset none that the global model has seen."""
    count = min(_OWN, len(dataset.train))
    return dataset.train.take(torch.arange(len(dataset.train) - count, len(dataset.train)))


def _candidates(secret: Samples, unseen: Samples, seed: int) -> tuple[Samples, torch.Tensor]:
    generator, half = torch.Generator().manual_seed(seed), CANDIDATES // 2
    members = secret.take(torch.randperm(len(secret), generator=generator)[:half])
    others = unseen.take(torch.randperm(len(unseen), generator=generator)[:half])
    order = torch.randperm(CANDIDATES, generator=generator)
    inside = torch.arange(CANDIDATES) < half
    return join([members, others]).take(order), inside[order]
