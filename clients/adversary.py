"""One adversary and the clients that it controls, in one process with the honest ones it watches.

Within a round the honest clients act first, in order of their index, then the controlled ones: the
attack is computed once, when the first controlled client is asked, on the honest updates seen by
then. A run with a chain and one without keep the same order and so give the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import nn

from fedjury.clients.attacks.base import Attack, AttackContext, Colluder
from fedjury.clients.local_state import LocalStates, StatesInMemory
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.training import Trainer, mean_loss
from fedjury.data import Samples
from fedjury.data.dataset import join
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors

# Of its own data the adversary estimates a loss on this many samples at most.
_LOSS_SAMPLES = 2000

# (global model, all updates, round number) to which of them the task's rule would accept
Accepts = Callable[[Tensors, Sequence[Tensors], int], Sequence[bool]]


@dataclass
class _Round:
    """A round's updates, by client index."""

    honest: dict[int, Tensors] = field(default_factory=dict)
    poisoned: dict[int, Tensors] = field(default_factory=dict)


class Adversary:
    """Makes a trainer for each client, honest in some rounds and controlled in others.

    Args:
        attack: what the adversary does.
        classes: number of labels.
        members: round number to the indexes of the clients under control in it.
        shards: of all clients.
        model: the spec's module with the task's state, shared by all; it is not changed.
        training: the spec's settings.
        seeds: of all clients.
        accepts: the task's rule on the adversary's own data; None where it does not know it.
        states: what each client keeps to itself from round to round; None for nothing.
    """

    def __init__(
        self,
        attack: Attack,
        classes: int,
        members: Callable[[int], Sequence[int]],
        shards: Sequence[Samples],
        model: nn.Module,
        training: TrainingSpec,
        seeds: Sequence[int],
        accepts: Accepts | None = None,
        states: Sequence[LocalStates] | None = None,
    ) -> None:
        self._attack, self._classes, self._members = attack, classes, members
        self._model, self._accepts = model, accepts
        states = [StatesInMemory() for _ in shards] if states is None else states
        self._locals = [
            LocalTrainer(model, shard, training, seed, kept)
            for shard, seed, kept in zip(shards, seeds, states, strict=True)
        ]
        self._rounds: dict[int, _Round] = {}

    def trainer(self, index: int) -> Trainer:
        """What the client of this index does with a round's global model."""
        return partial(self._act, index)

    def _controls(self, index: int, round_number: int) -> bool:
        """Whether the adversary has this client in this round."""
        return index in self._members(round_number)

    def _watch(self, index: int, round_number: int, update: Tensors) -> None:
        """See the update of an honest client."""
        self._round(round_number).honest[index] = update

    def _act(self, index: int, round_number: int, weights: Tensors) -> Tensors:
        if self._controls(index, round_number):
            return self._poisoned(round_number, weights)[index]
        update = self._locals[index](round_number, weights)
        self._watch(index, round_number, update)
        return update

    def _poisoned(self, round_number: int, weights: Tensors) -> dict[int, Tensors]:
        poisoned = self._round(round_number).poisoned
        if not poisoned:
            context = self._context(round_number, weights)
            updates = self._attack(context)
            indexes = (colluder.index for colluder in context.colluders)
            poisoned.update(zip(indexes, updates, strict=True))
        return poisoned

    def _context(self, round_number: int, weights: Tensors) -> AttackContext:
        indexes = sorted(self._members(round_number))
        return AttackContext(
            round_number=round_number,
            current=weights,
            classes=self._classes,
            colluders=[self._colluder(index, round_number, weights) for index in indexes],
            honest=self._honest(round_number),
            earlier=self._honest(round_number - 1),
            accepts=self._judging(round_number, weights),
            loss=self._loss(indexes),
        )

    def _colluder(self, index: int, round_number: int, weights: Tensors) -> Colluder:
        local = self._locals[index]

        def train(samples: Samples) -> Tensors:
            return local.train_on(samples, round_number, weights)

        return Colluder(index, local.shard, local.seed_of(round_number), train)

    def _judging(
        self, round_number: int, weights: Tensors
    ) -> Callable[[Sequence[Tensors]], Sequence[bool]] | None:
        accepts = self._accepts
        if accepts is None:
            return None
        return lambda updates: accepts(weights, updates, round_number)

    def _loss(self, indexes: Sequence[int]) -> Callable[[Tensors], float]:
        """Loss on the controlled clients' samples, as many of each."""
        shards = [self._locals[index].shard for index in indexes]
        share = max(1, _LOSS_SAMPLES // len(shards))

        def loss(weights: Tensors) -> float:
            known = join([shard.take(torch.arange(min(share, len(shard)))) for shard in shards])
            return mean_loss(self._model, weights, known)

        return loss

    def _honest(self, round_number: int) -> list[Tensors]:
        seen = self._rounds.get(round_number, _Round()).honest
        return [seen[index] for index in sorted(seen)]

    def _round(self, round_number: int) -> _Round:
        """What is known of a round; all but this and the one before are forgotten."""
        for old in [number for number in self._rounds if number < round_number - 1]:
            del self._rounds[old]
        return self._rounds.setdefault(round_number, _Round())
