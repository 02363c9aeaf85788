"""`fedjury verification`: making the jury's slices, and looking at one."""

import json
from pathlib import Path

import pytest
import torch

from fedjury.data import load_dataset
from fedjury.data.commitments import read_commitments
from fedjury.data.split import split_test
from fedjury.data.verification import load_verification_set
from fedjury.errors import ExitCode
from tests.support.commands import command, succeed


def rows_of(x: torch.Tensor) -> set[bytes]:
    return {row.numpy().tobytes() for row in x}


def test_one_slice_is_the_jurys_half_of_the_test_part(tmp_path: Path) -> None:
    made = succeed("verification", "new", "--split-seed", 3, "--out", tmp_path, "--json").document
    (file,), (spec,) = made["files"], made["slices"]
    found = load_verification_set(Path(file))
    judged, _ = split_test(load_dataset("digits").test, 3)
    assert torch.equal(found.samples.x, judged.x)
    assert torch.equal(found.samples.y, judged.y)
    assert spec == {"samples": 359, "commitment": found.commitment()}
    assert [each.model_dump() for each in read_commitments(Path(made["commitments"]))] == [spec]
    assert (made["samples"], made["rest"], made["shared"]) == (359, 0, 0)
    assert "one slice serves every round" in made["notes"][0]
    assert "a slice of 359 is a weak test" in made["notes"][1]


def test_several_slices_are_disjoint_and_leave_a_rest(tmp_path: Path) -> None:
    made = succeed("verification", "new", "--slices", 4, "--out", tmp_path, "--json").document
    sets = [load_verification_set(path) for path in tmp_path.glob("*.safetensors")]
    assert [len(each) for each in sets] == [71] * 4
    assert made["rest"] == 359 - 4 * 71
    judged, held_out = split_test(load_dataset("digits").test, 0)
    drawn = [rows_of(each.samples.x) for each in sets]
    assert len(set().union(*drawn)) == sum(map(len, drawn)) == 4 * 71
    assert set().union(*drawn) < rows_of(judged.x)
    assert not set().union(*drawn) & rows_of(held_out.x)
    assert "slice t serves round t alone" in made["notes"][0]


def test_sizes_are_as_asked_for_and_a_small_rest_is_told(tmp_path: Path) -> None:
    few = ("verification", "new", "--slices", 2, "--samples", 3, "--rest", 0, "--json")
    made = succeed(*few, "--out", tmp_path / "a").document
    assert [spec["samples"] for spec in made["slices"]] == [3, 3]
    assert not any("can tell most of the last one" in note for note in made["notes"])
    all_of_it = ("verification", "new", "--slices", 2, "--rest", 1, "--out", tmp_path / "b")
    printed = succeed(*all_of_it).out
    assert "slices   2 of 179 samples, 1 in none\n" in printed
    assert "can tell most of the last one" in printed
    assert "for jurors only" in printed


def test_a_dataset_of_ones_own_is_cut_and_repeated_samples_are_told(tmp_path: Path) -> None:
    own = ("--data", "tests.support.plugins:repeated_dataset")
    made = succeed("verification", "new", *own, "--slices", 2, "--out", tmp_path, "--json").document
    assert [spec["samples"] for spec in made["slices"]] == [4, 4]
    assert made["shared"] == 8
    assert any("8 samples of the slices have an equal one" in note for note in made["notes"])


def test_slices_are_not_overwritten_and_too_few_samples_are_refused(tmp_path: Path) -> None:
    too_many = command("verification", "new", "--samples", 360, "--out", tmp_path)
    assert too_many.code == ExitCode.DATA
    assert "there are 359 samples for the jury: too few for 360" in too_many.err
    assert list(tmp_path.iterdir()) == []
    succeed("verification", "new", "--out", tmp_path)
    again = command("verification", "new", "--out", tmp_path)
    assert again.code == ExitCode.CONFIG
    assert "commitments.json exists" in again.err


def test_a_slice_is_shown_and_held_against_commitments(tmp_path: Path) -> None:
    for name in ("a", "b"):
        succeed("verification", "new", "--slices", 3, "--out", tmp_path / name)
    file = sorted((tmp_path / "a").glob("slice-2-*"))[0]
    mine, others = (tmp_path / name / "commitments.json" for name in ("a", "b"))
    found = load_verification_set(file)
    shown = succeed("verification", "show", file, "--commitments", mine, "--json").document
    assert (shown["commitment"], shown["number"]) == (found.commitment(), 2)
    assert (shown["samples"], shown["shape"], shown["type"]) == (89, [28, 28], "float32")
    counts = {str(label): found.samples.y.tolist().count(label) for label in range(10)}
    assert shown["classes"] == {label: count for label, count in counts.items() if count}
    printed = succeed("verification", "show", file).out
    assert found.commitment() in printed
    assert "number" not in printed
    other = command("verification", "show", file, "--commitments", others)
    assert other.code == ExitCode.DATA
    assert f"is no slice of {others}" in other.err


@pytest.mark.parametrize("content", [b"", json.dumps({}).encode()])
def test_a_file_that_is_no_slice_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "it").write_bytes(content)
    assert command("verification", "show", tmp_path / "it").code == ExitCode.DATA
