"""Local training: the paper's ClientUpdate."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy

import numpy as np
import torch
from torch import nn

from fedjury.clients.optimizer import Optimizer
from fedjury.clients.training_error import told_as_training_error
from fedjury.data import Samples
from fedjury.data.dataset import labels_of, rows_of
from fedjury.errors import ModelError
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.copies import LoadedCopy
from fedjury.task.state import load_state, weights_of

# (round number, global weights) to what the client submits
Trainer = Callable[[int, Tensors], Tensors]

_NUMPY_SEEDS = 2**32


def train(
    model: nn.Module, weights: Tensors, shard: Samples, training: TrainingSpec, seed: int
) -> Tensors:
    """Train from the global weights on a client's shard.

    The same arguments give the same weights on the same machine, whatever the module did before.

    Args:
        model: the spec's module with the state that is not federated; it is not changed.
        weights: the global model.
        shard: the client's samples.
        training: optimizer, learning rate, batch size, epochs.
        seed: makes the order of samples and any dropout reproducible.

    Returns:
        The locally trained weights under the same names, float32.

    Raises:
        TrainingError: as of `fit`; or the weights are another model's.
    """
    with told_as_training_error("the model"):
        own = deepcopy(model)
        load_state(own, weights)
        fit(own, shard, training, seed)
    return weights_of(own, weights)


def fit(model: nn.Module, shard: Samples, training: TrainingSpec, seed: int) -> None:
    """Train a module in place, from the weights that it has; else as `train`.

    The loss is the mean cross entropy of a batch's labels that count. A batch of one sample that
    the module does not take in training mode, as batch norm does not, is taken in evaluation mode.

    Raises:
        ModelError: the module has nothing to train, or gives no logits for these labels.
        Exception: whatever the module raises; who calls this knows how to tell its user.
    """
    with _seeded(seed):
        model.train()
        _epochs(model, shard, training)


def mean_loss(model: nn.Module, weights: Tensors, samples: Samples) -> float:
    """Mean cross-entropy of a model on the labels that count; nothing given is changed.

    Raises:
        TrainingError: as of `train`.
    """
    with told_as_training_error("the model"):
        logits = samples.rows(LoadedCopy(model, weights).logits(samples.x))
        return float(nn.CrossEntropyLoss()(logits, samples.labels))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed every generator that a model may draw from; afterwards all are as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % _NUMPY_SEEDS)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def _epochs(model: nn.Module, shard: Samples, training: TrainingSpec) -> None:
    optimizer = Optimizer(model, training)
    loss_function, largest = nn.CrossEntropyLoss(), int(shard.labels.max())
    for _ in range(training.epochs):
        # Gathered once an epoch and cut into views: indexing anew for every batch costs more.
        order = torch.randperm(len(shard))
        inputs = torch.split(shard.x[order], training.batch_size)
        labels = torch.split(shard.y[order], training.batch_size)
        for x, y in zip(inputs, labels, strict=True):
            optimizer.zero_grad()
            logits = rows_of(_forward(model, x), y, shard.padding)
            _require_logit(logits, largest)
            loss_function(logits, labels_of(y, shard.padding)).backward()
            optimizer.step()


def _forward(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What the module gives for a batch.

    For one sample torch's batch norm raises ValueError in training mode; in evaluation mode, in
    which the module then takes it, it goes by its running statistics.
    """
    logits: torch.Tensor
    if len(x) > 1:
        logits = model(x)
        return logits
    buffers = [buffer.clone() for buffer in model.buffers()]
    try:
        logits = model(x)
    except ValueError:
        # What the failed pass has counted or averaged so far was never trained on.
        with torch.no_grad():
            for buffer, before in zip(model.buffers(), buffers, strict=True):
                buffer.copy_(before)
        model.eval()
        logits = model(x)
        model.train()
    return logits


def _require_logit(logits: torch.Tensor, largest: int) -> None:
    if largest >= logits.shape[1]:
        raise ModelError(
            f"the model gives {logits.shape[1]} logits, none of them for label {largest}: each "
            "class from 0 needs one"
        )
