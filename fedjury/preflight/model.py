"""Whether the task's model can be built here, and judges by the reference."""

from collections.abc import Iterator

import torch

from fedjury.data.verification import VerificationSet
from fedjury.errors import ModelError
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.preflight.subject import Role
from fedjury.protocol.tensors import Tensors
from fedjury.task.opened import OpenedTask

BUILT, JUDGES = "model", "judging"
SAMPLES = 256
"""Samples on which both ways of evaluating are held against each other; the reference is slow."""


def check_model(bench: Bench) -> Iterator[Finding]:
    """The spec's model is trusted here and can be built, with the state of the first model."""
    _require_use(bench)
    bench.spec.need()
    try:
        task = bench.opened.get()
    except ModelError as error:
        yield problem(BUILT, str(error), "install what it needs; read it, then say --allow-model")
        return
    yield ok(BUILT, f"{task.spec.model.callable} is built, with the task's first state")


def check_judging(bench: Bench) -> Iterator[Finding]:
    """The current model gets the same answers by the quick way as by the reference."""
    _require_use(bench)
    task, weights, slices = bench.opened.need(), bench.weights.need(), bench.slices.need()
    seen = bench.overview.need()
    verification = slices.get(slices.number_for(seen.round.number))
    if verification is None:
        raise CannotCheck("the samples of this round are not here")
    some = _some(verification)
    try:
        undefined = Evaluator(task.model, some, alone=True).undefined
        if undefined is not None:
            yield _without_reference(undefined, seen.jury.size)
            return
        yield _both_ways(task, some, weights)
    except ModelError as error:
        yield problem(JUDGES, str(error), "have the model's maker look at it")


def _require_use(bench: Bench) -> None:
    if bench.subject.role is Role.AUDITOR and not bench.subject.own.verification:
        raise CannotCheck("no samples were named, and an audit without them runs no model")


def _without_reference(operation: str, jurors: int) -> Finding:
    found = f"the reference does not define {operation}, which the model does"
    if jurors > 1:
        remedy = "change the model: jurors of several cannot be sure to find the same"
        return problem(JUDGES, f"{found}, and {jurors} jurors judge", remedy)
    return warning(JUDGES, found, "keep the jury at one juror, or change the model")


def _both_ways(task: OpenedTask, some: VerificationSet, weights: Tensors) -> Finding:
    quick = Evaluator(task.model, some).correct_mask(weights)
    reference = Evaluator(task.model, some, by_reference=True).correct_mask(weights)
    if not torch.equal(quick, reference):
        differing = int((quick != reference).sum())
        found = f"on {differing} of {len(quick)} labels the quick way finds another answer"
        return problem(JUDGES, found, "do not judge on this machine, and report it as a bug")
    return ok(JUDGES, f"quick way and reference agree on {len(quick)} labels of this round's slice")


def _some(verification: VerificationSet) -> VerificationSet:
    """The first samples of a slice."""
    count = min(SAMPLES, len(verification.samples))
    return VerificationSet(verification.samples.take(torch.arange(count)), verification.salt)
