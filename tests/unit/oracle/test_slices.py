"""Which verification slices somebody has."""

import errno
from pathlib import Path

import pytest

from fedjury.data import Samples
from fedjury.data.verification import (
    VerificationSet,
    load_verification_set,
    save_verification_set,
    slice_file_name,
)
from fedjury.errors import DataError
from fedjury.oracle.slices import Slices
from fedjury.protocol.task_spec import TaskSpec
from fedjury.runtime.events import Severity
from tests.support.fake_federation import spec
from tests.support.sliced import make_slices, slices_spec

OURS = make_slices(3)
STRANGE = make_slices(4)[3]


@pytest.fixture
def task() -> TaskSpec:
    return spec(verification=slices_spec(OURS))


def _save(directory: Path, verification: VerificationSet, number: int) -> Path:
    path = directory / slice_file_name(number, verification.commitment())
    save_verification_set(verification, path)
    return path


def _commitment(verification: VerificationSet | None) -> str:
    assert verification is not None
    return verification.commitment()


def test_slices_are_known_by_their_commitments_in_whatever_order(task: TaskSpec) -> None:
    slices = Slices.of(task, [OURS[2], OURS[0]])
    assert slices.numbers == [1, 3]
    assert slices.get(3) is OURS[2]
    assert slices.get(1) is OURS[0]
    assert slices.get(2) is None


def test_a_slice_of_another_task_is_a_data_error(task: TaskSpec) -> None:
    with pytest.raises(DataError, match=r"6 samples, 0x\w{64}\) is none of the 3 slices"):
        Slices.of(task, [*OURS, STRANGE])
    with pytest.raises(DataError, match=r"not the one that the task commits to \(6, 0x"):
        Slices.of(spec(), [STRANGE])


def test_each_round_has_its_slice_and_no_more_rounds(task: TaskSpec) -> None:
    slices = Slices.of(task, OURS)
    assert [slices.number_for(number) for number in (1, 2, 3)] == [1, 2, 3]
    wanted = slices.wanted_for(2)
    assert wanted is not None
    assert wanted.commitment == OURS[1].commitment()
    assert slices.wanted_for(4) is None


def test_a_single_slice_serves_every_round() -> None:
    slices = Slices.of(spec(verification=slices_spec(OURS[:1])), OURS[:1])
    assert [slices.number_for(number) for number in (1, 2, 99)] == [1, 1, 1]
    assert slices.wanted_for(99) is not None


def test_files_and_directories_are_read(task: TaskSpec, tmp_path: Path) -> None:
    alone, inside = _save(tmp_path, OURS[0], 1), tmp_path / "more"
    inside.mkdir()
    _save(inside, OURS[2], 3)
    _save(inside, STRANGE, 1)  # another task's
    (inside / "model.safetensors").write_bytes(b"something else")
    slices = Slices.read(task, [alone, inside])
    assert slices.numbers == [1, 3]
    assert _commitment(slices.get(3)) == OURS[2].commitment()


def test_a_file_of_another_task_is_a_data_error(task: TaskSpec, tmp_path: Path) -> None:
    path = _save(tmp_path, STRANGE, 1)
    with pytest.raises(DataError, match=f"{path}: the verification set .* none of the 3 slices"):
        Slices.read(task, [path])


