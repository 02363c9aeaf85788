"""What a round came to, whether it was run in this process or on a chain."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.verdicts import Verdict


@dataclass(frozen=True)
class RoundOutcome:
    """One round of a scenario.

    No count stands on a chain, so those of a live round are what its jury tells.

    Attributes:
        number: of the round, from 1.
        current: the model before the round.
        model: the model after it.
        digest: of the file of the model after the round.
        baseline_correct: verification samples that the model before the round gets right, or the
            best constant answer where that is more.
        model_correct: verification samples that the model after the round gets right.
        updates: the submitted updates by client index, in the order of submission.
        verdicts: the jury's verdicts by client index.
        grounds: what each rests on, as the round's record says it.
        training_seconds: that the clients took together.
        judging_seconds: that the jurors took together.
        signers: indexes of the jurors who signed its report, ascending; nobody signs where there is
            no chain.
    """

    number: int
    current: Tensors
    model: Tensors
    digest: Digest
    baseline_correct: int
    model_correct: int
    updates: Mapping[int, Tensors]
    verdicts: Mapping[int, Verdict]
    grounds: Mapping[int, Grounds]
    training_seconds: float
    judging_seconds: float
    signers: tuple[int, ...] = ()
