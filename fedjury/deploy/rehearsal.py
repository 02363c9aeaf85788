"""Having one honest update judged before a task is deployed, file and all."""

import torch

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.deploy.raising import raising
from fedjury.errors import ModelError, SpecError
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Candidate, Terms, judge
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors, shapes_of
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag, task_name

_SEVERAL = 3
# As long as any task's, round's and client's names.
_TAG = UpdateTag(task_name(2**64 - 1, f"0x{'f' * 40}"), 2**32 - 1, f"0x{'f' * 40}")


def rehearse(
    model: torch.nn.Module, genesis: Tensors, update: Tensors, spec: TaskSpec, samples: Samples
) -> None:
    """Have an honest update judged on a few samples.

    Args:
        model: with the state that the task begins with.
        genesis: the first model's weights.
        update: trained from such weights, float32.
        spec: of the task.
        samples: a few of them are taken.

    Raises:
        SpecError: the update is larger than the spec allows.
        ModelError: the update is not well-formed, or the model raises.
    """
    name, some = spec.model.callable, samples.take(torch.arange(min(_SEVERAL, len(samples))))
    data = encode_update(update, _TAG)
    if len(data) > spec.update.max_bytes:
        raise SpecError(
            f"an update of {name!r} has {len(data):,} bytes: --max-update-bytes "
            f"{spec.update.max_bytes:,} is too few"
        )
    with raising(name, "when an update is judged"):
        evaluator = Evaluator(model, VerificationSet(some, bytes(32)), alone=True)
        terms = Terms.of(spec, shapes_of(genesis))
        judgement = judge(genesis, [Candidate(_TAG, lambda: data)], terms, evaluator)
    if not judgement.verdicts[0].code.evaluated:
        raise ModelError(f"an honest update of {name!r} would be refused: {judgement.reasons[0]}")