def test_a_file_that_is_missing_is_a_data_error(task: TaskSpec, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.safetensors"):
        Slices.read(task, [tmp_path / "nothing.safetensors"])


def test_a_directory_without_a_slice_of_the_task_is_a_data_error(
    task: TaskSpec, tmp_path: Path
) -> None:
    _save(tmp_path, STRANGE, 1)
    with pytest.raises(DataError, match=r"no file \*\.safetensors .* 3 slices.*--verification"):
        Slices.read(task, [tmp_path])


def test_where_no_file_is_named_only_what_is_called_a_slice_is_looked_at(
    task: TaskSpec, tmp_path: Path
) -> None:
    save_verification_set(OURS[0], tmp_path / "mine.safetensors")
    _save(tmp_path, OURS[1], 2)
    below = tmp_path / "below"
    below.mkdir()
    _save(below, OURS[2], 3)
    assert Slices.among(task, [tmp_path, below]).numbers == [2, 3]
    assert Slices.among(task, [tmp_path, tmp_path / "elsewhere"]).numbers == [2]
    with pytest.raises(DataError, match=r"no file slice-\*\.safetensors"):
        Slices.among(task, [tmp_path / "elsewhere"])


def test_a_file_that_is_gone_or_another_is_as_one_that_is_missing(
    task: TaskSpec, tmp_path: Path
) -> None:
    path, _ = _save(tmp_path, OURS[0], 1), _save(tmp_path, OURS[1], 2)
    slices = Slices.read(task, [tmp_path])
    save_verification_set(STRANGE, path)
    assert slices.get(1) is None
    path.write_bytes(b"damaged")
    assert slices.get(1) is None
    path.unlink()
    assert slices.get(1) is None
    assert (slices.numbers, slices.missing) == ([2], [1, 3])
    assert _commitment(slices.get(2)) == OURS[1].commitment()


def test_a_file_that_is_put_there_is_found(task: TaskSpec, tmp_path: Path) -> None:
    alone, inside = _save(tmp_path, OURS[0], 1), tmp_path / "more"
    inside.mkdir()
    _save(inside, OURS[1], 2)
    slices = Slices.read(task, [alone, inside])
    assert slices.here([2, 3]) == [2]
    _save(inside, OURS[2], 3)
    assert slices.here([2, 3]) == [2, 3]
    alone.unlink()
    assert slices.get(1) is None
    _save(tmp_path, OURS[0], 1)
    assert _commitment(slices.get(1)) == OURS[0].commitment()


def test_a_file_system_that_fails_for_a_while_costs_the_slice_for_so_long(
    task: TaskSpec, tmp_path: Path
) -> None:
    _save(tmp_path, OURS[0], 1)
    slices = Slices.read(task, [tmp_path])

    def fail(path: Path, pattern: str) -> list[Path]:
        raise OSError(errno.ESTALE, "Stale file handle")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "glob", fail)
        assert slices.here([1, 2]) == []
    assert slices.here([1, 2]) == [1]


def test_where_one_file_is_gone_its_copy_serves(task: TaskSpec, tmp_path: Path) -> None:
    path = _save(tmp_path, OURS[0], 1)
    save_verification_set(OURS[0], tmp_path / "copy.safetensors")
    slices = Slices.read(task, [tmp_path])
    path.unlink()
    assert _commitment(slices.get(1)) == OURS[0].commitment()
    (tmp_path / "copy.safetensors").write_bytes(b"damaged")
    assert slices.get(1) is None


def test_a_file_is_looked_at_again_only_where_it_changed(
    task: TaskSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _save(tmp_path, OURS[0], 1)
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"something else")
    read = list[Path]()

    def load(path: Path) -> VerificationSet:
        read.append(path)
        return load_verification_set(path)

    monkeypatch.setattr("fedjury.oracle.slice_files.load_verification_set", load)
    slices = Slices.read(task, [tmp_path])
    assert len(read) == 2
    assert [slices.get(2), slices.get(2)] == [None, None]
    assert len(read) == 2
    bad.write_bytes(OURS[1].to_bytes())
    assert _commitment(slices.get(2)) == OURS[1].commitment()
    assert read[2:] == [bad, bad]


def _odd(largest: int = 2, padding: int | None = None) -> VerificationSet:
    plain = OURS[0].samples
    y = plain.y.clone()
    y[0] = largest
    return VerificationSet(Samples(plain.x, y, padding), bytes(32))


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (_odd(largest=3), "they have label 3, the classes are from 0"),
        (_odd(padding=-1), "they have padding -1"),
    ],
)
def test_a_slice_that_does_not_fit_the_task_is_a_data_error(
    odd: VerificationSet, words: str, tmp_path: Path
) -> None:
    task = spec(verification=slices_spec([OURS[0], odd]))
    reason = (
        r"slice 2 is what the task commits to, but its samples do not fit the task \(3 classes, "
        rf"no padding\), which is the fault of whoever made them: {words}"
    )
    with pytest.raises(DataError, match=reason):
        Slices.of(task, [odd])
    path = _save(tmp_path, odd, 2)
    with pytest.raises(DataError, match=reason):
        Slices.read(task, [path])
    with pytest.raises(DataError, match=f"no file .*{reason}"):
        Slices.read(task, [tmp_path])
    _save(tmp_path, OURS[0], 1)
    slices = Slices.read(task, [tmp_path])
    assert (slices.numbers, slices.missing) == ([1], [2])
    assert slices.get(2) is None


