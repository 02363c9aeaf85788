"""The model: trusted, built, and judged by the reference."""

from pathlib import Path

import pytest
import torch

from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.preflight.finding import CannotCheck, Finding, Outcome
from fedjury.preflight.model import check_judging, check_model
from fedjury.preflight.subject import Role
from fedjury.protocol.tensors import Tensors
from tests.support.checked_role import CheckedRole
from tests.support.fake_federation import JUROR, OTHER_JUROR


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    return CheckedRole.of(Role.JUROR, tmp_path)


def undefined(role: CheckedRole, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """What is found of a model with an operation that has no reference."""
    monkeypatch.setattr(Evaluator, "undefined", "aten::fft_fft")
    (found,) = role.found(check_judging)
    return found


def test_a_trusted_model_is_built(role: CheckedRole) -> None:
    assert role.one(check_model) == (
        Outcome.OK,
        "tests.support.plugins:linear is built, with the task's first state",
    )


def test_a_model_that_nobody_here_trusts_is_a_problem(role: CheckedRole) -> None:
    role.has(allowed_models=frozenset())
    outcome, found = role.one(check_model)
    assert outcome is Outcome.PROBLEM
    assert "tests.support.plugins:linear" in found
    with pytest.raises(CannotCheck, match="without the task's model"):
        role.found(check_judging)


def test_both_ways_agree(role: CheckedRole) -> None:
    assert role.one(check_judging) == (
        Outcome.OK,
        "quick way and reference agree on 6 labels of this round's slice",
    )


def test_what_is_found_tells_no_counts(role: CheckedRole) -> None:
    """All counts of these weights are 0: a count would show as one."""
    assert "0" not in role.one(check_judging)[1]


def test_ways_that_differ_are_a_problem(role: CheckedRole, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Evaluator.correct_mask

    def wrong(self: Evaluator, weights: Tensors) -> torch.Tensor:
        mask = real(self, weights)
        if not self.by_reference:
            mask[:2] = ~mask[:2]
        return mask

    monkeypatch.setattr(Evaluator, "correct_mask", wrong)
    assert role.one(check_judging) == (
        Outcome.PROBLEM,
        "on 2 of 6 labels the quick way finds another answer",
    )


def test_an_undefined_operation_is_a_problem_where_several_judge(
    role: CheckedRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert undefined(role, monkeypatch).outcome is Outcome.WARNING
    role.federation.contract.seat([JUROR, OTHER_JUROR], 2)
    found = undefined(role, monkeypatch)
    assert found.outcome is Outcome.PROBLEM
    assert "aten::fft_fft" in found.found
    assert "2 jurors judge" in found.found


def test_without_the_rounds_samples_nothing_is_known(role: CheckedRole, tmp_path: Path) -> None:
    for each in (tmp_path / "slices").iterdir():
        each.unlink()
    with pytest.raises(CannotCheck, match="without the jury's samples"):
        role.found(check_judging)


def test_an_audit_without_samples_runs_no_model(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.AUDITOR, tmp_path)
    role.has(verification=())
    for check in (check_model, check_judging):
        with pytest.raises(CannotCheck, match="runs no model"):
            role.found(check)
