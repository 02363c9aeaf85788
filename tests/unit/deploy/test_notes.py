"""What whoever deploys is told of the terms."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from fedjury.data import Dataset, Samples
from fedjury.deploy.notes import TRUSTING, notes_on_shards, notes_on_slices, notes_on_terms
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.registry import RULES, find_rule
from fedjury.protocol.juries import least_quorum
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import RuleSpec, TaskSpec
from fedjury.task.creation import Members
from tests.support.fake_federation import dataset, spec, weights
from tests.support.plans import round_limits
from tests.support.scores import MadeUpScores


def of(samples: int = 5000, slices: int = 1, **changes: Any) -> TaskSpec:
    listed = [{"samples": samples, "commitment": f"0x{number:064x}"} for number in range(slices)]
    verification = {"slices": listed, **changes.pop("verification", {})}
    return spec(verification=verification, **changes)


def members(jurors: int = 1, quorum: int = 1, clients: int = 2) -> Members:
    addresses = [f"0x{number:040x}" for number in range(1, 20)]
    return Members(addresses[:jurors], quorum, Roster.of(addresses[10 : 10 + clients]))


def test_sound_terms_need_no_words() -> None:
    assert notes_on_terms(of(), round_limits(), members()) == []
    several = of(slices=3, verification={"disclosed": True, "accuracy": True})
    assert notes_on_terms(several, round_limits(), members()) == []


def test_a_slice_that_nobody_takes_from_others_is_told() -> None:
    """By a sample of a MiB and a half, of one label or of two."""
    samples = Samples(torch.zeros(2, 3 * 2**17), torch.arange(2))
    (note,) = notes_on_slices(Dataset("large", samples, samples), of(4).verification.slices)
    assert note.startswith(
        "slice 1, with 4 labels, has 6,291,488 bytes or more if its samples are as large as these, "
        "and nobody takes more than 5,242,880 of it from others"
    )
    assert notes_on_slices(Dataset("large", samples, samples), of(1).verification.slices) == []
    pairs = Samples(samples.x, torch.tensor([[0, 1], [1, 0]]))
    assert notes_on_slices(Dataset("pairs", pairs, pairs), of(4).verification.slices) == []
    assert notes_on_slices(dataset(), of(4, slices=3).verification.slices) == []


def test_a_small_slice_is_told_where_the_papers_strict_rise_judges() -> None:
    (note,) = notes_on_terms(of(100), round_limits(), members())
    assert "a slice of 100 is a weak test" in note
    assert notes_on_terms(of(100, rule={"name": "loss"}), round_limits(), members()) == []
    strict = {"name": "paper", "parameters": {"z": 2}}
    assert notes_on_terms(of(100, rule=strict), round_limits(), members()) == []
    plain = {"name": "paper", "parameters": {"z": 0}}
    assert len(notes_on_terms(of(100, rule=plain), round_limits(), members())) == 1


@pytest.mark.parametrize("name", sorted(RULES))
def test_rules_that_never_look_at_the_samples_trust_the_roster(name: str) -> None:
    """What they accept is the same whatever the samples say."""

    def accepted(sign: int) -> list[bool]:
        scores = MadeUpScores(
            lambda weights: 500 + sign * int(100 * weights["weight"][0, 0]),
            lambda weights: 5000 - sign * (1000 * weights["weight"][:1, 0]).to(torch.int64),
        )
        given = RuleInput(weights(), [weights(0), weights(0, 1), weights(1)], 0.0, scores)
        return list(find_rule(RuleSpec(name=name)).judge(given).accepted)

    assert (accepted(1) == accepted(-1)) is (name in TRUSTING)
    notes = notes_on_terms(of(100, rule={"name": name}), round_limits(), members())
    assert any("it trusts the roster" in note for note in notes) is (name in TRUSTING)


@pytest.mark.parametrize(("slices", "disclosed"), [(1, False), (1, True), (3, False)])
def test_accuracy_on_samples_that_stay_secret_is_told(slices: int, disclosed: bool) -> None:
    said = {"accuracy": True, "disclosed": disclosed}
    (note,) = notes_on_terms(of(slices=slices, verification=said), round_limits(), members())
    assert "learns more of them than the verdicts tell; --no-publish-accuracy" in note


@pytest.mark.parametrize("slices", [1, 3])
def test_samples_disclosed_before_their_round_is_settled_are_told(slices: int) -> None:
    at_once, later = ({"disclosed": True, "depth": depth} for depth in (0, 1))
    (note,) = notes_on_terms(of(slices=slices, verification=at_once), round_limits(), members())
    assert "where the chain then reorganizes" in note
    assert notes_on_terms(of(slices=slices, verification=later), round_limits(), members()) == []
    kept = of(slices=slices, verification={"depth": 0})
    assert notes_on_terms(kept, round_limits(), members()) == []


@pytest.mark.parametrize(("jurors", "quorum"), [(2, 2), (3, 3), (4, 4)])
def test_a_jury_of_which_nobody_may_be_missing_is_told(jurors: int, quorum: int) -> None:
    note, *_ = notes_on_terms(of(), round_limits(), members(jurors, quorum))
    assert note.startswith(f"all {jurors} jurors have to sign, so that nobody may be missing")


@pytest.mark.parametrize(
    ("jurors", "quorum", "words"),
    [
        (4, 3, ["3 of 4", "one of them may be", "2 stop rounds", "3 together write any model"]),
        (7, 5, ["5 of 7", "any 2 of them may be", "3 stop rounds", "5 together write any model"]),
    ],
)
def test_how_many_jurors_may_fail_and_what_more_of_them_can_do_is_told(
    jurors: int, quorum: int, words: list[str]
) -> None:
    note, _ = notes_on_terms(of(), round_limits(), members(jurors, quorum))
    assert [word for word in words if word not in note] == []


@pytest.mark.parametrize("jurors", [2, 3, 4, 7])
def test_several_jurors_are_told_that_they_have_to_reach_each_other(jurors: int) -> None:
    _, note = notes_on_terms(of(), round_limits(), members(jurors, least_quorum(jurors)))
    assert all(option in note for option in ("--listen", "--announce", "--peer"))


@pytest.mark.parametrize(
    ("jurors", "quorum", "words"),
    [
        (4, 4, "a quorum of 3 would bear 1 of 4 jurors down or lying, where one of 4 bears nobody"),
        (7, 6, "a quorum of 5 would bear 2 of 7 jurors down or lying, where one of 6 bears 1"),
        (5, 4, "4 jurors bear as many faults as 5 do, 1, with"),
        (9, 7, "7 jurors bear as many faults as 9 do, 2, with"),
    ],
)
def test_a_jury_that_another_one_betters_is_told(jurors: int, quorum: int, words: str) -> None:
    *_, note = notes_on_terms(of(), round_limits(), members(jurors, quorum))
    assert note.startswith(words)


@pytest.mark.parametrize("clients", [0, 2])
def test_a_roster_too_small_for_any_round_is_told(clients: int) -> None:
    (note,) = notes_on_terms(of(), round_limits(3, 3), members(clients=clients))
    assert f"the roster has {clients} of the 3 clients that a round needs to close" in note


def test_a_roster_larger_than_a_round_is_told() -> None:
    assert notes_on_terms(of(), round_limits(1, 2), members(clients=2)) == []
    (note,) = notes_on_terms(of(), round_limits(1, 2), members(clients=3))
    assert note.startswith("the roster has 3 clients and a round takes 2 updates, for good: in")
    assert note.endswith("; --max-updates takes up to 100,000")


RELAYER = "0x" + "ee" * 20


def batched(clients: int, alone: int, relayers: Sequence[str] = (RELAYER,)) -> list[str]:
    """Notes on a task with batches."""
    chosen = replace(members(), roster=Roster(bytes(20 * clients)), relayers=relayers)
    limits = replace(round_limits(1, alone), batch_seconds=40)
    return notes_on_terms(of(), limits, chosen)


@pytest.mark.parametrize(("clients", "alone"), [(10, 10), (60_000, 60_000), (60_000, 100_000)])
def test_a_roster_that_fits_into_batches_and_without_them_needs_no_words(
    clients: int, alone: int
) -> None:
    assert batched(clients, alone) == []


def test_clients_that_could_not_fall_back_where_relayers_fail_are_told() -> None:
    (note,) = batched(100_000, 20_000)
    assert note.startswith(
        "where relayers fail, 20,000 of the roster's 100,000 clients can still submit themselves "
        "in a round, for good"
    )


def test_a_roster_that_batches_do_not_hold_is_told() -> None:
    (note,) = batched(80_000, 100_000)
    assert note.startswith(
        "the roster has 80,000 clients and the batches of a round hold 40,000, for good"
    )
    assert len(batched(110_000, 20_000)) == 2


def test_a_roster_that_fits_into_no_round_with_batches_is_told_with_the_figures() -> None:
    (note,) = batched(120_001, 20_000)
    assert "takes 120,000 updates, 100,000 in batches and 20,000 that clients submit" in note
    assert "in each round those who are late are shut out" in note


def test_batches_that_nobody_may_submit_are_told() -> None:
    (note,) = batched(10, 60_000, relayers=())
    assert note.startswith("a round takes batches for 40 s, but there is no --relayer")
    assert "`fedjury coordinator add-relayer`" in note


def test_data_that_cannot_be_shared_are_the_clients_to_bring() -> None:
    assert notes_on_shards(dataset(), "iid", 6) == []
    assert notes_on_shards(dataset(), "iid", 0) == []
    (note,) = notes_on_shards(dataset(), "dirichlet:0.5", 2)
    assert note.startswith("6 training samples cannot be split among 2 clients, 10 or more")
    sequences = Samples(torch.zeros(2, 3), torch.tensor([[0, 1], [1, 0]]))
    (other,) = notes_on_shards(Dataset("two", sequences, sequences), "dirichlet:0.5", 2)
    assert "these have one for each of 2 positions" in other
