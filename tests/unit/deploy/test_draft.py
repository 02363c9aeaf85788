"""From what a coordinator wants to the task's spec."""

from typing import Any

import pytest

from fedjury.deploy.draft import SpecDraft, build_spec, default_limits, name_model
from fedjury.errors import SpecError
from fedjury.models import mlp
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag
from fedjury.task.models import initial_weights
from fedjury.task.state import weights_of
from tests.support.fake_federation import MODEL, verification


def draft(**changes: Any) -> SpecDraft:
    wanted: dict[str, Any] = {
        "name": "tiny",
        "model": name_model(MODEL, {}),
        "lam": 0.5,
        "rule": RuleSpec(),
        "training": {"epochs": 2},
    }
    return SpecDraft(**{**wanted, **changes})


def test_the_spec_commits_to_the_verification_set() -> None:
    spec = build_spec(draft(), verification())
    assert spec.verification.samples == len(verification())
    assert spec.verification.commitment == verification().commitment()
    assert (spec.lam, spec.training.epochs) == (0.5, 2)


@pytest.mark.parametrize("wanted", [None, 5000])
def test_updates_may_be_as_large_as_the_model_needs_unless_a_limit_is_given(
    wanted: int | None,
) -> None:
    spec = build_spec(draft(max_update_bytes=wanted), verification())
    needed = default_limits(initial_weights(spec.model, 1)).max_bytes
    assert spec.update.max_bytes == (wanted or needed)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lam": 1.0}, "lambda"),
        ({"training": {"epochs": 0}}, "epochs"),
        ({"training": {"momentum": 1}}, "momentum"),
        ({"max_update_bytes": 0}, "max_bytes"),
        ({"rule": RuleSpec(name="krum")}, "unknown rule"),
    ],
)
def test_what_makes_no_task_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        build_spec(draft(**changes), verification())


def test_a_name_that_no_callable_has_makes_no_task() -> None:
    with pytest.raises(SpecError, match="callable"):
        name_model("not a name", {})


def test_the_default_limit_has_room_for_the_longest_tag() -> None:
    weights = weights_of(mlp(4, 4, 4))
    tag = UpdateTag(f"eip155:{2**64}:0x{'f' * 40}", 2**32 - 1, f"0x{'f' * 40}")
    assert len(encode_update(weights, tag)) < default_limits(weights).max_bytes


@pytest.mark.parametrize(
    "changes",
    [
        {"lam": 1.0},
        {"lam": float("nan")},
        {"rule": RuleSpec(name="krum")},
        {"training": {"epochs": 0}},
        {"training": {"optimizer": "lion"}},
        {"max_update_bytes": -1},
        {"max_update_bytes": 0},
        {"name": ""},
    ],
)
def test_options_that_make_no_task_are_a_spec_error(changes: dict[str, Any]) -> None:
    build_spec(draft(), verification())
    with pytest.raises(SpecError):
        build_spec(draft(**changes), verification())


def test_parameters_that_the_rule_does_not_take_are_a_spec_error() -> None:
    def build(**parameters: Any) -> None:
        rule = RuleSpec(name="trimmed-mean", parameters=parameters)
        build_spec(draft(rule=rule), verification())

    build(trim=0.1)
    for wrong in ({"trim": 0.5}, {"cut": 0.1}):
        with pytest.raises(SpecError, match="trim"):
            build(**wrong)
