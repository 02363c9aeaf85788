"""What of the zoo's models is federated, what comes once in the genesis file, and what is told."""

import re
from functools import cache

import pytest
import torch

from fedjury.data.verification import VerificationSet
from fedjury.deploy.plan import TaskPlan
from fedjury.task.state import ModelState
from tests.support.plans import screened_plan
from tests.support.zoo.catalogue import SPECIMENS, specimen


@cache
def planned(name: str) -> TaskPlan:
    """The plan of a task of this specimen."""
    one = specimen(name)
    return screened_plan(one.draft(), VerificationSet(one.data().test, bytes(32)), one.data())


@pytest.mark.parametrize(
    ("name", "federated", "rest"),
    [
        (
            "adapters",
            "down.weight head.bias head.weight up.weight",
            "backbone.bias backbone.weight",
        ),
        ("personal_head", "body.bias body.weight", "head.bias head.weight"),
        ("tied_embeddings", "embedding.weight head.bias hidden.bias hidden.weight", ""),
        ("counter", "layer.bias layer.weight", "seen"),
        ("parameter_of_no_dimension", "extra layer.bias layer.weight scale", ""),
        ("parameter_without_elements", "extra layer.bias layer.weight scale", ""),
        ("numbers_drawn_into_a_buffer", "layer.bias layer.weight", "projection"),
        (
            "batch_norm_that_clients_keep",
            "first.bias first.weight last.bias last.weight",
            "norm.num_batches_tracked norm.running_mean norm.running_var",
        ),
        (
            "batch_norm_that_is_never_trained",
            "layer.bias layer.weight norm.bias norm.weight",
            "norm.num_batches_tracked norm.running_mean norm.running_var",
        ),
        ("compiled_by_torch_compile", "_orig_mod.layer.bias _orig_mod.layer.weight", ""),
    ],
)
def test_a_round_moves_what_is_to_be_trained_and_the_rest_comes_once(
    name: str, federated: str, rest: str
) -> None:
    plan = planned(name)
    assert plan.spec.federated.names == federated.split() == sorted(plan.genesis)
    assert sorted(plan.rest) == rest.split()


@pytest.mark.parametrize("name", ["attention_with_a_saved_mask", "attention_with_an_unsaved_mask"])
def test_a_mask_of_infinities_is_in_the_genesis_file_and_in_no_update(name: str) -> None:
    plan = planned(name)
    assert "mask" not in plan.spec.federated.names
    kept = ModelState.from_bytes(plan.files.genesis, plan.spec.federated.names).rest["mask"]
    assert torch.equal(kept.isinf(), torch.ones_like(kept).triu(1).bool())


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("bfloat16", {torch.bfloat16}),
        ("half", {torch.float16}),
        ("mixed_types", {torch.float32, torch.float64}),
    ],
)
def test_files_hold_float32_whatever_types_the_module_has(
    name: str, types: set[torch.dtype]
) -> None:
    plan = planned(name)
    assert {each.dtype for each in plan.genesis.values()} == {torch.float32}
    assert {each.dtype for each in plan.build_model().parameters()} == types


def test_the_limit_leaves_room_for_statistics_of_large_inputs() -> None:
    limits = planned("running_statistics_of_large_inputs").spec.update
    assert 1e16 < limits.max_magnitude <= 1e20
    others = [planned(each.name) for each in SPECIMENS[:3]]
    assert {each.spec.update.max_magnitude for each in others} == {1e3}


def test_lazy_layers_are_drawn_from_the_genesis_seed_whatever_was_drawn_before() -> None:
    first = planned("lazy_layers")
    planned.cache_clear()
    torch.rand(5)
    again = planned("lazy_layers")
    assert first.genesis_seed == again.genesis_seed
    assert first.files.genesis == again.files.genesis


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        (
            "raises_for_weights_that_are_zero",
            ["evaluated with all-zero weights: ValueError: weights of size 0", "trained ..."],
        ),
        (
            "raises_for_some_weights",
            [
                f"{done} with the largest {sign} weights: ValueError: weights of size 1000"
                for sign in ("positive", "negative")
                for done in ("evaluated", "trained")
            ],
        ),
        ("adapters", []),
    ],
)
def test_who_deploys_is_told_with_which_extreme_weights_a_model_raises(
    name: str, notes: list[str]
) -> None:
    found = planned(name).notes
    assert len(found) == len(notes)
    for note, wanted in zip(found, notes, strict=True):
        pattern = re.escape(wanted).replace(r"\.\.\.", ".*")
        assert re.fullmatch(f".*:{name}' raises when it is {pattern}.*", note)