def test_a_padding_that_is_the_tasks_fits() -> None:
    odd = _odd(padding=-1)
    task = spec(verification=slices_spec([odd]), labels={"classes": 3, "padding": -1})
    assert Slices.of(task, [odd]).numbers == [1]


# --- what is said of them at the start ---


def test_where_all_is_well_little_is_said(task: TaskSpec, tmp_path: Path) -> None:
    for number, each in enumerate(OURS, start=1):
        _save(tmp_path, each, number)
    found = Slices.among(task, [tmp_path]).in_words()
    assert (found.name, found.sentence) == ("slices-found", "has all 3 slices")
    single = spec(verification=slices_spec(OURS[:1]))
    found = Slices.of(single, OURS[:1]).in_words()
    assert (found.name, found.sentence) == ("slices-found", "has slice 1")


def test_what_is_missing_is_a_warning(task: TaskSpec) -> None:
    found = Slices.of(task, OURS[2:]).in_words()
    assert (found.name, found.severity) == ("slices-amiss", Severity.WARNING)
    assert found.sentence == "has slice 3 of 3 and lacks slices 1 and 2"
    assert (found.slices, found.missing, found.passed_over) == ([3], [1, 2], [])
    assert Slices.of(task, []).in_words().sentence == "has none of 3 slices"


def test_a_juror_of_several_says_that_the_others_give_what_is_missing(
    task: TaskSpec, tmp_path: Path
) -> None:
    found = Slices.among(task, [], tmp_path / "received").in_words()
    assert found.sentence == "has none of 3 slices; other jurors give each round's"
    for number, each in enumerate(OURS, start=1):
        _save(tmp_path, each, number)
    found = Slices.among(task, [tmp_path], tmp_path / "received").in_words()
    assert found.sentence == "has all 3 slices"


def test_files_of_another_task_are_named_without_a_warning(tmp_path: Path) -> None:
    single = spec(verification=slices_spec(OURS[:1]))
    _save(tmp_path, OURS[0], 1)
    strange = _save(tmp_path, STRANGE, 1)
    found = Slices.read(single, [tmp_path]).in_words()
    assert (found.name, found.severity) == ("slices-found", Severity.INFO)
    assert found.sentence.startswith(f"has slice 1; passed over: {strange}: the verification set (")


def test_a_damaged_file_that_is_named_as_a_slice_of_the_task_is_a_warning(
    task: TaskSpec, tmp_path: Path
) -> None:
    for number, each in enumerate(OURS, start=1):
        _save(tmp_path, each, number)
    damaged = _save(tmp_path, OURS[1], 2)
    save_verification_set(OURS[1], tmp_path / "slice-copy.safetensors")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    found = Slices.among(task, [tmp_path]).in_words()
    assert (found.name, found.severity) == ("slices-amiss", Severity.WARNING)
    reason = f"has all 3 slices; passed over: {damaged} is no readable sample file: "
    assert found.sentence.startswith(reason)


def test_of_many_files_that_are_passed_over_a_few_are_named(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.safetensors").write_bytes(b"")
    _save(tmp_path, OURS[0], 1)
    found = Slices.read(spec(verification=slices_spec(OURS[:1])), [tmp_path]).in_words()
    assert len(found.passed_over) == 5
    assert found.sentence.endswith("; 2 more")
    assert f"{tmp_path / '2.safetensors'} is no" in found.sentence
    assert "3.safetensors" not in found.sentence
