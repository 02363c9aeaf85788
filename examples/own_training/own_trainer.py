"""A training loop of one's own, on a GPU where there is one.

cd examples/own_training
fedjury client --trainer own_trainer:train --keystore …
"""

import torch
from torch import nn

from fedjury.clients.training_job import TrainingJob
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors

# PyTorch's own word for a label that does not count, where the task names none.
_NO_LABEL = -100


def train(weights: Tensors, samples: Samples, job: TrainingJob) -> tuple[Tensors, dict[str, str]]:
    """AdamW with a falling learning rate, as many epochs and as large batches as the task asks."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    x, y = samples.x.to(device), samples.y.to(device)
    padding = _NO_LABEL if samples.padding is None else samples.padding
    loss = nn.CrossEntropyLoss(ignore_index=padding)
    model = job.model().to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=job.training.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, job.training.epochs)
    for _ in range(job.training.epochs):
        order = torch.randperm(len(y), device=device)
        for batch in torch.split(order, job.training.batch_size):
            optimizer.zero_grad()
            logits = model(x[batch]).flatten(end_dim=-2)
            loss(logits, y[batch].flatten()).backward()
            optimizer.step()
        schedule.step()
    return job.weights_of(model), {"trained-on": device}
