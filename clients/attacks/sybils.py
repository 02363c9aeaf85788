"""Sybils: many clients that are one."""

from fedjury.clients.attacks.base import Attack, AttackContext
from fedjury.clients.attacks.labels import flip_labels
from fedjury.clients.attacks.vectors import flatten, submit_all
from fedjury.protocol.tensors import Tensors


def sybils() -> Attack:
    """All colluders submit one update, the first's trained on labels y → C − 1 − y.

    Fung et al. 2018 (FoolsGold): sybils share a poisoned dataset and an aim.
    Each adds noise too small to matter, so that the jury sees no duplicates.
    """
    return _sybils


def _sybils(context: AttackContext) -> list[Tensors]:
    first = context.colluders[0]
    trained = first.train(flip_labels(first.shard, context.classes))
    return submit_all(flatten(trained), context)
