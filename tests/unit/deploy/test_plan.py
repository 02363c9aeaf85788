"""What a deployment will be, before anything of it exists."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from fedjury.data import Dataset, Samples
from fedjury.deploy import trial
from fedjury.deploy.draft import SpecDraft, name_model
from fedjury.deploy.plan import (
    DataSource,
    DeployOptions,
    DeployPlan,
    TaskPlan,
    plan_deployment,
    plan_task,
)
from fedjury.errors import DataError, ModelError, SpecError
from fedjury.protocol.task_spec import CallableSpec, RuleSpec, TaskSpec
from fedjury.protocol.tensors import decode, encode
from fedjury.task.creation import Members, RoundLimits
from fedjury.task.models import build_trusted_model, initial_weights
from tests.support.fake_federation import MODEL, dataset, spec, verification

DRAFT = SpecDraft("tiny", name_model(MODEL, {}), 0.5, RuleSpec(), {}, genesis_seed=4)
SOURCE = DataSource("tiny", 5, "iid", 7)


def test_the_same_input_gives_the_same_plan() -> None:
    wanted = DeployOptions(
        DRAFT, RoundLimits(60, 60, 1, 2, 3), Members("0x1", ["0x2"], 1, ["0x3"]), SOURCE
    )
    one, other = (plan_deployment(wanted, verification(), dataset()) for _ in range(2))
    assert one.task.files == other.task.files
    assert (one.limits, one.members, one.data) == (wanted.limits, wanted.members, SOURCE)
    assert one.task.spec.verification.commitment == verification().commitment()


def test_the_first_model_is_what_its_seed_gives() -> None:
    plan = plan_task(DRAFT, verification(), dataset())
    assert plan.genesis_seed is not None
    assert plan.genesis_seed >= DRAFT.genesis_seed
    assert encode(plan.genesis) == encode(initial_weights(DRAFT.model, plan.genesis_seed))


def test_files_follow_from_spec_and_first_model() -> None:
    weights = initial_weights(DRAFT.model, 1)
    plan = TaskPlan(spec(), verification(), weights, {}, 1)
    assert TaskSpec.from_bytes(plan.files.spec) == spec()
    assert encode(decode(plan.files.genesis)[0]) == encode(weights)
    assert plan.files is plan.files


def test_each_seed_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def build(model: CallableSpec, seed: int | None = None, output: str | None = None) -> nn.Module:
        if seed is not None:  # and not as all others make it
            seeds.append(seed)
        return build_trusted_model(model, seed, output)

    monkeypatch.setattr(trial, "build_trusted_model", build)
    plan = plan_task(DRAFT, verification(), dataset())
    assert plan.genesis_seed is not None
    assert seeds == list(range(DRAFT.genesis_seed, plan.genesis_seed + 1))


def test_a_model_that_is_not_defined_everywhere_is_for_a_jury_of_one() -> None:
    draft = SpecDraft("tiny", name_model("tests.support.plugins:spectral", {}), 0.5, RuleSpec(), {})

    def plan(*jurors: str) -> DeployPlan:
        members = Members("0x1", list(jurors), len(jurors), ["0x3"])
        options = DeployOptions(draft, RoundLimits(60, 60, 1, 2, 3), members, SOURCE)
        return plan_deployment(options, verification(), dataset())

    assert plan("0x2").members.jurors == ["0x2"]
    with pytest.raises(ModelError, match=r"spectral' does aten::_?fft.* a jury of one can judge"):
        plan("0x2", "0x4")


def test_options_that_make_no_task_are_refused_before_it_is_planned() -> None:
    draft = SpecDraft("tiny", name_model(MODEL, {}), 1.0, RuleSpec(), {})
    with pytest.raises(SpecError, match="lambda"):
        plan_task(draft, verification(), dataset())


def test_shards_that_the_data_cannot_give_are_refused() -> None:
    members = Members("0x1", ["0x2"], 1, [f"0x{number}" for number in range(10, 17)])
    options = DeployOptions(DRAFT, RoundLimits(60, 60, 1, 7, 3), members, SOURCE)
    with pytest.raises(DataError, match="6 training samples cannot be split among 7 clients"):
        plan_deployment(options, verification(), dataset())


def test_more_logits_than_classes_are_told() -> None:
    samples = Samples(torch.eye(3), torch.arange(3) % 2)
    plan = plan_task(DRAFT, verification(), Dataset("two", samples, samples))
    assert plan.notes == [
        f"'{MODEL}' gives 3 logits for 2 classes; if these are not its logits, say by "
        "--model-output which are"
    ]
    assert plan_task(DRAFT, verification(), dataset()).notes == []


def test_an_operation_without_a_definition_is_told_once() -> None:
    draft = replace(DRAFT, model=name_model("tests.support.plugins:spectral", {}))
    (note,) = plan_task(draft, verification(), dataset()).notes
    assert re.search(r"spectral' does aten::_?fft.* of the one juror's machine", note)
