"""Models that normalize: by running statistics, by the batch, by groups, or their own weights."""

import torch
from torch import nn
from torch.nn.utils import parametrizations

from tests.support.zoo.data import CLASSES, FEATURES

_WIDTH = 16


def conv_net() -> nn.Module:
    """Two convolutions with batch norm, pooled."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(144, 10),
    )


def batch_norm_with_cumulative_means() -> nn.Module:
    """Its statistics are means over all batches ever, so that they change less and less."""
    return _normalized(nn.BatchNorm1d(_WIDTH, momentum=None))


def batch_norm_without_running_statistics() -> nn.Module:
    """It goes by the batch in evaluation too, so a sample's answer depends on its company."""
    return _normalized(nn.BatchNorm1d(_WIDTH, track_running_stats=False))


def batch_norm_that_clients_keep() -> nn.Module:
    """Its statistics are each client's own (Li et al. 2021, FedBN)."""
    return _normalized(nn.BatchNorm1d(_WIDTH, affine=False))


def group_norm() -> nn.Module:
    """It normalizes each sample by itself."""
    return _normalized(nn.GroupNorm(4, _WIDTH))


def running_statistics_of_large_inputs() -> nn.Module:
    """Its honest statistics are far beyond what a weight may usually be."""
    return nn.Sequential(nn.BatchNorm1d(FEATURES), nn.Linear(FEATURES, CLASSES))


def spectral_norm() -> nn.Module:
    """Training in train mode also moves two vectors that no gradient reaches."""
    first = parametrizations.spectral_norm(nn.Linear(FEATURES, _WIDTH))
    return nn.Sequential(first, nn.ReLU(), nn.Linear(_WIDTH, CLASSES))


def weight_norm() -> nn.Module:
    """Length and direction of its weights are tensors of their own."""
    first = parametrizations.weight_norm(nn.Linear(FEATURES, _WIDTH))
    return nn.Sequential(first, nn.ReLU(), nn.Linear(_WIDTH, CLASSES))


def old_weight_norm() -> nn.Module:
    """The same by torch's older function, whose modules cannot be copied."""
    first = torch.nn.utils.weight_norm(nn.Linear(FEATURES, _WIDTH))
    return nn.Sequential(first, nn.ReLU(), nn.Linear(_WIDTH, CLASSES))


def _normalized(norm: nn.Module) -> nn.Module:
    model = nn.Sequential()
    model.add_module("first", nn.Linear(FEATURES, _WIDTH))
    model.add_module("norm", norm)
    model.add_module("act", nn.ReLU())
    model.add_module("last", nn.Linear(_WIDTH, CLASSES))
    return model
