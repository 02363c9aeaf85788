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
from fedjury.deploy.terms import public_terms
from fedjury.errors import DataError, ModelError, SpecError, TransactionReverted
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import CallableSpec, RuleSpec, TaskSpec
from fedjury.protocol.tensors import decode, encode
from fedjury.task.creation import Members
from fedjury.task.models import build_trusted_model, initial_weights
from tests.support.fake_federation import MODEL, dataset, spec, verification
from tests.support.plans import round_limits, screened_plan

DRAFT = SpecDraft("tiny", name_model(MODEL, {}), 0.5, RuleSpec(), {}, genesis_seed=4)
SOURCE = DataSource("tiny", "iid", 7)
TERMS = public_terms(verification())


def members(clients: int, jurors: int = 1) -> Members:
    """So many of both, all of whom sign."""
    jury = [f"0x{number:040x}" for number in range(1, jurors + 1)]
    return Members(
        jury, jurors, Roster.of(f"0x{number:040x}" for number in range(200, 200 + clients))
    )


def test_the_same_input_gives_the_same_plan() -> None:
    wanted = DeployOptions(DRAFT, round_limits(), members(1), SOURCE, 4)
    one, other = (plan_deployment(wanted, TERMS, dataset()) for _ in range(2))
    assert one.task.files == other.task.files
    assert (one.limits, one.members, one.data) == (wanted.limits, wanted.members, SOURCE)
    assert one.confirmations == 4
    assert one.task.spec.verification == TERMS


def test_the_first_model_is_the_first_seeds_draw_where_nobody_screens_it() -> None:
    draft = replace(DRAFT, genesis_seed=6)
    plan = plan_task(draft, TERMS, dataset())
    assert plan.genesis_seed == 6
    assert encode(plan.genesis) == encode(initial_weights(DRAFT.model, 6))
    screened = screened_plan(draft, verification(), dataset())
    assert screened.genesis_seed == 10  # those before are worse than a constant answer
    assert screened.spec == plan.spec


def test_the_first_model_is_what_its_seed_gives() -> None:
    plan = screened_plan(DRAFT, verification(), dataset())
    assert plan.genesis_seed is not None
    assert plan.genesis_seed >= DRAFT.genesis_seed
    assert encode(plan.genesis) == encode(initial_weights(DRAFT.model, plan.genesis_seed))


def test_files_follow_from_spec_and_first_model() -> None:
    weights = initial_weights(DRAFT.model, 1)
    plan = TaskPlan(spec(), weights, {}, 1)
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
    plan = screened_plan(DRAFT, verification(), dataset())
    assert plan.genesis_seed is not None
    assert seeds == list(range(DRAFT.genesis_seed, plan.genesis_seed + 1))


def test_a_model_that_is_not_defined_everywhere_is_for_a_jury_of_one() -> None:
    draft = SpecDraft("tiny", name_model("tests.support.plugins:spectral", {}), 0.5, RuleSpec(), {})

    def plan(jurors: int) -> DeployPlan:
        options = DeployOptions(draft, round_limits(), members(1, jurors), SOURCE)
        return plan_deployment(options, TERMS, dataset())

    assert len(plan(1).members.jurors) == 1
    with pytest.raises(ModelError, match=r"spectral' does aten::_?fft.* a jury of one can judge"):
        plan(2)


def test_options_that_make_no_task_are_refused_before_it_is_planned() -> None:
    draft = SpecDraft("tiny", name_model(MODEL, {}), 1.0, RuleSpec(), {})
    with pytest.raises(SpecError, match="lambda"):
        plan_task(draft, TERMS, dataset())


def test_shards_that_the_data_cannot_give_are_the_clients_own_to_bring() -> None:
    options = DeployOptions(DRAFT, round_limits(1, 7), members(7), SOURCE)
    notes = plan_deployment(options, TERMS, dataset()).notes
    words = "6 training samples cannot be split among 7 clients, 1 or more for each; so clients "
    assert any(note.startswith(words) for note in notes)
    fewer = DeployOptions(DRAFT, round_limits(1, 6), members(6), SOURCE)
    assert not any(
        "cannot be split" in note for note in plan_deployment(fewer, TERMS, dataset()).notes
    )


def test_a_way_to_share_that_there_is_not_is_refused() -> None:
    options = DeployOptions(DRAFT, round_limits(), members(2), replace(SOURCE, partition="by hand"))
    with pytest.raises(DataError, match="unknown partition 'by hand'"):
        plan_deployment(options, TERMS, dataset())


def test_what_the_contract_would_refuse_is_refused_first() -> None:
    options = DeployOptions(DRAFT, round_limits(3, 2), members(2), SOURCE)
    with pytest.raises(TransactionReverted, match="but it takes at most 2"):
        plan_deployment(options, TERMS, dataset())


def test_notes_on_the_terms_follow_those_on_the_model() -> None:
    draft = replace(DRAFT, model=name_model("tests.support.plugins:spectral", {}))
    options = DeployOptions(draft, round_limits(3, 3), members(2), SOURCE)
    told = plan_deployment(options, TERMS, dataset()).notes
    words = [
        "the reference evaluation does not define",
        "a slice of 6",
        "the roster has 2 of the 3",
    ]
    assert len(told) == len(words)
    assert all(word in note for word, note in zip(words, told, strict=True))


def test_more_logits_than_classes_are_told() -> None:
    samples = Samples(torch.eye(3), torch.arange(3) % 2)
    plan = plan_task(DRAFT, TERMS, Dataset("two", samples, samples))
    assert plan.notes == [
        f"'{MODEL}' gives 3 logits for 2 classes; if these are not its logits, say by "
        "--model-output which are"
    ]
    assert plan_task(DRAFT, TERMS, dataset()).notes == []


def test_an_operation_without_a_definition_is_told_once() -> None:
    draft = replace(DRAFT, model=name_model("tests.support.plugins:spectral", {}))
    (note,) = plan_task(draft, TERMS, dataset()).notes
    assert re.search(r"spectral' does aten::_?fft.* of the one juror's machine", note)
