"""The audit names each thing that can differ. Every test starts from a history that passes."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import (
    ChainEvent,
    JuryAnnounced,
    RosterSet,
    RoundFinalized,
    RoundOpened,
    UpdateSubmitted,
)
from fedjury.chain.rpc.logs import Care
from fedjury.errors import DataError, ExitCode, LogsMissing, StoreUnavailable
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import VerdictCode, unpack
from tests.support.audited_story import OTHER, Story
from tests.support.fake_federation import (
    JUROR,
    account,
    verification,
    weights,
)
from tests.support.plugins import linear
from tests.unit.oracle.audit.conftest import BETTER, GOOD, USELESS


def test_an_honest_story_passes(story: Story) -> None:
    for full in (False, True):
        result = story.audit(full)
        assert result.passed, result.difference
        assert result.full is full
        first, second = result.rounds
        assert (first.state, first.updates, first.accepted) == ("finalized", 4, 2)
        assert first.depth == ("full" if full else "light")
        assert first.signers == [JUROR.address]
        assert first.notes == []
        assert (second.state, second.updates, second.depth) == ("open", 0, None)
    codes = [code.label for code in unpack(story.finalized().verdicts)]
    assert codes == ["accepted", "not-improved", "accepted", "duplicate"]


def test_several_rounds_voided_ones_among_them_pass(story: Story) -> None:
    story.federation.submit_weights(GOOD)
    story.contract.void()
    story.judge(USELESS)
    result = story.audit()
    assert result.passed, result.difference
    assert [audit.state for audit in result.rounds] == ["finalized", "voided", "finalized", "open"]


def test_a_finished_task_passes(story: Story) -> None:
    story.end()
    result = story.audit()
    assert result.passed, result.difference
    assert [audit.state for audit in result.rounds] == ["finalized"]


def test_the_report_of_a_jury_of_four_passes(tmp_path: Path) -> None:
    jury = [account(number) for number in range(1, 5)]
    story = Story(tmp_path, jury=jury, quorum=3)
    story.judge(GOOD, USELESS)
    story.falsify(*jury[:3])
    result = story.audit()
    assert result.passed, result.difference
    assert sorted(result.rounds[0].signers) == sorted(juror.address for juror in jury[:3])


def test_the_result_for_machines_names_the_difference(story: Story) -> None:
    assert story.audit().to_json()["difference"] is None
    story.falsify(accuracy=5)
    document = story.audit().to_json()
    assert document["passed"] is False
    assert document["difference"] == {
        "round": 1,
        "what": "the report says accuracy 5, the spec wants none",
    }


# --- updates with which the model raises ---

FRAGILE = {"callable": "tests.support.raising_modules:fragile"}
BETWEEN = {"callable": "tests.support.raising_modules:fragile_between"}
RAISES = VerdictCode.MODEL_RAISES
BAD = {"weight": -3 * GOOD["weight"]}


@pytest.fixture
def fragile(tmp_path: Path) -> Story:
    told = Story(tmp_path, model=FRAGILE)
    told.judge(GOOD, BAD, BAD)
    return told


def test_an_honest_story_of_a_model_that_raises_passes(fragile: Story) -> None:
    codes = unpack(fragile.finalized().verdicts)
    assert codes == [VerdictCode.ACCEPTED, RAISES, VerdictCode.DUPLICATE]
    for full in (False, True):
        result = fragile.audit(full)
        assert result.passed, result.difference
        assert result.rounds[0].notes == []


@pytest.mark.parametrize("model", [FRAGILE, {"callable": "tests.support.plugins:linear"}])
def test_that_a_model_raises_can_be_contested_with_the_samples_alone(
    tmp_path: Path, model: dict[str, str]
) -> None:
    story = Story(tmp_path, model=model)
    story.judge(GOOD, USELESS)
    story.falsify_verdict(1, RAISES, reason=12)
    assert story.audit(full=False).passed
    assert "posted is model-raises, derived is not-improved" in story.differs(full=True)


def test_an_update_with_which_the_model_raises_is_no_other_rejected_one(fragile: Story) -> None:
    fragile.falsify_verdict(1, VerdictCode.NOT_IMPROVED)
    assert fragile.audit(full=False).passed
    assert "posted is not-improved, derived is model-raises" in fragile.differs(full=True)


def test_an_update_with_which_the_model_raises_is_well_formed(fragile: Story) -> None:
    fragile.falsify_verdict(2, RAISES, reason=12)
    assert "is model-raises, but the file is duplicate" in fragile.differs()


def test_one_with_which_the_model_raises_that_is_gone_is_noted_and_leaves_no_count(
    fragile: Story,
) -> None:
    fragile.forget(fragile.digests[1])
    light, full = fragile.audit(full=False), fragile.audit()
    assert light.passed
    assert full.passed, full.difference
    assert light.rounds[0].notes == [
        "update 1 (model-raises) is gone from the store",
        "update 2 (duplicate) may be of one that is gone from the store",
    ]
    assert full.rounds[0].notes[-1] == "no verdict of this round was derived anew"


def test_what_made_the_aggregate_raise_and_is_gone_is_held_against_nobody(tmp_path: Path) -> None:
    story = Story(tmp_path, model=BETWEEN, lam=0.0)
    parts = [{"weight": BETTER["weight"].clone()} for _ in range(2)]
    parts[0]["weight"][0, 0], parts[1]["weight"][0, 0] = 0.25, 0.75
    story.judge(*parts)
    assert unpack(story.finalized().verdicts) == [RAISES, RAISES]
    assert story.audit().passed
    story.forget(story.digests[1])
    result = story.audit()
    assert result.passed, result.difference
    assert result.rounds[0].notes[-1] == "no verdict of this round was derived anew"


# --- what the events alone show ---


@pytest.mark.parametrize("place", [1, 3])
def test_nobody_is_accused_of_an_update_that_the_node_leaves_out(story: Story, place: int) -> None:
    story.drop(UpdateSubmitted, place)
    with pytest.raises(LogsMissing, match="3 events do not hash to what the contract holds"):
        story.audit()


def test_an_update_of_another_digest_is_found(story: Story) -> None:
    story.federation.change(UpdateSubmitted, digest=OTHER)
    assert "updates hash to" in story.differs()


def test_another_updates_hash_is_found(story: Story) -> None:
    story.falsify(updates_hash=b"\7" * 32)
    assert "the event says 0x0707" in story.differs()


def test_a_voided_round_tells_of_updates_by_its_hash_alone(story: Story) -> None:
    story.federation.submit_weights(GOOD)
    story.contract.void()
    story.federation.change(type(story.contract.events[-2]), updates_hash=bytes(32))
    with pytest.raises(LogsMissing, match="of round 2"):
        story.audit()


@pytest.mark.parametrize("told_from", [Care.HALVING, Care.FINEST])
@pytest.mark.parametrize(
    "kind", [UpdateSubmitted, RoundFinalized, RoundOpened, JuryAnnounced, RosterSet]
)
def test_what_a_node_tells_only_in_smaller_ranges_is_read_so(
    story: Story, kind: type[ChainEvent], told_from: Care
) -> None:
    contract = story.contract
    contract.withheld = [event for event in contract.events if isinstance(event, kind)][:1]
    contract.told_from = told_from
    assert story.audit().passed


@pytest.mark.parametrize(
    "kind", [UpdateSubmitted, RoundFinalized, RoundOpened, JuryAnnounced, RosterSet]
)
def test_of_what_a_node_never_tells_the_audit_makes_no_statement(
    story: Story, kind: type[ChainEvent]
) -> None:
    contract = story.contract
    contract.withheld = [event for event in contract.events if isinstance(event, kind)][:1]
    with pytest.raises(LogsMissing) as caught:
        story.audit()
    assert caught.value.exit_code == ExitCode.CHAIN_UNAVAILABLE


def test_a_wrong_index_is_found(story: Story) -> None:
    story.federation.change(UpdateSubmitted, index=7)
    assert "update 3 calls itself 7" in story.differs()


def test_a_client_that_submits_twice_is_found(story: Story) -> None:
    twice = story.federation.clients[0].address
    story.federation.change(UpdateSubmitted, client=twice)
    updates = [e for e in story.contract.events if isinstance(e, UpdateSubmitted)]
    story.falsify(updates_hash=updates_hash(story.round(1).opening, updates))
    assert story.differs() == f"round 1: {twice} submitted twice"


def test_a_round_that_opens_with_another_model_is_found(story: Story) -> None:
    story.reopen(OTHER)
    assert story.differs() == (
        f"round 2: opens with model {OTHER.cid}, not {story.finalized().model_digest.cid}, "
        "which stood before"
    )


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_round_of_another_length_is_found(story: Story, shift: int) -> None:
    opened = story.opening_of(2)
    story.federation.change(RoundOpened, deadline=opened.deadline + shift)
    assert story.differs() == (
        f"round 2: opens at {opened.deadline - 100} until {opened.deadline + shift}, not for 100 s"
    )


def test_a_round_after_the_last_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path, rounds=2)
    story.judge(GOOD)
    story.judge(BETTER)
    assert story.differs() == "round 3: opens, though the task has 2 rounds"


def test_a_first_round_that_does_not_open_with_the_genesis_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.reopen(OTHER)
    assert f"round 1: opens with model {OTHER.cid}, not" in story.differs()


def test_a_round_that_the_node_leaves_out_is_held_against_nobody(story: Story) -> None:
    story.contract.void()
    events = story.contract.events
    story.contract.events = [e for e in events if getattr(e, "round", 0) != 2]
    with pytest.raises(LogsMissing, match="not tell of the opening of round 2"):
        story.audit()


def test_a_contract_that_holds_another_model_is_found(story: Story) -> None:
    story.end()
    story.contract.model = OTHER
    assert story.differs() == (
        f"round 2: the contract holds model {OTHER.cid}, its events end with "
        f"{story.finalized().model_digest.cid}"
    )


# --- what the files show ---


def test_another_model_than_the_aggregate_is_found(story: Story) -> None:
    other = story.federation.store.add(encode(BETTER))
    story.falsify(model_digest=other)
    story.reopen(other)
    assert f"the model posted is {other.cid}, the aggregate of the 2" in story.differs()


def test_a_new_model_with_nothing_accepted_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(USELESS)
    other = story.federation.store.add(encode(BETTER))
    story.falsify(model_digest=other)
    assert "the aggregate of the 0 accepted updates" in story.differs()


def test_an_update_smuggled_into_the_accepted_changes_the_aggregate(story: Story) -> None:
    story.falsify_verdict(1, VerdictCode.ACCEPTED)
    assert "the aggregate of the 3 accepted updates" in story.differs()


@pytest.mark.parametrize(
    ("place", "code", "says"),
    [
        (0, VerdictCode.MALFORMED, "is malformed, but the file is well-formed"),
        (0, VerdictCode.DUPLICATE, "is duplicate, but the file is well-formed"),
        (1, VerdictCode.TOO_LARGE, "is too-large, but the file is well-formed"),
        (3, VerdictCode.NOT_IMPROVED, "is not-improved, but the file is duplicate"),
        (3, VerdictCode.NOT_FINITE, "is not-finite, but the file is duplicate"),
    ],
)
def test_a_wrong_formal_verdict_is_found(
    story: Story, place: int, code: VerdictCode, says: str
) -> None:
    story.falsify_verdict(place, code)
    assert says in story.differs()


def test_an_accepted_update_that_is_gone_is_found(story: Story) -> None:
    story.forget(story.digests[0])
    assert "is accepted, but the file is unavailable" in story.differs()


def test_what_the_jury_could_not_have_is_not_looked_for(story: Story) -> None:
    story.contract.submit(story.federation.clients[0].address, OTHER)
    story.missing = {0}
    story.finalize()
    assert story.audit().passed


def test_a_rejected_update_that_is_gone_is_noted(story: Story) -> None:
    story.forget(story.digests[3])
    light, full = story.audit(full=False), story.audit()
    assert light.passed
    assert full.passed
    assert light.rounds[0].notes == ["update 3 (duplicate) is gone from the store"]
    assert full.rounds[0].notes == light.rounds[0].notes


def test_an_update_that_is_gone_shields_no_other(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(USELESS, GOOD, USELESS)
    story.falsify_verdict(1, VerdictCode.NOT_IMPROVED, model_digest=story.parent())
    story.reopen(story.parent())
    story.forget(story.digests[2])
    assert story.audit(full=False).passed
    client = story.federation.clients[1].address
    assert story.differs(full=True) == (
        f"round 1: the verdict on update 1 of {client} posted is not-improved, derived is accepted"
    )


def test_where_verdicts_hang_together_one_that_is_gone_leaves_none_to_derive(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, rule={"name": "multi-krum"})
    story.judge(GOOD, USELESS, BETTER, USELESS)
    story.forget(story.digests[3])
    full = story.audit()
    assert full.passed
    assert full.rounds[0].notes[1:] == ["no verdict of this round was derived anew"]


def test_a_duplicate_whose_original_is_gone_is_noted(story: Story) -> None:
    story.forget(story.digests[1])
    result = story.audit()
    assert result.passed, result.difference
    assert result.rounds[0].notes[:2] == [
        "update 1 (not-improved) is gone from the store",
        "update 3 (duplicate) may be of one that is gone from the store",
    ]


def test_a_store_that_is_down_gives_no_statement(story: Story) -> None:
    story.federation.store.is_down = True
    with pytest.raises(StoreUnavailable):
        story.audit()


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_a_file_that_the_store_refuses_accuses_nobody(story: Story, index: int, full: bool) -> None:
    story.federation.store.refused = {story.digests[index]}
    with pytest.raises(StoreUnavailable, match="503"):
        story.audit(full=full)


@pytest.mark.parametrize("full", [True, False])
def test_a_model_that_the_store_refuses_accuses_nobody(story: Story, full: bool) -> None:
    story.federation.task = replace(story.federation.task)  # as it is opened anew
    story.federation.store.refused = {story.federation.task.config.genesis_digest}
    with pytest.raises(StoreUnavailable, match="503"):
        story.audit(full=full)


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_a_file_that_is_missing_for_a_moment_accuses_nobody(
    story: Story, index: int, full: bool
) -> None:
    story.federation.store.missing[story.digests[index]] = 3
    result = story.audit(full=full)
    assert result.passed
    assert not any(audited.notes for audited in result.rounds)


# --- under a rule that chooses how much of the old model to keep ---

RIGHT, WRONG = weights(0, 1, scale=8), weights(scale=12)
RIGHT["weight"][0, 2] = 4.0  # wrong about the third class, but not as sure


@pytest.fixture
def damped(tmp_path: Path) -> Story:
    """One update of two was accepted, and half of the old model kept; λ is 0."""
    told = Story(tmp_path, lam=0.0, rule={"name": "selection"})
    told.judge(RIGHT, WRONG)
    return told


def _post(story: Story, model: Tensors) -> str:
    """Have the jury post another model; its address."""
    digest = story.federation.store.add(encode(model))
    story.falsify(model_digest=digest)
    story.reopen(digest)
    return digest.cid


def _mixed(story: Story, lam: float) -> Tensors:
    return SelectionRule().aggregate(story.federation.genesis, [RIGHT], lam)


def test_a_model_with_more_of_the_old_than_the_tasks_share_passes(damped: Story) -> None:
    assert damped.finalized().model_digest == Digest.of(encode(_mixed(damped, 0.5)))
    for full in (False, True):
        result = damped.audit(full)
        assert result.passed, result.difference
        assert (result.rounds[0].accepted, result.rounds[0].notes) == (1, [])


def test_a_share_that_the_rule_does_not_know_is_found(damped: Story) -> None:
    posted = _post(damped, _mixed(damped, 0.3))
    known = [_mixed(damped, lam) for lam in SelectionRule().mixing_weights(0.0)]
    expected = " or ".join(Digest.of(encode(model)).cid for model in known)
    for full in (False, True):
        assert damped.differs(full) == (
            f"round 1: the model posted is {posted}, "
            f"the aggregate of the 1 accepted updates is {expected}"
        )


@pytest.mark.parametrize("lam", [0.0, 0.25, 0.75, 0.875])
def test_another_share_than_the_rule_chose_is_found_by_the_full_audit_alone(
    damped: Story, lam: float
) -> None:
    # one that the rule knows and might have chosen, and no count tells them apart
    assert lam in SelectionRule().mixing_weights(0.0)
    honest, other = _mixed(damped, 0.5), _mixed(damped, lam)
    evaluator = Evaluator(linear(), verification())
    assert evaluator.correct(other) == evaluator.correct(honest)
    posted = _post(damped, other)
    assert damped.audit(full=False).passed
    assert damped.differs(full=True) == (
        f"round 1: the new model posted is {posted}, derived is {Digest.of(encode(honest)).cid}"
    )


def test_the_next_round_starts_from_the_mixed_model(damped: Story) -> None:
    damped.judge(weights(2, scale=6))
    result = damped.audit()
    assert result.passed, result.difference
    assert [audit.state for audit in result.rounds] == ["finalized", "finalized", "open"]


def test_an_update_that_is_gone_leaves_no_choice_to_derive_but_the_mix(damped: Story) -> None:
    damped.forget(damped.digests[1])
    light, full = damped.audit(full=False), damped.audit()
    assert light.passed
    assert light.rounds[0].notes == ["update 1 (not-improved) is gone from the store"]
    assert full.passed
    assert full.rounds[0].notes[1:] == ["no verdict of this round was derived anew"]
    _post(damped, _mixed(damped, 0.3))
    assert "the aggregate of the 1 accepted updates is" in damped.differs(full=True)


def test_an_accepted_update_that_is_gone_is_found_whatever_the_share(damped: Story) -> None:
    damped.forget(damped.digests[0])
    assert "is accepted, but the file is unavailable" in damped.differs(full=True)


# --- what the verification slice shows ---


def test_a_wrong_judgement_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(USELESS, BETTER)
    story.falsify_verdict(1, VerdictCode.NOT_IMPROVED, model_digest=story.parent())
    story.reopen(story.parent())
    assert story.audit(full=False).passed
    client = story.federation.clients[1].address
    assert story.differs(full=True) == (
        f"round 1: the verdict on update 1 of {client} posted is not-improved, derived is accepted"
    )


def test_an_update_that_is_not_good_enough_and_was_accepted_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(USELESS, BETTER)
    mixed = {"weight": (weights()["weight"] + (USELESS["weight"] + BETTER["weight"]) / 2) / 2}
    digest = story.federation.store.add(encode(mixed))
    story.falsify_verdict(0, VerdictCode.ACCEPTED, model_digest=digest)
    story.reopen(digest)
    assert story.audit(full=False).passed
    client = story.federation.clients[0].address
    assert story.differs(full=True) == (
        f"round 1: the verdict on update 0 of {client} posted is accepted, derived is not-improved"
    )


def test_another_verification_set_is_refused(story: Story) -> None:
    other = replace(verification(), salt=b"\1" * 32)
    with pytest.raises(DataError, match="not the one that the task commits to"):
        Slices.of(story.federation.spec, [other])
