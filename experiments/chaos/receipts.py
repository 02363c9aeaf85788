"""The receipts that a relay gave, as seen by whoever stands before it."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from experiments.chaos.accomplices.messages import Answer, Request
from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.protocol.digest import Digest
from fedjury.task.batches import RoundUpdate
from fedjury.task.history import RoundHistory

_OK = 200


@dataclass(frozen=True)
class Given:
    """One receipt: of whom, for which round and which file.

    Attributes:
        parent: the model that the round started from, as the update was signed for it.
    """

    round: int
    client: str
    digest: Digest
    parent: Digest


@dataclass
class Receipts:
    """All that the relay gave, whether or not whoever asked got the answer.

    Attributes:
        given: each once.
    """

    given: set[Given] = field(default_factory=set)

    def witness(self, request: Request, answer: Answer | None) -> None:
        """Look at a request to the relay and at its answer."""
        if answer is None or answer.status != _OK or not request.path.startswith("/updates"):
            return
        with suppress(ValueError, KeyError, TypeError):
            self.given.add(_given(json.loads(answer.body)["receipt"]))

    def lost(self, history: RoundHistory, updates: Sequence[RoundUpdate]) -> list[Given]:
        """Receipts for a round that is over whose client has no update in it.

        A client that falls back submits the same file alone, which counts as well. A receipt for
        another model than the round's is void: a reorganization took back the round it was for.

        Args:
            history: of the round.
            updates: that stand in it, those of its batches included.
        """
        there = {(each.client.lower(), each.digest) for each in updates}
        there |= {
            (each.client.lower(), each.digest)
            for each in history.submissions
            if isinstance(each, UpdateSubmitted)
        }
        return [
            each
            for each in sorted(self.given, key=lambda given: (given.round, given.client))
            if each.round == history.number
            and each.parent == history.opened.model_digest
            and (each.client.lower(), each.digest) not in there
        ]


def _given(receipt: dict[str, object]) -> Given:
    digest, parent = (
        Digest(bytes.fromhex(str(receipt[name])[2:])) for name in ("digest", "parent_model")
    )
    return Given(int(str(receipt["round"])), str(receipt["client"]), digest, parent)
