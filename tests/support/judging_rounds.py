"""Small rounds for the tests of the judging benchmark."""

from functools import cache

import torch

from experiments.judging_benchmark.rounds import Clients, Round, make_round
from experiments.judging_benchmark.samples import make_images
from fedjury.data import Dataset
from fedjury.protocol.task_spec import CallableSpec

SMALL = CallableSpec(callable="fedjury.models:mlp", arguments={"hidden": 8})


@cache
def images() -> Dataset:
    """Made-up images, 1,000 for the clients and 300 for the jury."""
    drawn = make_images(1300, seed=3)
    return Dataset(
        "made-up images", drawn.take(torch.arange(1000)), drawn.take(torch.arange(1000, 1300))
    )


@cache
def clients() -> Clients:
    """Clients of a small model."""
    return Clients.of(SMALL, images())


@cache
def small_round() -> Round:
    """Ten updates, the fifth of which is flipped, and the tenth noise."""
    return make_round(clients(), images().test, 10)
