"""A round to judge: updates that clients trained from a common model, and a few poisoned ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.clients.training import train
from fedjury.data import Dataset, Samples
from fedjury.protocol.task_spec import CallableSpec, TrainingSpec
from fedjury.protocol.tensors import Shapes, Tensors, shapes_of
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag, task_name
from fedjury.task.models import build_trusted_model, initial_weights

TASK, NUMBER = task_name(0, f"0x{0:040x}"), 2
MAX_MAGNITUDE = 1e3  # the default of a spec
_SHARD = 600  # samples of a client: MNIST's among a hundred
_COMMON = 6000  # samples that the common model was trained on
_STEPS_BACK = 4.0  # of a flipped update, as in the attack `sign-flip`


@dataclass(frozen=True)
class Round:
    """What a jury is handed.

    Attributes:
        model: the spec's.
        samples: of the verification set.
        current: the global model w.
        updates: the files of the round, in order; the sender of each is `sender(index)`.
    """

    model: CallableSpec
    samples: Samples
    current: Tensors
    updates: Sequence[bytes]

    @property
    def shapes(self) -> Shapes:
        """Names and shapes of the model's tensors."""
        return shapes_of(self.current)

    def first(self, count: int) -> "Round":
        """The same round with so many of its updates, the first ones."""
        return Round(self.model, self.samples, self.current, self.updates[:count])


def sender(index: int) -> str:
    """The address of the client whose update has this index."""
    return f"0x{index + 1:040x}"


def tag_of(index: int) -> UpdateTag:
    """The tag of the update of this index."""
    return UpdateTag(TASK, NUMBER, sender(index))


@dataclass(frozen=True)
class Clients:
    """Clients of the benchmark: their common model, and what each makes of it.

    Attributes:
        model: the spec's.
        train: the samples that clients draw from.
        current: the common model.
    """

    model: CallableSpec
    train: Samples
    current: Tensors

    @classmethod
    def of(cls, model: CallableSpec, dataset: Dataset) -> "Clients":
        """Clients whose common model has seen a tenth of the training samples once."""
        seen = dataset.train.take(torch.arange(min(_COMMON, len(dataset.train))))
        start = initial_weights(model, seed=1)
        current = train(build_trusted_model(model), start, seen, TrainingSpec(), seed=1)
        return cls(model, dataset.train, current)

    def honest(self, index: int) -> Tensors:
        """The update of an honest client: one epoch on its own samples."""
        generator = torch.Generator().manual_seed(index)
        chosen = torch.randint(len(self.train), (_SHARD,), generator=generator)
        shard, module = self.train.take(chosen), build_trusted_model(self.model)
        return train(module, self.current, shard, TrainingSpec(), seed=index)

    def update(self, index: int) -> Tensors:
        """The update of a client; of ten clients one flips its update, and one sends noise."""
        if index % 10 == 4:
            trained = self.honest(index)
            return {
                name: weight - _STEPS_BACK * (trained[name] - weight)
                for name, weight in self.current.items()
            }
        return self._noise(index) if index % 10 == 9 else self.honest(index)

    def _noise(self, index: int) -> Tensors:
        """The common model with as much noise again in each of its tensors."""
        generator = torch.Generator().manual_seed(index)
        return {
            name: weight + torch.randn(weight.shape, generator=generator) * weight.std(correction=0)
            for name, weight in self.current.items()
        }


def make_round(clients: Clients, samples: Samples, count: int) -> Round:
    """The round in which each of so many clients submits its update."""
    updates = [encode_update(clients.update(index), tag_of(index)) for index in range(count)]
    return Round(clients.model, samples, clients.current, updates)
