"""Answers of final models, known and unknown attacks apart."""

from pathlib import Path

import torch
from by_attack import SEEDS, Group, cell, final_answers, groups
from nsl_kdd import TEST, TRAIN, load, read_parts

from fedjury.data.split import split_test
from tests.support.connections import connection, write_benchmark, write_file


def test_held_out_connections_are_grouped_by_class_and_whether_the_attack_is_known(
    tmp_path: Path,
) -> None:
    write_file(tmp_path / TRAIN, [connection(), connection("smurf"), connection("satan")])
    names = ["normal", "smurf", "apache2", "satan", "mscan", "saint"] * 4
    write_file(tmp_path / TEST, [connection(name) for name in names])
    train, test = read_parts(tmp_path)
    held_out = split_test(test.samples(), 1)[1]
    found = groups(train, test)
    assert [group.title for group in found] == [
        "normal",
        "dos, known",
        "dos, unknown",
        "probe, known",
        "probe, unknown",
    ]
    assert [group.label for group in found] == [0, 1, 1, 2, 2]
    assert sorted(index for group in found for index in group.indexes.tolist()) == list(range(12))
    for group in found:
        assert set(held_out.y[group.indexes].tolist()) == {group.label}


def test_a_cell_says_what_was_named_right_and_what_passed_for_normal() -> None:
    answers = [torch.tensor([0, 1, 2, 0, 1]), torch.tensor([0, 1, 1, 1, 1])]
    assert cell(answers, Group("dos", 1, torch.tensor([1, 2, 3, 4]))) == "75 / 12"
    assert cell(answers, Group("normal", 0, torch.tensor([0, 1]))) == "50"


def test_every_seed_answers_for_every_held_out_connection(tmp_path: Path) -> None:
    dataset = load(write_benchmark(tmp_path, train=300, test=100))
    training = {"epochs": 5, "learning_rate": 0.01}
    settings: dict[str, object] = {"clients": 2, "rounds": 1, "training": training}
    answers = list(final_answers(dataset, settings | {"rule": "fedavg", "lambda": 0.0}))
    assert len(answers) == len(SEEDS)
    held_out = split_test(dataset.test, 1)[1]
    assert all(each.equal(held_out.y) for each in answers)
