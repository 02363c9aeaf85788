"""Trainers that tests name as ``module:callable``, good and bad."""

from typing import Any

import torch

from fedjury.clients.training_job import TrainingJob
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors


def sgd(weights: Tensors, samples: Samples, job: TrainingJob) -> tuple[Tensors, dict[str, str]]:
    """A plain loop that says where it ran; it prints and changes torch's settings as it likes."""
    print("this is no JSON")
    torch.set_num_threads(2)
    torch.set_default_dtype(torch.float64)
    model = job.model().float()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(job.training.epochs):
        optimizer.zero_grad()
        logits = samples.rows(model(samples.x))
        torch.nn.functional.cross_entropy(logits, samples.labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return job.weights_of(model), {"trained-on": "cpu"}


def failing_later(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
    """Trains in the first round and fails in the second."""
    if job.round_number == 2:
        raise RuntimeError("the GPU fell off the bus")
    return sgd(weights, samples, job)[0]


def failing(weights: Tensors, samples: Samples, job: TrainingJob) -> Any:
    """Never works."""
    raise ValueError("no such column")
