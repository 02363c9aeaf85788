"""Local training: the paper's ClientUpdate."""

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import load_state, weights_of

# (round number, global weights) to what the client submits
Trainer = Callable[[int, Tensors], Tensors]


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
    """
    own = deepcopy(model)
    load_state(own, weights)
    fit(own, shard, training, seed)
    return weights_of(own, weights)


def fit(model: nn.Module, shard: Samples, training: TrainingSpec, seed: int) -> None:
    """Train a module in place, from the weights that it has; else as `train`."""
    model.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _epochs(model, shard, training)


def mean_loss(model: nn.Module, weights: Tensors, samples: Samples) -> float:
    """Mean cross-entropy of a model on samples; the module is not changed."""
    model = deepcopy(model)
    load_state(model, weights)
    model.eval()
    with torch.no_grad():
        return float(nn.CrossEntropyLoss()(model(samples.x), samples.y))


def _epochs(model: nn.Module, shard: Samples, training: TrainingSpec) -> None:
    optimizer = _optimizer(model, training)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(training.epochs):
        # Gathered once an epoch and cut into views: indexing anew for every batch costs more.
        order = torch.randperm(len(shard))
        inputs = torch.split(shard.x[order], training.batch_size)
        labels = torch.split(shard.y[order], training.batch_size)
        for x, y in zip(inputs, labels, strict=True):
            optimizer.zero_grad()
            loss_function(model(x), y).backward()
            optimizer.step()


def _optimizer(model: nn.Module, training: TrainingSpec) -> torch.optim.Optimizer:
    """The spec's optimizer; all weights in one kernel where torch has one, as on small models the
    calls cost more than the arithmetic."""
    parameters = list(model.parameters())
    fused = all(each.device.type == "cpu" and each.dtype == torch.float32 for each in parameters)
    if training.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=training.learning_rate, fused=fused)
    return torch.optim.SGD(parameters, lr=training.learning_rate, fused=fused)
