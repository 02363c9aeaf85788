"""What is found of a case, as digests that fit into a file."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import nullcontext

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.protocol.tensors import Tensors
from tests.support.equality.case import Case
from tests.support.equality.kinds import default_type

# The salt of a verification set must not matter, so it is no part of a case.
_SALT = bytes(32)
Found = dict[str, int | str]


def evaluator_of(case: Case, batch_size: int, by_reference: bool) -> Evaluator:
    """An evaluator of a case's model on its samples.

    Args:
        case: the model and the samples.
        batch_size: samples at a time; 0 is all of them.
        by_reference: whether nothing but the definition itself is used.
    """
    verification = VerificationSet(case.samples, _SALT)
    size = batch_size or len(case.samples)
    return Evaluator(case.build(), verification, size, by_reference)


def evaluate(case: Case, evaluator: Evaluator) -> Found:
    """What the evaluator says: right answers, loss, and a digest of both sample by sample."""
    correct, losses = evaluator.correct_mask(case.weights), evaluator.losses(case.weights)
    return {
        "correct": evaluator.correct(case.weights),
        "loss": evaluator.loss(case.weights),
        "each": digest_of({"correct": correct.int().tolist(), "losses": losses.tolist()}),
    }


def define(case: Case, evaluator: Evaluator) -> Found:
    """A digest of the logits' bits by the definition, in which one NaN is as good as another."""
    logits = reference_logits(evaluator.model.eval(), case.weights, case.samples.x)
    bits = logits.masked_fill(logits.isnan(), float("nan")).numpy().astype("<f8").tobytes()
    return {"bits": hashlib.sha256(bits).hexdigest()}


def compute(case: Case, batch_size: int, dtype: torch.dtype) -> Found:
    """What a plain forward pass says, in which nothing is done about rounding.

    Args:
        case: the model, its weights and the samples.
        batch_size: samples at a time; 0 is all of them.
        dtype: of weights and inputs.
    """
    model, weights = case.build().to(dtype), {n: t.to(dtype) for n, t in case.weights.items()}
    doubled = default_type(dtype) if dtype is torch.float64 else nullcontext()
    try:
        with torch.no_grad(), doubled:
            logits = _logits(model, weights, case.samples.x.to(dtype), batch_size)
    except RuntimeError as error:  # types that do not go together
        return {"error": str(error)}
    right = logits.argmax(dim=1) == case.samples.y
    return {
        "correct": int(right.sum()),
        "each": digest_of(right.int().tolist()),
        "losses": digest_of(_losses(logits, case.samples.y).tolist()),
        "logits": hashlib.sha256(logits.double().numpy().astype("<f8").tobytes()).hexdigest(),
    }


def _logits(model: nn.Module, weights: Tensors, x: torch.Tensor, batch_size: int) -> torch.Tensor:
    batches = torch.split(x, batch_size or len(x))
    return torch.cat([functional_call(model, weights, (batch,)) for batch in batches])


def _losses(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross entropy in whole units, computed as anybody would: int64 (n,)."""
    nats = cross_entropy(logits, y, reduction="none").nan_to_num(nan=LOSS_CAP)
    return (nats.clamp(0, LOSS_CAP) * LOSS_UNITS).to(torch.int64)


def digest_of(value: object) -> str:
    """sha256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def differing(found: Mapping[str, Found], other: Mapping[str, Found], what: str) -> list[str]:
    """Names of the cases of which the two say something else, or only one says anything."""
    names = sorted(found.keys() | other.keys())
    return [n for n in names if found.get(n, {}).get(what) != other.get(n, {}).get(what)]
