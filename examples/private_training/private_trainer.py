"""Differentially private training (DP-SGD, Abadi et al. 2016) with opacus, as a client's trainer.

cd examples/private_training
fedjury client --trainer private_trainer:train --keystore …

Each sample's gradient is clipped, and Gaussian noise is added to every step. What all rounds so far
have spent, by opacus's accountant, stands in the update's metadata as ``dp-epsilon`` and
``dp-delta``: the probability of whatever anybody sees of this client's updates changes by at most
a factor of exp(ε), but for δ, if one of its samples is left out.
"""

import json
import os
from pathlib import Path
from typing import Any

import torch
from opacus import PrivacyEngine
from opacus.accountants import RDPAccountant
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from fedjury.clients.training_job import TrainingJob
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors

NOISE = 1.0
"""Standard deviation of the noise of a step, in units of the largest gradient of a sample."""
CLIP = 1.0
"""The largest norm of a sample's gradient."""
LIMIT = 10.0
"""The ε that all rounds together may spend; after that the client submits no more."""
_SPENT = "spent.json"
_NO_LABEL = -100  # PyTorch's own word for a label that does not count


def train(weights: Tensors, samples: Samples, job: TrainingJob) -> tuple[Tensors, dict[str, str]]:
    """Train for a round, unless that would spend more than the limit.

    Raises:
        RuntimeError: the budget is spent, a tensor of the model cannot be trained privately, or
            the file with what was spent is damaged.
    """
    torch.seed()  # from the system: noise that follows from the job's seed would protect nobody
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = _trainable(job).to(device).train()
    engine = PrivacyEngine(accountant="rdp")
    engine.accountant.history = _read(job.directory / _SPENT)
    private, optimizer, batches = engine.make_private(
        module=model,
        optimizer=_optimizer(model, job),
        data_loader=_batches(samples, job),
        noise_multiplier=NOISE,
        max_grad_norm=CLIP,
    )
    delta, steps = _delta(samples), len(batches) * job.training.epochs
    _require_within_limit(engine.accountant, 1 / len(batches), steps, delta)
    loss = nn.CrossEntropyLoss(
        ignore_index=_NO_LABEL if samples.padding is None else samples.padding
    )
    for _ in range(job.training.epochs):
        for x, y in batches:  # drawn one by one with the same chance, so now and then it is empty
            optimizer.zero_grad()
            logits = private(x.to(device)).flatten(end_dim=-2)
            loss(logits, y.to(device).flatten()).backward()
            optimizer.step()
    # before anybody can see the weights: what is spent must never be forgotten
    _write(job.directory / _SPENT, engine.accountant.history)
    epsilon = engine.accountant.get_epsilon(delta)
    return job.weights_of(model), {"dp-epsilon": f"{epsilon:.4g}", "dp-delta": f"{delta:.4g}"}


def _trainable(job: TrainingJob) -> nn.Module:
    """The model, of which only what is kept or submitted is trained."""
    model = job.model()
    wanted = {*job.names, *job.local}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in wanted)
    if leaking := sorted(set(job.names) - {name for name, _ in model.named_parameters()}):
        raise RuntimeError(
            f"{leaking[0]!r} is no parameter but what the model itself takes from the samples, "
            "without noise: no private training of this task"
        )
    return model


def _optimizer(model: nn.Module, job: TrainingJob) -> torch.optim.Optimizer:
    kind = torch.optim.Adam if job.training.optimizer == "adam" else torch.optim.SGD
    trained = [each for each in model.parameters() if each.requires_grad]
    return kind(trained, lr=job.training.learning_rate)


def _batches(samples: Samples, job: TrainingJob) -> DataLoader[Any]:
    size = min(job.training.batch_size, len(samples))
    return DataLoader(TensorDataset(samples.x, samples.y), batch_size=size)


def _delta(samples: Samples) -> float:
    """Far below one over the number of samples, as is usual."""
    return min(1e-5, 0.1 / len(samples))


def _require_within_limit(spent: RDPAccountant, rate: float, steps: int, delta: float) -> None:
    """Make sure that so many more steps are within the limit, each with this share of samples."""
    after = RDPAccountant()
    after.history = [*spent.history, (NOISE, rate, steps)]
    epsilon = after.get_epsilon(delta)
    if epsilon > LIMIT:
        raise RuntimeError(f"one more round would spend ε = {epsilon:.4g}, beyond {LIMIT:g}")


def _read(path: Path) -> list[tuple[float, float, int]]:
    """What earlier rounds spent: noise, share of the samples, and number of steps."""
    try:
        return [(noise, rate, steps) for noise, rate, steps in json.loads(path.read_text())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise RuntimeError(f"{path} is damaged: nobody knows what was spent") from error


def _write(path: Path, history: list[tuple[float, float, int]]) -> None:
    partial = path.with_suffix(".part")
    with partial.open("w") as file:
        json.dump(history, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
