"""The jury's samples of a slice: the canonical file, and the salted hash that commits to it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from fedjury.data import Samples
from fedjury.data.verification import (
    VerificationSet,
    load_verification_set,
    new_verification_set,
    read_verification_set,
    save_verification_set,
    slice_file_name,
)
from fedjury.errors import DataError
from fedjury.protocol.tensors import decode, encode

SAMPLES = Samples(torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([1, 0]))
SALT = b"\7" * 32
SET = VerificationSet(SAMPLES, SALT)
TOKENS = torch.tensor([[3, 1, 0], [2, 0, 0]])
SENTENCES = VerificationSet(Samples(TOKENS, torch.tensor([[1, 2, -1], [4, -1, -1]]), -1), SALT)
METADATA = {"format": "fedjury-verification/2", "salt": SALT.hex()}


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "slice.safetensors"
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
        Samples(torch.eye(4).T[:, ::2], torch.arange(4)),
    ],
)
def test_types_shapes_and_padding_are_kept(tmp_path: Path, samples: Samples) -> None:
    path = tmp_path / "slice.safetensors"
    verification = new_verification_set(samples)
    save_verification_set(verification, path)
    loaded = load_verification_set(path)
    assert (loaded.samples.x.dtype, loaded.samples.padding) == (samples.x.dtype, samples.padding)
    assert torch.equal(loaded.samples.x, samples.x)
    assert torch.equal(loaded.samples.y, samples.y)
    assert loaded.commitment() == verification.commitment()


def test_only_the_owner_may_read_it_even_where_an_older_file_was_open(tmp_path: Path) -> None:
    path = tmp_path / "slice.safetensors"
    path.touch(0o644)
    save_verification_set(SET, path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_is_the_canonical_safetensors_of_samples_salt_and_padding() -> None:
    tensors, metadata = decode(SENTENCES.to_bytes())
    assert metadata == {**METADATA, "padding": "-1"}
    assert sorted(tensors) == ["x", "y"]
    assert encode(tensors, metadata) == SENTENCES.to_bytes()
    assert decode(SET.to_bytes())[1] == METADATA


def test_the_commitment_hashes_tag_salt_and_the_files_hash() -> None:
    file_hash = hashlib.sha256(SET.to_bytes()).digest()
    content = b"fedjury-slice/2" + SALT + file_hash
    assert SET.commitment() == "0x" + hashlib.sha256(content).hexdigest()


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
        VerificationSet(replace(SAMPLES, y=torch.tensor([0, 1])), SALT),
        VerificationSet(replace(SAMPLES, x=SAMPLES.x + 1), SALT),
        VerificationSet(replace(SAMPLES, x=SAMPLES.x.reshape(2, 1, 2)), SALT),
    ],
)
def test_any_change_changes_the_commitment(other: VerificationSet) -> None:
    assert other.commitment() != SET.commitment()


def test_the_same_samples_are_salted_differently_each_time() -> None:
    first, second = new_verification_set(SAMPLES), new_verification_set(SAMPLES)
    assert first.commitment() != second.commitment()
    assert first.salt != second.salt


def test_numbers_that_a_processor_may_flush_are_zero_in_memory_as_in_the_file() -> None:
    x = torch.tensor([[2.0**-127, -0.0], [2.0**-126, -1.0]])
    small = VerificationSet(Samples(x, torch.tensor([0, 1])), SALT)
    settled = torch.tensor([[0.0, 0.0], [2.0**-126, -1.0]]).view(torch.int32)
    assert torch.equal(small.samples.x.view(torch.int32), settled)
    found = read_verification_set(small.to_bytes(), "it")
    assert torch.equal(found.samples.x.view(torch.int32), settled)
    assert found.commitment() == small.commitment()
    assert SET.samples is SAMPLES  # nothing to settle, nothing copied


def test_a_missing_file_is_a_data_error_that_names_it(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "file" / "in"):
        (tmp_path / "file").touch()
        with pytest.raises(DataError, match=f"{path} cannot be read"):
            load_verification_set(path)


@pytest.mark.parametrize("length", [0, 7, 8, 40, 150])
def test_a_truncated_file_is_a_data_error(tmp_path: Path, length: int) -> None:
    path = tmp_path / "slice.safetensors"
    path.write_bytes(SET.to_bytes()[:length])
    with pytest.raises(DataError, match="no readable sample file"):
        load_verification_set(path)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "it names no format"),
        ({"salt": "07" * 32}, "it names no format"),
        (
            {**METADATA, "format": "fedjury-verification/1"},
            "its format is 'fedjury-verification/1'",
        ),
        ({"format": METADATA["format"]}, "its salt is 0 bytes long, not 32"),
        ({**METADATA, "salt": "zz"}, "non-hexadecimal"),
        ({**METADATA, "salt": "07" * 31}, "its salt is 31 bytes long"),
        ({**METADATA, "padding": ""}, "invalid literal"),
        ({**METADATA, "padding": "1.0"}, "invalid literal"),
        ({**METADATA, "padding": "9" * 30}, "a whole number of 64 bits"),
        ({**METADATA, "padding": "9" * 5000}, "no sample file"),
    ],
)
def test_another_kind_or_version_of_file_is_named(
    metadata: dict[str, str] | None, words: str
) -> None:
    data = encode({"x": TOKENS, "y": SENTENCES.samples.y}, metadata)
    with pytest.raises(DataError, match=words):
        read_verification_set(data, "it")


@pytest.mark.parametrize(
    "tensors",
    [
        {"x": torch.zeros(2, 2)},
        {"x": torch.zeros(2, 2), "y": torch.zeros(2, dtype=torch.int64), "z": torch.zeros(1)},
        {"x": torch.zeros(2, 2), "y": torch.zeros(3)},
        {"x": torch.zeros(2, 2), "y": torch.zeros(2)},
        {"x": torch.zeros(2, 2).double(), "y": torch.zeros(2, dtype=torch.int64)},
        {"x": torch.tensor([float("nan")]), "y": torch.zeros(1, dtype=torch.int64)},
    ],
)
def test_samples_that_do_not_fit_are_a_data_error(tensors: dict[str, torch.Tensor]) -> None:
    with pytest.raises(DataError, match="it is no sample file"):
        read_verification_set(encode(tensors, METADATA), "it")


def _by_the_library() -> bytes:
    return save({"y": SAMPLES.y, "x": SAMPLES.x}, {**METADATA, "more": "1"})


def _salt_in_capitals() -> bytes:
    tensors = {"x": SAMPLES.x, "y": SAMPLES.y}
    return encode(tensors, {**METADATA, "salt": "AB" * 32})


def _padding_with_a_sign() -> bytes:
    samples = SENTENCES.samples
    return encode({"x": samples.x, "y": samples.y}, {**METADATA, "padding": "-01"})


def _below_the_least() -> bytes:
    return encode({"x": SAMPLES.x + 2.0**-130, "y": SAMPLES.y}, METADATA)


@pytest.mark.parametrize(
    "make", [_by_the_library, _salt_in_capitals, _padding_with_a_sign, _below_the_least]
)
def test_a_file_that_is_not_the_canonical_one_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(DataError, match="not the canonical file"):
        read_verification_set(make(), "it")


def test_a_bit_that_is_turned_over_is_a_data_error_or_another_commitment() -> None:
    whole = SENTENCES.to_bytes()
    for place in range(len(whole)):
        for bit in (1, 32, 128):
            data = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
            try:
                found = read_verification_set(data, "it")
            except DataError:
                continue
            assert found.commitment() != SENTENCES.commitment(), (place, bit)


def test_a_slices_file_is_named_by_its_number_and_commitment() -> None:
    assert slice_file_name(12, "0x0123456789") == "slice-12-01234567.safetensors"
