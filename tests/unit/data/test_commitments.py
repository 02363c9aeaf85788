"""The public file of commitments, and the making of it with the slices."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from fedjury.data import Samples, making
from fedjury.data.commitments import read_commitments, write_commitments
from fedjury.data.making import jury_half, make_slices, require_unused
from fedjury.data.slicing import Sizes
from fedjury.data.split import split_test
from fedjury.data.verification import load_verification_set
from fedjury.errors import ConfigError, DataError
from fedjury.protocol.task_spec import SliceSpec
from tests.support.plugins import tiny_dataset

ONE = SliceSpec(samples=6, commitment="0x" + "ab" * 32)
OTHER = SliceSpec(samples=7, commitment="0x" + "cd" * 32)


def document(**changes: Any) -> dict[str, Any]:
    slices = [each.model_dump() for each in (ONE, OTHER)]
    return {"format": "fedjury-commitments/2", "slices": slices, **changes}


def test_what_was_written_is_read_and_anyone_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "commitments.json"
    write_commitments([ONE, OTHER], path)
    assert read_commitments(path) == [ONE, OTHER]
    assert json.loads(path.read_bytes()) == document()
    assert path.stat().st_mode & 0o600 == 0o600


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_an_editor_saved_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "commitments.json"
    path.write_bytes(json.dumps(document(), indent=2).replace("\n", "\r\n").encode(encoding))
    assert read_commitments(path) == [ONE, OTHER]


def test_a_missing_file_says_who_makes_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.json cannot be read .* `fedjury verification new`"):
        read_commitments(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no file of commitments"),
        (b"\xff", "not UTF-8"),
        (b"[" * 300_000, "no file of commitments"),
        (b"[]", "no file of commitments .* it is no JSON object"),
        (
            b"{}",
            '`fedjury verification new` writes, .*: "format" has to be "fedjury-commitments/2"',
        ),
        (b'{"format": 1, "format": 1}', "a key is given twice"),
        (json.dumps(document(format="fedjury-commitments/1")).encode(), '"format" has to be'),
        (json.dumps(document(slices=[])).encode(), '"slices" has to list one slice or more'),
        (json.dumps(document(salt="0x")).encode(), "it has 'salt', which does not belong there"),
        (json.dumps(document(slices=[6])).encode(), "slice 1: it has to be an object with samples"),
        (
            json.dumps(document(slices=[{"samples": 6}])).encode(),
            'slice 1: "commitment" has to be 0x and 64 lower-case hexadecimal digits',
        ),
        (
            json.dumps(document(slices=[ONE.model_dump(), {**ONE.model_dump(), "x": 1}])).encode(),
            "slice 2: it has 'x', which",
        ),
        (
            json.dumps(document(slices=[{"samples": 0, "commitment": "0x" + "ab" * 32}])).encode(),
            'slice 1: "samples" has to be a whole number from 1 to 4294967295',
        ),
        (
            json.dumps(document(slices=[{"samples": 6, "commitment": "0x" + "AB" * 32}])).encode(),
            'slice 1: "commitment" has to be',
        ),
        (json.dumps(document(slices=[ONE.model_dump()] * 2)).encode(), "slices 1 and 2"),
    ],
)
def test_another_file_is_refused_and_what_is_wrong_is_named(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "commitments.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as refused:
        read_commitments(path)
    assert str(path) in str(refused.value)


def test_slices_and_commitments_are_made_together(tmp_path: Path) -> None:
    samples = Samples(torch.eye(12), torch.arange(12))
    made = make_slices(samples, Sizes(3, 2, len(samples) - 6), tmp_path / "deep")
    assert read_commitments(made.commitments) == made.specs
    assert made.commitments == tmp_path / "deep" / "commitments.json"
    assert made.rest == len(samples) - 6
    for file, spec in zip(made.files, made.specs, strict=True):
        found = load_verification_set(file)
        assert (len(found), found.commitment()) == (spec.samples, spec.commitment)
        assert file.stat().st_mode & 0o777 == 0o600
    assert [file.name[:8] for file in made.files] == ["slice-1-", "slice-2-", "slice-3-"]
    assert set((tmp_path / "deep").glob("*.safetensors")) == set(made.files)


def test_a_slice_that_nobody_takes_from_others_is_not_made(tmp_path: Path) -> None:
    """Two MiB a label, of which one MiB is taken, and one more in all."""
    large = Samples(torch.zeros(4, 2**19), torch.arange(4) % 2)
    words = (
        r"a slice with 4 labels has 8,388,\d{3} bytes, and nobody takes more than 5,242,880 of it "
        "from others, a MiB and a MiB for each label, up to 4 GiB: give samples of smaller inputs"
    )
    with pytest.raises(ConfigError, match=f"^{words}$"):
        make_slices(large, Sizes(1, 4, 0), tmp_path / "large", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_slice_that_others_take_in_its_whole_size_is_made(tmp_path: Path) -> None:
    largest = Samples(torch.zeros(4, 2**18), torch.arange(4) % 2)
    made = make_slices(largest, Sizes(1, 4, 0), tmp_path / "largest", 1)
    assert 2**22 < made.files[0].stat().st_size <= made.specs[0].most_bytes


def test_no_slice_is_overwritten(tmp_path: Path) -> None:
    samples, sizes = tiny_dataset(None).test, Sizes(1, 2, 1)
    make_slices(samples, sizes, tmp_path / "a")
    before = {path: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    with pytest.raises(ConfigError, match=r"commitments\.json exists"):
        make_slices(samples, sizes, tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "slice-1-00000000.safetensors").touch()
    with pytest.raises(ConfigError, match=r"slice-1-00000000\.safetensors exists"):
        require_unused(tmp_path / "b")
    (tmp_path / "c").touch()
    with pytest.raises(ConfigError, match="is a file"):
        require_unused(tmp_path / "c")
    assert {path: path.read_bytes() for path in (tmp_path / "a").iterdir()} == before


def test_what_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "write_commitments", fail)
    with pytest.raises(OSError, match="No space left"):
        make_slices(
            Samples(torch.eye(4), torch.arange(4)), Sizes(2, 2, 0), tmp_path / "deep" / "er"
        )
    assert list(tmp_path.iterdir()) == []


def test_the_jurys_half_is_that_of_the_split() -> None:
    dataset = tiny_dataset(None)
    judged, _ = split_test(dataset.test, 3)
    assert jury_half(dataset, 3).x.equal(judged.x)
    assert jury_half(dataset, 3).y.equal(judged.y)
