"""What is measured of the secret samples, and how it is told."""

import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from experiments.leakage import classes, members
from experiments.leakage.asking import Jury
from experiments.leakage.detectors import find_detectors
from experiments.leakage.half_known import Poisoned
from experiments.leakage.levels import Level, find_level
from experiments.leakage.members import Attacker
from experiments.leakage.probes import answers_of, constant, lookup, update_for
from experiments.leakage.results import Finding, Results, read_results, write_results
from experiments.leakage.scene import CANDIDATES, LAM, Scene, make_scene
from experiments.leakage.slice_tests import (
    CHANGES,
    SIZES,
    ZS,
    SliceTest,
    all_tests,
    probability,
)
from experiments.leakage.weighing import decode, weighings
from experiments.measure_leakage import COMMITTED, main
from fedjury.data.slice_size import chance_of_luck
from fedjury.oracle.aggregation.averaging import mix

MEASURED = Results(
    [
        Finding("members", "digits", 1, 359, "counts", 1, 48, 48, 2),
        Finding("classes", "digits", 1, 359, "counts", 1, 10, 10, 0.5),
    ],
    [Poisoned("digits", 1, True, False, 0.0, 44.0, 90.0, 88.5, 91.25)],
    [SliceTest(100, 0.0, -0.005, 0.304)],
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene("digits", None, seed=1)


@pytest.fixture(scope="module")
def attacker(scene: Scene) -> Attacker:
    return Attacker.of(scene)


def _drawn(candidates: int, seed: int) -> torch.Tensor:
    return torch.rand(candidates, generator=torch.Generator().manual_seed(seed)) < 0.5


def _weigh(inside: torch.Tensor) -> list[int]:
    counts: list[int] = (weighings(len(inside)).long() @ inside.long()).tolist()
    return counts


def test_128_candidates_are_told_by_47_counts() -> None:
    assert weighings(CANDIDATES).shape == (47, 128)


@pytest.mark.parametrize("candidates", [1, 2, 7, 80, 128, 200])
@pytest.mark.parametrize("seed", range(5))
def test_counts_of_the_design_tell_every_member(candidates: int, seed: int) -> None:
    inside = _drawn(candidates, seed)
    assert torch.equal(decode(_weigh(inside), candidates), inside)


def test_a_candidate_that_counts_twice_is_found() -> None:
    inside = _drawn(CANDIDATES, 1)
    counts = torch.tensor(_weigh(inside)) + weighings(CANDIDATES)[:, 77].long()
    assert int((decode(counts.tolist(), CANDIDATES) != inside).sum()) <= 1


@pytest.mark.parametrize(("at_once", "rounds"), [(1, 20), (10, 6), (100, 3)])
def test_more_updates_a_round_find_the_level_in_fewer_rounds(at_once: int, rounds: int) -> None:
    asked = []

    def ask(leans: Sequence[float]) -> list[bool]:
        asked.append(len(leans))
        return [lean < math.pi for lean in leans]

    level = find_level(ask, 100, 1e-4, at_once)
    assert level.accepted < math.pi <= level.refused <= level.accepted + 1e-4
    assert (len(asked), max(asked)) == (rounds, at_once)
    assert level.middle == pytest.approx(math.pi, abs=1e-4)


def test_a_level_lies_between_what_is_taken_and_what_is_not() -> None:
    assert Level(1.0, 2.0).middle == 1.5


def test_a_model_is_right_on_chosen_samples_alone(scene: Scene) -> None:
    detectors = find_detectors(scene.candidates, scene.own)
    answers = (scene.candidates.y + 3) % 10
    model = lookup(detectors, answers, otherwise=7)
    assert torch.equal(answers_of(model, scene.candidates.x), answers)
    assert (answers_of(model, scene.own.x) == 7).double().mean() > 0.9


def test_any_model_is_some_updates_mixture(scene: Scene) -> None:
    wanted = constant(4)
    mixed = mix(scene.current, update_for(wanted, scene.current, LAM), LAM)
    assert all(torch.allclose(mixed[name], wanted[name], atol=1e-6) for name in wanted)


def test_counts_tell_the_classes_and_whose_candidates_are(scene: Scene, attacker: Attacker) -> None:
    jury = Jury(scene)
    assert torch.equal(classes.from_counts(jury.count), scene.classes)
    assert jury.asked == 10
    found = members.from_counts(attacker, jury.count)
    assert jury.asked == 10 + 48
    assert attacker.mistakes(found) <= 8


@pytest.fixture(scope="module")
def asked(scene: Scene, attacker: Attacker) -> tuple[Jury, torch.Tensor]:
    """A jury that a hundred accounts have asked about the candidates, and what they found."""
    jury = Jury(scene)
    return jury, members.from_bits(attacker, jury.verdicts, 100)


def test_verdicts_alone_tell_whose_candidates_are(
    asked: tuple[Jury, torch.Tensor], attacker: Attacker
) -> None:
    jury, found = asked
    assert (jury.asked, jury.rounds) == (426, 5)
    assert attacker.mistakes(found) <= 3


def test_a_round_of_questions_leaves_the_model_nearly_where_it_was(
    asked: tuple[Jury, torch.Tensor],
) -> None:
    jury, _ = asked
    assert len(jury.moved) == 5
    assert all(abs(moved) <= 2 for moved in jury.moved[-2:])
    assert jury.moved[0] > 2  # while the dial is searched it moves


def test_verdicts_tell_classes_to_whoever_knows_members_of_a_young_task(scene: Scene) -> None:
    jury = Jury(classes.young(scene))
    found = classes.from_verdicts(jury, 64)
    assert float((found - scene.classes).abs().double().mean()) < 1
    assert jury.asked < 80


def test_a_constant_answer_is_never_accepted_as_the_first_improvement(scene: Scene) -> None:
    jury = Jury(classes.young(scene))
    assert jury.verdicts([constant(label) for label in range(10)]) == [False] * 10


def test_the_figures_of_slices_are_of_every_size_z_and_change() -> None:
    tests = {(each.samples, each.z, each.change): each.accepted for each in all_tests()}
    assert len(tests) == len(SIZES) * len(ZS) * len(CHANGES)
    percents = [100 * tests[samples, 0.0, -0.005] for samples in (100, 500, 1000, 5000)]
    assert percents == pytest.approx([30.4, 25.0, 19.2, 3.5], abs=0.05)
    for samples in SIZES:
        assert chance_of_luck(samples) == pytest.approx(tests[samples, 0.0, -0.005], abs=0.01)


@pytest.mark.parametrize("z", [0.0, 1.0, 2.0])
def test_chances_are_those_of_every_outcome_one_by_one(z: float) -> None:
    won, lost, total = 0.3, 0.2, 0.0
    for outcome in itertools.product((won, lost, 1 - won - lost), repeat=6):
        b, c = outcome.count(won), outcome.count(lost)
        if b > c and (b - c) ** 2 > z * z * (b + c):
            total += math.prod(outcome)
    assert probability(6, z, won - lost, won + lost) == pytest.approx(total)


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_results(MEASURED, path)
    assert read_results(path) == MEASURED


def test_figures_are_told_without_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    write_results(MEASURED, path)
    assert main(["--measured", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == MEASURED.to_json()


def test_a_file_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"findings": [{"a": 1}]}')
    assert main(["--measured", str(path)]) == 10
    assert "holds no figures of this experiment" in capsys.readouterr().err


def test_the_page_has_the_tables_of_the_committed_figures() -> None:
    assert main(["--check"]) == 0


def test_in_the_committed_figures_verdicts_alone_tell_nearly_every_member() -> None:
    results = read_results(COMMITTED)
    assert results.datasets == ["digits", "mnist"]
    for data in results.datasets:
        for attackers, rounds in ((1, 148), (10, 19), (100, 5)):
            found = results.of("members", data, "verdicts", attackers)
            assert {each.rounds for each in found} == {rounds}
            assert all(each.wrong <= 0.05 * CANDIDATES for each in found)
