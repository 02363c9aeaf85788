"""What a training callable of the user's is told of a round."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from fedjury.clients.local_state import local_state
from fedjury.protocol.task_spec import LabelsSpec, TrainingSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of


@dataclass(frozen=True)
class TrainingJob:
    """One round's training, beside the global weights and the client's samples.

    A trainer is a callable that ``fedjury client --trainer module:callable`` names. It gets the
    global weights (name to float32 tensor on the CPU, its own copy), the client's
    `fedjury.data.Samples` (the same object in every round) and a job, and returns weights, or a
    pair of weights and metadata::

        def train(weights, samples, job):
            model = job.model()
            optimizer = torch.optim.SGD(model.parameters(), lr=job.training.learning_rate)
            for _ in range(job.training.epochs):
                optimizer.zero_grad()
                logits = samples.rows(model(samples.x))
                torch.nn.functional.cross_entropy(logits, samples.labels).backward()
                optimizer.step()
            return job.weights_of(model), {"trained-on": "cpu"}

    The weights are a mapping with every name in `names`: floating-point tensors on any device, or
    what NumPy makes an array of, in the model's shapes. Names in `local` may stand there too: they
    are kept for the next round and never leave this machine; other tensors of the model are left
    out. The metadata (strings to strings) stand in the update's file, for everybody to read.

    Attributes:
        round_number: from 1.
        seed: of this client and round; torch's generator is set to it when the trainer is called.
        training: how the task asks clients to train; nobody can check it.
        labels: how many classes there are, and which label does not count.
        names: of the federated tensors.
        local: what this client keeps to itself (names in the spec's `federated.local`), as its
            last training left it, in the model's own types; from the first model before that.
        model: gives a new module each time: the task's, with the global weights and `local`.
        directory: a directory for what the trainer itself keeps from round to round, such as
            a privacy budget; it exists, and nobody else writes there.
    """

    round_number: int
    seed: int
    training: TrainingSpec
    labels: LabelsSpec
    names: tuple[str, ...]
    local: Tensors
    model: Callable[[], nn.Module]
    directory: Path

    def weights_of(self, model: nn.Module) -> Tensors:
        """What to return of a trained module: copies of its federated and local tensors.

        Args:
            model: from `model`, trained, on any device.
        """
        return {**weights_of(model, self.names), **local_state(model, self.local)}
