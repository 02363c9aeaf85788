"""What an attack is: from what the adversary knows in a round to the updates it submits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors


@dataclass(frozen=True)
class Colluder:
    """One client under the adversary's control, in one round.

    Attributes:
        index: of the client among all of the task, from 0.
        shard: its own samples.
        seed: of this client and round.
        train: local training from the global model on any samples, as the spec asks.
    """

    index: int
    shard: Samples
    seed: int
    train: Callable[[Samples], Tensors]


@dataclass(frozen=True)
class AttackContext:
    """What the adversary knows in one round.

    Attributes:
        round_number: from 1.
        current: the global model w.
        classes: number of labels.
        colluders: whom it controls in this round, at least one.
        honest: honest updates of this round in order of the clients' index; none if it cannot see
            them.
        earlier: honest updates of the round before; none in the first.
        accepts: the task's public rule on the adversary's own data in place of the jury's secret
            set: all updates of a round to which of them would be accepted; None where not known.
        loss: mean cross-entropy of a model on the adversary's own data; None where not known.
    """

    round_number: int
    current: Tensors
    classes: int
    colluders: Sequence[Colluder]
    honest: Sequence[Tensors] = ()
    earlier: Sequence[Tensors] = ()
    accepts: Callable[[Sequence[Tensors]], Sequence[bool]] | None = None
    loss: Callable[[Tensors], float] | None = None


# One update for each colluder, in their order.
Attack = Callable[[AttackContext], list[Tensors]]


def honest_updates(context: AttackContext) -> list[Tensors]:
    """The honest updates that the adversary sees; if none, what its own clients would submit.

    Baruch et al. 2019: an adversary that sees nobody estimates the honest updates from the data
    of the clients it controls.
    """
    if context.honest:
        return list(context.honest)
    return [colluder.train(colluder.shard) for colluder in context.colluders]
