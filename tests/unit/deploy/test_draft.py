"""From what a coordinator wants to the task's spec."""

from typing import Any

import pytest

from fedjury.deploy.draft import (
    SpecDraft,
    SpecFacts,
    build_spec,
    choose_limits,
    name_model,
    room_for,
)
from fedjury.errors import SpecError
from fedjury.models import mlp
from fedjury.protocol.task_spec import (
    FederatedSpec,
    LabelsSpec,
    RuleSpec,
    SliceSpec,
    UpdateLimits,
    VerificationSpec,
)
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag
from fedjury.task.state import weights_of
from tests.support.fake_federation import MODEL


def draft(**changes: Any) -> SpecDraft:
    wanted: dict[str, Any] = {
        "name": "tiny",
        "model": name_model(MODEL, {}),
        "lam": 0.5,
        "rule": RuleSpec(),
        "training": {"epochs": 2},
    }
    return SpecDraft(**{**wanted, **changes})


def facts(**changes: Any) -> SpecFacts:
    known: dict[str, Any] = {
        "federated": FederatedSpec(names=["weight"]),
        "genesis_bytes": 100,
        "labels": LabelsSpec(classes=3),
        "limits": UpdateLimits(max_bytes=5000),
        "verification": VerificationSpec(slices=[SliceSpec(samples=6, commitment="0x" + "1" * 64)]),
    }
    return SpecFacts(**{**known, **changes})


def test_the_spec_says_what_is_wanted_and_what_is_known() -> None:
    spec = build_spec(draft(output="logits"), facts())
    assert (spec.lam, spec.training.epochs, spec.output) == (0.5, 2, "logits")
    assert spec.federated.names == ["weight"]
    assert (spec.genesis_bytes, spec.labels.classes, spec.update.max_bytes) == (100, 3, 5000)
    assert spec.verification == facts().verification


@pytest.mark.parametrize("wanted", [None, 5000])
def test_updates_may_be_as_large_as_the_model_needs_unless_a_limit_is_given(
    wanted: int | None,
) -> None:
    weights = weights_of(mlp(4, 4, 4))
    limits = choose_limits(draft(max_update_bytes=wanted), weights, 1.0)
    assert limits.max_bytes == (wanted or room_for(weights))


@pytest.mark.parametrize(
    ("largest", "wanted", "limit"),
    [
        (0.0, None, 1e3),
        (0.5, None, 1e3),
        (10.0, None, 1e3),
        (10.1, None, 1e4),
        (3e5, None, 1e8),
        (3e5, 7.5, 7.5),
    ],
)
def test_weights_may_grow_a_hundredfold_unless_a_limit_is_given(
    largest: float, wanted: float | None, limit: float
) -> None:
    chosen = choose_limits(draft(max_magnitude=wanted), weights_of(mlp(4, 4, 4)), largest)
    assert chosen.max_magnitude == limit


@pytest.mark.parametrize(
    ("changes", "option"),
    [({"max_update_bytes": 0}, "--max-update-bytes"), ({"max_magnitude": 0.0}, "--max-magnitude")],
)
def test_limits_that_let_nothing_through_are_a_spec_error(
    changes: dict[str, Any], option: str
) -> None:
    words = f"^these options make no valid task: {option}: Input should be greater than 0$"
    with pytest.raises(SpecError, match=words):
        choose_limits(draft(**changes), weights_of(mlp(4, 4, 4)), 1.0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lam": 1.0}, "--lambda: Input should be less than 1"),
        ({"name": ""}, "--name: String should have"),
        ({"output": ""}, "--model-output: String should have"),
        ({"training": {"epochs": 0}}, "--epochs: Input should be greater than 0"),
        ({"training": {"learning_rate": 0.0}}, "--learning-rate: Input should be greater than 0"),
        ({"training": {"batch_size": 0}}, "--batch-size: Input should be greater than 0"),
        ({"training": {"optimizer": "lion"}}, "--optimizer: Input should be 'adam' or 'sgd'"),
        ({"training": {"momentum": 1}}, "momentum"),
        ({"rule": RuleSpec(name="krum")}, "unknown rule"),
    ],
)
def test_what_makes_no_task_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        build_spec(draft(**changes), facts())


@pytest.mark.parametrize("name", ["mine.nets", "mine/nets.py:mlp", "not a name", "", ":", "a:b.c"])
def test_a_name_that_no_callable_has_makes_no_task(name: str) -> None:
    words = f"--model takes module:callable, as hospital.nets:resnet, not {name!r}"
    with pytest.raises(SpecError) as refused:
        name_model(name, {})
    assert str(refused.value) == words


def test_the_default_limit_has_room_for_the_longest_tag() -> None:
    weights = weights_of(mlp(4, 4, 4))
    tag = UpdateTag(f"eip155:{2**64}:0x{'f' * 40}", 2**32 - 1, f"0x{'f' * 40}")
    assert len(encode_update(weights, tag)) < room_for(weights)


@pytest.mark.parametrize(
    "changes",
    [
        {"lam": 1.0},
        {"lam": float("nan")},
        {"rule": RuleSpec(name="krum")},
        {"training": {"epochs": 0}},
        {"training": {"optimizer": "lion"}},
        {"name": ""},
    ],
)
def test_options_that_make_no_task_are_a_spec_error(changes: dict[str, Any]) -> None:
    build_spec(draft(), facts())
    with pytest.raises(SpecError):
        build_spec(draft(**changes), facts())


def test_parameters_that_the_rule_does_not_take_are_a_spec_error() -> None:
    def build(**parameters: Any) -> None:
        rule = RuleSpec(name="trimmed-mean", parameters=parameters)
        build_spec(draft(rule=rule), facts())

    build(trim=0.1)
    for wrong in ({"trim": 0.5}, {"cut": 0.1}):
        with pytest.raises(SpecError, match="trim"):
            build(**wrong)
