"""Datasets of any name in MNIST's file format, here of three and two tiny images."""

import gzip
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from fedjury.data import load_dataset
from fedjury.errors import DataError

TRAIN = np.arange(18, dtype=np.uint8).reshape(3, 2, 3) * 15
TEST = np.full((2, 2, 3), 255, dtype=np.uint8)


def _idx(array: npt.NDArray[np.generic]) -> bytes:
    header = struct.pack(f">2xBB{array.ndim}I", 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(_idx(TRAIN))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(_idx(np.array([0, 4, 1]))))
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(_idx(TEST)))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(_idx(np.array([2, 0])))
    return folder


def test_plain_and_packed_files_are_read(directory: Path) -> None:
    dataset = load_dataset(f"idx:{directory}")
    assert dataset.name == "idx:tiny"
    assert dataset.classes == 5
    assert torch.equal(dataset.train.x, torch.tensor(TRAIN, dtype=torch.float32) / 255)
    assert dataset.train.y.tolist() == [0, 4, 1]
    assert torch.equal(dataset.test.x, torch.ones(2, 2, 3))
    assert dataset.test.y.tolist() == [2, 0]


def test_images_may_have_channels(directory: Path) -> None:
    (directory / "train-images-idx3-ubyte").write_bytes(_idx(np.zeros((3, 3, 4, 5))))
    (directory / "t10k-images-idx3-ubyte").write_bytes(_idx(np.zeros((2, 3, 4, 5))))
    dataset = load_dataset(f"idx:{directory}")
    assert dataset.train.x.shape == (3, 3, 4, 5)
    assert dataset.test.x.shape == (2, 3, 4, 5)


def test_without_a_directory_it_is_the_data_directory(directory: Path) -> None:
    assert load_dataset("idx:", directory).name == "idx:tiny"


def test_the_directory_that_is_named_comes_first(directory: Path, tmp_path: Path) -> None:
    assert load_dataset(f"idx:{directory}", tmp_path / "elsewhere").name == "idx:tiny"


def test_a_relative_directory_is_named_after_what_it_is(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    assert load_dataset("idx:.").name == "idx:tiny"
    monkeypatch.chdir(directory.parent)
    assert load_dataset("idx:tiny/").name == "idx:tiny"


def test_no_directory_at_all_is_a_data_error() -> None:
    with pytest.raises(DataError, match="idx:DIR"):
        load_dataset("idx:")


@pytest.mark.parametrize("name", ["none", "tiny/t10k-labels-idx1-ubyte"])
def test_what_is_no_directory_is_a_data_error(directory: Path, name: str) -> None:
    with pytest.raises(DataError, match="holds neither train-images"):
        load_dataset(f"idx:{directory.parent / name}")


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match="tiny holds neither t10k-images-idx3-ubyte nor"):
        load_dataset(f"idx:{directory}")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("train-images-idx3-ubyte", b"", "not an IDX file"),
        ("train-images-idx3-ubyte", _idx(TRAIN)[:-1], "train-images-idx3-ubyte holds 17 values"),
        ("train-images-idx3-ubyte", _idx(TRAIN[:2]), "2 inputs with 3 labels"),
        ("train-images-idx3-ubyte", _idx(np.array(7)), "train-images.* the samples first"),
        ("train-images-idx3-ubyte", _idx(TRAIN[:, :1]), r"tiny: .*\(1, 3\).*\(2, 3\)"),
        ("t10k-labels-idx1-ubyte", _idx(np.zeros((2, 1))), "t10k-labels.* one label a sample"),
        ("t10k-labels-idx1-ubyte", _idx(np.array([])), "2 inputs with 0 labels"),
        ("t10k-images-idx3-ubyte.gz", gzip.compress(_idx(TEST), mtime=0)[:-9], "cannot be read"),
    ],
)
def test_damaged_files_are_a_data_error(
    directory: Path, name: str, content: bytes, says: str
) -> None:
    (directory / name).write_bytes(content)
    with pytest.raises(DataError, match=says):
        load_dataset(f"idx:{directory}")
