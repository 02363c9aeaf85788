"""The audit names each thing that can differ. Every test starts from a history that passes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import (
    ChainEvent,
    ClientRegistered,
    ClientRemoved,
    JurySet,
    RoundFinalized,
    RoundOpened,
    UpdateSubmitted,
)
from fedjury.chain.rpc.logs import Care
from fedjury.errors import DataError, ExitCode, LogsMissing, StoreUnavailable
from fedjury.oracle.audit import Auditor, AuditResult
from fedjury.oracle.audit.chain_checks import report_of
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.digest import Digest
from fedjury.protocol.signing import ReportDomain, join_signatures
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import Verdict, VerdictCode, pack, unpack
from tests.support.fake_federation import (
    CHAIN_ID,
    JUROR,
    OTHER_JUROR,
    STRANGER,
    FakeFederation,
    verification,
    weights,
)
from tests.support.jurors import finalized_rounds, make_juror
from tests.support.plugins import linear

OTHER = Digest(b"\7" * 32)
GOOD, USELESS, BETTER = weights(0, 1), weights(), weights(0, 1, 2, scale=4)


class Story:
    """A federation whose first round was judged; ways to falsify what its events say."""

    def __init__(self, directory: Path, clients: int = 4, **terms: Any) -> None:
        self.federation = FakeFederation(directory, clients=clients, **terms)
        self.digests: list[Digest] = []
        self._directory = directory

    def judge(self, *updates: Tensors) -> None:
        """One round by an honest juror."""
        for place, tensors in enumerate(updates):
            data = self.federation.update(place, tensors)
            self.digests.append(self.federation.submit(place, data))
        self.finalize()

    def finalize(self) -> None:
        self.federation.chain.timestamp = self.federation.contract.deadline
        make_juror(self.federation, self._directory).cycle()

    def finalized(self) -> RoundFinalized:
        return finalized_rounds(self.federation)[-1]

    def falsify(self, *signers: LocalAccount, **changes: Any) -> None:
        """Change the newest report and sign it anew, as a dishonest jury would."""
        changed = replace(self.finalized(), **changes)
        domain = ReportDomain(CHAIN_ID, self.federation.contract.address)
        report = report_of(changed)
        signed = [domain.sign(each, report, changed.verdicts) for each in signers or (JUROR,)]
        signatures = join_signatures(signed)
        self.federation.change(RoundFinalized, **changes, signatures=signatures)

    def falsify_verdict(self, place: int, verdict: Verdict) -> None:
        verdicts = list(unpack(self.finalized().verdicts))
        verdicts[place] = verdict
        self.falsify(verdicts=pack(verdicts))

    def forget(self, digest: Digest) -> None:
        """The file is gone from the store."""
        (self.federation.store.path / digest.cid).unlink()

    def drop(self, kind: type[ChainEvent], place: int = 0) -> None:
        events = self.federation.contract.events
        del events[[i for i, event in enumerate(events) if isinstance(event, kind)][place]]

    def audit(self, full: bool = True) -> AuditResult:
        auditor = Auditor(
            self.federation.task, verification() if full else None, sleep=lambda _: None
        )
        return auditor.run(self.federation.chain.block())

    def differs(self, full: bool = False) -> str:
        """What an audit finds to differ."""
        result = self.audit(full)
        assert not result.passed
        assert result.difference is not None
        return str(result.difference)


MakeStory = Callable[[], Story]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path)
    told.judge(GOOD, USELESS, BETTER, USELESS)
    return told


def test_an_honest_story_passes(story: Story) -> None:
    for full in (False, True):
        result = story.audit(full)
        assert result.passed, result.difference
        assert result.full is full
        first, second = result.rounds
        assert (first.state, first.updates, first.accepted) == ("finalized", 4, 2)
        assert first.signers == [JUROR.address]
        assert first.notes == []
        assert (second.state, second.updates) == ("open", 0)
    codes = [verdict.code.label for verdict in unpack(story.finalized().verdicts)]
    assert codes == ["accepted", "not-improved", "accepted", "duplicate"]


def test_several_rounds_voided_ones_among_them_pass(story: Story) -> None:
    story.federation.submit_weights(GOOD)
    story.federation.contract.void()
    story.judge(USELESS)
    result = story.audit()
    assert result.passed, result.difference
    assert [audit.state for audit in result.rounds] == ["finalized", "voided", "finalized", "open"]


def test_the_result_for_machines_names_the_difference(story: Story) -> None:
    assert story.audit().to_json()["difference"] is None
    story.falsify(model_correct=5)
    document = story.audit().to_json()
    assert document["passed"] is False
    assert document["difference"] == {
        "round": 1,
        "what": "the new model's count posted is 5, derived is 6",
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
    codes = [verdict.code for verdict in unpack(fragile.finalized().verdicts)]
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
    story.falsify_verdict(1, Verdict(RAISES))
    assert story.audit(full=False).passed
    assert "posted is model-raises, derived is not-improved" in story.differs(full=True)


def test_an_update_with_which_the_model_raises_is_no_other_rejected_one(fragile: Story) -> None:
    fragile.falsify_verdict(1, Verdict(VerdictCode.NOT_IMPROVED))
    assert fragile.audit(full=False).passed
    assert "posted is not-improved, derived is model-raises" in fragile.differs(full=True)


def test_an_update_with_which_the_model_raises_has_a_file_but_no_count(fragile: Story) -> None:
    fragile.falsify_verdict(2, Verdict(RAISES))
    assert "is model-raises, but the file is duplicate" in fragile.differs()
    fragile.falsify_verdict(1, Verdict(RAISES, 1))
    assert "update 1 is model-raises but has a count" in fragile.differs()


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
    assert full.rounds[0].notes[-1] == "no count of this round was derived anew"


def test_what_made_the_aggregate_raise_and_is_gone_is_held_against_nobody(tmp_path: Path) -> None:
    story = Story(tmp_path, model=BETWEEN, lam=0.0)
    parts = [{"weight": BETTER["weight"].clone()} for _ in range(2)]
    parts[0]["weight"][0, 0], parts[1]["weight"][0, 0] = 0.25, 0.75
    story.judge(*parts)
    assert [verdict.code for verdict in unpack(story.finalized().verdicts)] == [RAISES, RAISES]
    assert story.audit().passed
    story.forget(story.digests[1])
    result = story.audit()
    assert result.passed, result.difference
    assert result.rounds[0].notes[-1] == "no count of this round was derived anew"


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
    story.federation.contract.void()
    story.federation.change(type(story.federation.contract.events[-2]), updates_hash=bytes(32))
    with pytest.raises(LogsMissing, match="of round 2"):
        story.audit()


@pytest.mark.parametrize("told_from", [Care.HALVING, Care.FINEST])
@pytest.mark.parametrize(
    "kind", [UpdateSubmitted, RoundFinalized, RoundOpened, JurySet, ClientRegistered]
)
def test_what_a_node_tells_only_in_smaller_ranges_is_read_so(
    story: Story, kind: type[ChainEvent], told_from: Care
) -> None:
    contract = story.federation.contract
    contract.withheld = [event for event in contract.events if isinstance(event, kind)][:1]
    contract.told_from = told_from
    assert story.audit().passed


@pytest.mark.parametrize(
    "kind", [UpdateSubmitted, RoundFinalized, RoundOpened, JurySet, ClientRegistered]
)
def test_of_what_a_node_never_tells_the_audit_makes_no_statement(
    story: Story, kind: type[ChainEvent]
) -> None:
    contract = story.federation.contract
    contract.withheld = [event for event in contract.events if isinstance(event, kind)][:1]
    with pytest.raises(LogsMissing) as caught:
        story.audit()
    assert caught.value.exit_code == ExitCode.CHAIN_UNAVAILABLE


def test_a_client_that_was_registered_again_is_looked_for_in_smaller_ranges(story: Story) -> None:
    contract, client = story.federation.contract, story.federation.clients[0]
    contract.events.append(ClientRemoved(client=client.address, **contract.next_log()))
    again = ClientRegistered(client=client.address, index=1, **contract.next_log())
    contract.events.append(again)
    story.federation.submit_weights(GOOD)
    contract.withheld, contract.told_from = [again], Care.FINEST
    assert story.audit().passed
    contract.told_from = None
    assert "is no client" in story.differs()


def test_a_wrong_index_is_found(story: Story) -> None:
    story.federation.change(UpdateSubmitted, index=7)
    assert "update 3 calls itself 7" in story.differs()


def test_an_unknown_client_is_found(story: Story) -> None:
    story.drop(ClientRegistered, 2)
    assert "is no client" in story.differs()


def test_an_update_of_a_client_that_was_removed_before_is_found(story: Story) -> None:
    events = story.federation.contract.events
    submitted = next(i for i, event in enumerate(events) if isinstance(event, UpdateSubmitted))
    client, before = story.federation.clients[0].address, events[submitted - 1]
    events.insert(
        submitted,
        ClientRemoved(
            client=client,
            block_number=before.block_number,
            log_index=before.log_index,
            transaction_hash=bytes(32),
        ),
    )
    assert f"update 0: {client} is no client" in story.differs()


def test_a_client_that_submits_twice_is_found(story: Story) -> None:
    twice = story.federation.clients[0].address
    story.federation.change(UpdateSubmitted, client=twice)
    updates = [e for e in story.federation.contract.events if isinstance(e, UpdateSubmitted)]
    story.falsify(updates_hash=updates_hash(1, updates))
    assert "submitted twice" in story.differs()


def test_a_signer_from_outside_is_found(story: Story) -> None:
    story.falsify(STRANGER)
    assert f"signed by {STRANGER.address}, who is not in the jury" in story.differs()


def test_a_report_that_was_changed_after_signing_is_found(story: Story) -> None:
    story.federation.change(RoundFinalized, baseline_correct=1)
    assert "who is not in the jury" in story.differs()


@pytest.mark.parametrize("signatures", [b"", b"\1", bytes(65)])
def test_missing_or_broken_signatures_are_found(story: Story, signatures: bytes) -> None:
    story.federation.change(RoundFinalized, signatures=signatures)
    assert "signature" in story.differs()


def test_a_juror_that_signs_twice_is_found(story: Story) -> None:
    story.falsify(JUROR, JUROR)
    assert "signed twice" in story.differs()


def test_signers_out_of_order_are_found(story: Story) -> None:
    story.federation.change(JurySet, jurors=(JUROR.address, OTHER_JUROR.address), quorum=2)
    story.falsify(JUROR, OTHER_JUROR)
    assert story.audit().passed
    both = story.finalized().signatures
    story.federation.change(RoundFinalized, signatures=both[65:] + both[:65])
    assert "not ascending" in story.differs()


def test_a_quorum_that_was_not_reached_is_found(story: Story) -> None:
    story.federation.change(JurySet, jurors=(JUROR.address, OTHER_JUROR.address), quorum=2)
    assert "1 signature; quorum 2 of 2 jurors" in story.differs()


def test_a_quorum_of_half_the_jury_is_found(story: Story) -> None:
    story.federation.change(JurySet, jurors=(JUROR.address, OTHER_JUROR.address))
    assert "quorum 1 of 2 jurors" in story.differs()


def test_another_jury_than_the_rounds_is_found(story: Story) -> None:
    story.falsify(jury_version=2)
    assert "judged by jury 2, opened for 1" in story.differs()


def test_a_jury_that_nobody_set_is_found(story: Story) -> None:
    story.drop(JurySet)
    assert "jury 1 was never set" in story.differs()


@pytest.mark.parametrize("verdicts", [b"", b"\1\0\0\0\0" * 3, b"\1\0\0\0\0" * 5, b"\0" * 20, b"\1"])
def test_verdicts_that_are_none_are_found(story: Story, verdicts: bytes) -> None:
    story.falsify(verdicts=verdicts)
    assert "round 1: " in story.differs()


def test_a_count_where_nothing_was_counted_is_found(story: Story) -> None:
    story.falsify_verdict(3, Verdict(VerdictCode.DUPLICATE, 2))
    assert "update 3 is duplicate but has a count" in story.differs()


def test_a_round_that_opens_with_another_model_is_found(story: Story) -> None:
    story.federation.change(RoundOpened, model_digest=OTHER)
    assert f"round 2: opens with model {OTHER.cid}" in story.differs()


def test_a_first_round_that_does_not_open_with_the_genesis_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.federation.change(RoundOpened, model_digest=OTHER)
    assert "round 1: opens with model" in story.differs()


def test_a_round_that_the_node_leaves_out_is_held_against_nobody(story: Story) -> None:
    story.federation.contract.void()
    events = story.federation.contract.events
    story.federation.contract.events = [e for e in events if getattr(e, "round", 0) != 2]
    with pytest.raises(LogsMissing, match="not tell of the opening of round 2"):
        story.audit()


def test_a_contract_that_holds_another_model_than_its_events_is_found(story: Story) -> None:
    story.federation.contract.model = OTHER
    assert "the contract holds model" in story.differs()


# --- what the files show ---


def test_another_model_than_the_aggregate_is_found(story: Story) -> None:
    other = story.federation.store.add(encode(BETTER))
    story.falsify(model_digest=other)
    story.federation.change(RoundOpened, model_digest=other)
    story.federation.contract.model = other
    assert f"the model posted is {other.cid}, the aggregate of the 2" in story.differs()


def test_a_new_model_with_nothing_accepted_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(USELESS)
    other = story.federation.store.add(encode(BETTER))
    story.falsify(model_digest=other)
    assert "the aggregate of the 0 accepted updates" in story.differs()


def test_an_update_smuggled_into_the_accepted_changes_the_aggregate(story: Story) -> None:
    story.falsify_verdict(1, Verdict(VerdictCode.ACCEPTED, 6))
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
    story.falsify_verdict(place, Verdict(code))
    assert says in story.differs()


def test_an_accepted_update_that_is_gone_is_found(story: Story) -> None:
    story.forget(story.digests[0])
    assert "is accepted, but the file is unavailable" in story.differs()


def test_what_the_jury_could_not_have_is_not_looked_for(story: Story) -> None:
    story.federation.contract.submit(story.federation.clients[0].address, OTHER)
    story.finalize()
    assert story.audit().passed


def test_a_rejected_update_that_is_gone_is_noted(story: Story) -> None:
    story.forget(story.digests[3])
    light, full = story.audit(full=False), story.audit()
    assert light.passed
    assert full.passed
    assert light.rounds[0].notes == ["update 3 (duplicate) is gone from the store"]
    assert full.rounds[0].notes == light.rounds[0].notes


def test_an_update_that_is_gone_shields_no_other(story: Story) -> None:
    story.forget(story.digests[3])
    story.falsify_verdict(2, Verdict(VerdictCode.ACCEPTED, 5))
    assert "count in the verdict on update 2" in story.differs(full=True)


def test_where_verdicts_hang_together_one_that_is_gone_leaves_none_to_derive(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, rule={"name": "multi-krum"})
    story.judge(GOOD, USELESS, BETTER, USELESS)
    story.forget(story.digests[3])
    full = story.audit()
    assert full.passed
    assert full.rounds[0].notes[1:] == ["no count of this round was derived anew"]


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
    story.federation.change(RoundOpened, model_digest=digest)
    story.federation.contract.model = digest
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
    counted = Evaluator(linear(), verification()).correct(other)
    assert counted == damped.finalized().model_correct
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


def test_a_wrong_verdict_on_what_was_chosen_together_is_found(damped: Story) -> None:
    damped.falsify_verdict(1, Verdict(VerdictCode.NOT_IMPROVED, 1))
    assert damped.audit(full=False).passed
    assert "count in the verdict on update 1" in damped.differs(full=True)


def test_an_update_that_is_gone_leaves_no_choice_to_derive_but_the_mix(damped: Story) -> None:
    damped.forget(damped.digests[1])
    damped.falsify(baseline_correct=1)  # which nobody can tell any more
    light, full = damped.audit(full=False), damped.audit()
    assert light.passed
    assert light.rounds[0].notes == ["update 1 (not-improved) is gone from the store"]
    assert full.passed
    assert full.rounds[0].notes[1:] == ["no count of this round was derived anew"]
    _post(damped, _mixed(damped, 0.3))
    assert "the aggregate of the 1 accepted updates is" in damped.differs(full=True)


def test_an_accepted_update_that_is_gone_is_found_whatever_the_share(damped: Story) -> None:
    damped.forget(damped.digests[0])
    assert "is accepted, but the file is unavailable" in damped.differs(full=True)


# --- counts that cannot be ---


def test_more_right_than_there_are_samples_is_found(story: Story) -> None:
    story.falsify_verdict(2, Verdict(VerdictCode.ACCEPTED, 7))
    assert "the count of update 2 is 7 of 6" in story.differs()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"baseline_correct": 7}, "the baseline is 7 of 6 samples"),
        ({"model_correct": 7}, "the new model's count is 7 of 6 samples"),
    ],
)
def test_more_right_in_total_than_there_are_samples_is_found(
    story: Story, changes: dict[str, int], says: str
) -> None:
    story.falsify(**changes)
    assert says in story.differs()


@pytest.mark.parametrize(
    "verdict", [Verdict(VerdictCode.ACCEPTED, 0), Verdict(VerdictCode.NOT_IMPROVED, 6)]
)
def test_a_verdict_against_its_own_count_is_found(story: Story, verdict: Verdict) -> None:
    story.falsify_verdict(2, verdict)
    assert f"update 2 is {verdict.code.label} with {verdict.correct} right" in story.differs()


# --- what the verification set shows ---


def test_a_wrong_baseline_is_found_by_the_full_audit_alone(story: Story) -> None:
    story.falsify(baseline_correct=1)
    assert story.audit(full=False).passed
    assert "the baseline posted is 1, derived is 0" in story.differs(full=True)


def test_a_wrong_count_is_found(story: Story) -> None:
    story.falsify_verdict(2, Verdict(VerdictCode.ACCEPTED, 5))
    assert story.audit(full=False).passed
    assert "count in the verdict on update 2" in story.differs(full=True)


def test_a_wrong_judgement_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(USELESS, BETTER)
    good = story.finalized()
    story.falsify(
        verdicts=pack([Verdict(VerdictCode.NOT_IMPROVED, 0), Verdict(VerdictCode.NOT_IMPROVED, 0)]),
        model_digest=story.federation.task.config.genesis_digest,
        model_correct=0,
    )
    story.federation.change(RoundOpened, model_digest=story.finalized().model_digest)
    story.federation.contract.model = story.finalized().model_digest
    assert good.model_digest != story.finalized().model_digest
    assert story.audit(full=False).passed
    client = story.federation.clients[1].address
    expected = f"verdict on update 1 of {client} posted is not-improved, derived is accepted"
    assert expected in story.differs(full=True)


def test_a_wrong_count_of_the_new_model_is_found(story: Story) -> None:
    story.falsify(model_correct=0)
    assert "the new model's count posted is 0, derived is 6" in story.differs(full=True)


def test_another_verification_set_is_refused(story: Story) -> None:
    with pytest.raises(DataError):
        Auditor(story.federation.task, replace(verification(), salt=b"\1" * 32))
