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
SALT = b"\7" * 32
SET = VerificationSet(SAMPLES, SALT)
TOKENS = torch.tensor([[3, 1, 0], [2, 0, 0]])
SENTENCES = VerificationSet(Samples(TOKENS, torch.tensor([[1, 2, -1], [4, -1, -1]]), -1), SALT)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "set.safetensors"
    save_verification_set(SET, path)
    loaded = load_verification_set(path)
    assert len(loaded) == 2
    assert len(SENTENCES) == 3
    assert loaded.commitment() == SET.commitment()
    assert loaded.salt == SET.salt
    assert torch.equal(loaded.samples.x, SAMPLES.x)
    assert torch.equal(loaded.samples.y, SAMPLES.y)


@pytest.mark.parametrize(
    "samples",
    [
        SENTENCES.samples,
        Samples(TOKENS, torch.tensor([1, 0])),
        Samples(TOKENS.float(), TOKENS),
        Samples(TOKENS, TOKENS, 0),
        Samples(TOKENS, TOKENS, -(2**63) + 1),
    ],
)
def test_types_shapes_and_padding_are_kept(tmp_path: Path, samples: Samples) -> None:
    path = tmp_path / "set.safetensors"
    verification = new_verification_set(samples)
    save_verification_set(verification, path)
    loaded = load_verification_set(path)
    assert (loaded.samples.x.dtype, loaded.samples.padding) == (samples.x.dtype, samples.padding)
    assert torch.equal(loaded.samples.x, samples.x)
    assert torch.equal(loaded.samples.y, samples.y)
    assert loaded.commitment() == verification.commitment()


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


def test_the_commitment_names_what_is_not_plain() -> None:
    content = SALT + b"int64 (2, 3) labels (2, 3) padding -1\n"
    content += struct.pack("<6q", 3, 1, 0, 2, 0, 0) + struct.pack("<6q", 1, 2, -1, 4, -1, -1)
    assert SENTENCES.commitment() == "0x" + hashlib.sha256(content).hexdigest()


def test_each_of_type_label_shape_and_padding_changes_the_commitment() -> None:
    zeros = torch.zeros(2, 4, dtype=torch.int64)
    several = [
        Samples(zeros, zeros),
        Samples(zeros, zeros, 1),
        Samples(zeros, zeros, -1),
        Samples(zeros.float(), zeros),
        Samples(zeros, zeros[:, 0]),
        Samples(zeros, zeros[:, 0], -1),
        Samples(zeros.float(), zeros[:, 0]),
        Samples(zeros.float(), zeros[:, 0], -1),
        Samples(zeros[:, :2], zeros),
        Samples(zeros, zeros[:, :2]),
        Samples(zeros.reshape(2, 2, 2), zeros),
    ]
    assert len({VerificationSet(each, SALT).commitment() for each in several}) == len(several)


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
        {"x": torch.zeros(2, 2), "y": torch.zeros(2)},
        {"x": torch.zeros(2, 2).double(), "y": torch.zeros(2, dtype=torch.int64)},
        {"x": torch.tensor([float("nan")]), "y": torch.zeros(1, dtype=torch.int64)},
    ],
)
def test_samples_that_do_not_fit_are_a_data_error(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "set.safetensors"
    save_file(tensors, path, {"format": "fedjury-verification/1", "salt": "07" * 32})
    with pytest.raises(DataError):
        load_verification_set(path)


@pytest.mark.parametrize("padding", ["", "x", "1.0", "9" * 30, "9" * 5000, "1"])
def test_another_padding_is_a_data_error(tmp_path: Path, padding: str) -> None:
    path = tmp_path / "set.safetensors"
    metadata = {"format": "fedjury-verification/1", "salt": SALT.hex(), "padding": padding}
    save_file({"x": TOKENS, "y": SENTENCES.samples.y}, path, metadata)
    with pytest.raises(DataError, match="verification set"):
        load_verification_set(path)


def test_a_bit_that_is_turned_over_is_a_data_error_or_another_commitment(tmp_path: Path) -> None:
    path = tmp_path / "set.safetensors"
    save_verification_set(SENTENCES, path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 32, 128):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            try:
                found = load_verification_set(path)
            except DataError:
                continue
            assert found.commitment() != SENTENCES.commitment(), (place, bit)
