"""Local training: the paper's ClientUpdate."""

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.models import weights_of
from fedjury.spec import TrainingSpec
from fedjury.tensors import Tensors


def train(
    model: nn.Module, weights: Tensors, shard: Samples, training: TrainingSpec, seed: int
) -> Tensors:
    """Train from the global weights on a client's shard.

    Args:
        model: the spec's module; its own weights are overwritten.
        weights: the global model.
        shard: the client's samples.
        training: optimizer, learning rate, batch size, epochs.
        seed: makes the order of samples and any dropout reproducible.

    Returns:
        The locally trained weights, float32.
    """
    model.load_state_dict(weights, strict=False)
    model.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _epochs(model, shard, training)
    return weights_of(model)


def _epochs(model: nn.Module, shard: Samples, training: TrainingSpec) -> None:
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    optimizer = kinds[training.optimizer](model.parameters(), lr=training.learning_rate)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(training.epochs):
        order = torch.randperm(len(shard))
        for start in range(0, len(shard), training.batch_size):
            batch = order[start : start + training.batch_size]
            optimizer.zero_grad()
            loss_function(model(shard.x[batch]), shard.y[batch]).backward()
            optimizer.step()
