"""The jury's private verification set."""

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fedjury.data import Samples
from fedjury.data.verification import (
    VerificationSet,
    load_verification_set,
    new_verification_set,
    save_verification_set,
)
from fedjury.errors import DataError

SAMPLES = Samples(torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([1, 0]))
SET = VerificationSet(SAMPLES, b"\7" * 32)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "set.safetensors"
    save_verification_set(SET, path)
    loaded = load_verification_set(path)
    assert len(loaded) == 2
    assert loaded.commitment() == SET.commitment()
    assert loaded.salt == SET.salt
    assert torch.equal(loaded.samples.x, SAMPLES.x)
    assert torch.equal(loaded.samples.y, SAMPLES.y)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "set.safetensors"
    save_verification_set(SET, path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_older_file_is_closed_to_others_as_well(tmp_path: Path) -> None:
    path = tmp_path / "set.safetensors"
    path.touch(0o644)
    save_verification_set(SET, path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_commitment_is_the_salted_hash() -> None:
    content = b"\7" * 32 + b"(2, 2)" + struct.pack("<4f", 0, 1, 2, 3) + struct.pack("<2q", 1, 0)
    assert SET.commitment() == "0x" + hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        VerificationSet(SAMPLES, b"\x08" * 32),
        VerificationSet(replace(SAMPLES, y=torch.tensor([0, 1])), b"\7" * 32),
        VerificationSet(replace(SAMPLES, x=SAMPLES.x + 1), b"\7" * 32),
        VerificationSet(replace(SAMPLES, x=SAMPLES.x.reshape(2, 1, 2)), b"\7" * 32),
    ],
)
def test_any_change_changes_the_commitment(other: VerificationSet) -> None:
    assert other.commitment() != SET.commitment()


def test_the_same_samples_are_salted_differently_each_time() -> None:
    first, second = new_verification_set(SAMPLES), new_verification_set(SAMPLES)
    assert first.commitment() != second.commitment()
    assert first.salt != second.salt


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no readable verification set"):
        load_verification_set(tmp_path / "none")


@pytest.mark.parametrize("length", [0, 7, 8, 40, 150])
def test_a_truncated_file_is_a_data_error(tmp_path: Path, length: int) -> None:
    path = tmp_path / "set.safetensors"
    save_verification_set(SET, path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError):
        load_verification_set(path)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"format": "fedjury-verification/1"},
        {"format": "fedjury-verification/1", "salt": "zz"},
        {"format": "fedjury-verification/1", "salt": "07" * 31},
        {"format": "fedjury-verification/2", "salt": "07" * 32},
    ],
)
def test_another_kind_of_file_is_a_data_error(
    tmp_path: Path, metadata: dict[str, str] | None
) -> None:
    path = tmp_path / "set.safetensors"
    save_file({"x": SAMPLES.x, "y": SAMPLES.y}, path, metadata)
    with pytest.raises(DataError):
        load_verification_set(path)


@pytest.mark.parametrize(
    "tensors",
    [
        {"x": torch.zeros(2, 2)},
        {"x": torch.zeros(2, 2), "y": torch.zeros(3)},
        {"x": torch.tensor([float("nan")]), "y": torch.zeros(1)},
    ],
)
def test_samples_that_do_not_fit_are_a_data_error(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "set.safetensors"
    save_file(tensors, path, {"format": "fedjury-verification/1", "salt": "07" * 32})
    with pytest.raises(DataError):
        load_verification_set(path)
