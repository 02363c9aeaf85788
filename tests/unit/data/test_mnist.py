"""MNIST's files, here tiny ones whose hashes are put in place of the real."""

import gzip
import hashlib
import struct
from pathlib import Path

import pytest
import requests

from fedjury.data import load_dataset, mnist
from fedjury.errors import DataError

IMAGES = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 2, 2) + bytes([0, 255, 51, 0, 1, 2, 3, 4])
LABELS = bytes([0, 0, 8, 1]) + struct.pack(">I", 2) + bytes([7, 3])
CONTENT = {name: IMAGES if "images" in name else LABELS for name in mnist.FILES}


@pytest.fixture(autouse=True)
def _tiny_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}
    monkeypatch.setattr(mnist, "FILES", hashes)
    monkeypatch.setattr(mnist, "DEFAULT_DIRECTORY", tmp_path / "cache")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "mnist"
    folder.mkdir()
    for number, (name, data) in enumerate(CONTENT.items()):
        packed = number % 2 == 1
        (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(data) if packed else data)
    return folder


class Answer:
    """An HTTP answer."""

    def __init__(self, content: bytes, status: int = 200) -> None:
        self.content, self._status = content, status

    def raise_for_status(self) -> None:
        if self._status != 200:
            raise requests.HTTPError(str(self._status))


def test_plain_and_packed_files_are_read_from_a_directory(directory: Path) -> None:
    dataset = load_dataset("mnist", directory)
    assert dataset.name == "mnist"
    assert dataset.classes == 8
    assert dataset.train.y.tolist() == [7, 3]
    assert dataset.train.x.shape == (2, 2, 2)
    assert dataset.train.x[0].flatten().tolist() == pytest.approx([0.0, 1.0, 0.2, 0.0])


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(DataError, match="neither t10k-images-idx3-ubyte nor"):
        load_dataset("mnist", directory)


def test_another_file_is_refused_by_its_hash(directory: Path) -> None:
    (directory / "train-images-idx3-ubyte").write_bytes(IMAGES[:-1] + b"\7")
    with pytest.raises(DataError, match="is not MNIST's train-images"):
        load_dataset("mnist", directory)


def test_a_directory_that_is_named_is_never_downloaded_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Answer:
        raise AssertionError("asked the network")

    monkeypatch.setattr(requests, "get", refuse)
    with pytest.raises(DataError, match="holds neither"):
        load_dataset("mnist", tmp_path)


def test_what_is_missing_is_downloaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get(url: str, timeout: float) -> Answer:
        asked.append(url)
        return Answer(gzip.compress(CONTENT[url.rpartition("/")[2].removesuffix(".gz")]))

    monkeypatch.setattr(requests, "get", get)
    assert len(load_dataset("mnist").train) == 2
    assert len(load_dataset("mnist").test) == 2
    assert len(asked) == 4


def test_the_second_mirror_is_asked_when_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get(url: str, timeout: float) -> Answer:
        asked.append(url)
        if url.startswith(mnist.MIRRORS[0]):
            return Answer(b"", 503)
        return Answer(gzip.compress(CONTENT[url.rpartition("/")[2].removesuffix(".gz")]))

    monkeypatch.setattr(requests, "get", get)
    load_dataset("mnist")
    assert len(asked) == 8


def test_without_a_network_the_user_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(url: str, timeout: float) -> Answer:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(DataError, match=r"ConnectionError.*--data-dir or FEDJURY_DATA"):
        load_dataset("mnist")


def test_a_damaged_download_is_refused_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(url: str, timeout: float) -> Answer:
        return Answer(gzip.compress(b"captive portal"))

    def sound(url: str, timeout: float) -> Answer:
        return Answer(gzip.compress(CONTENT[url.rpartition("/")[2].removesuffix(".gz")]))

    monkeypatch.setattr(requests, "get", damaged)
    with pytest.raises(DataError, match="not MNIST's file"):
        load_dataset("mnist")
    assert list(mnist.DEFAULT_DIRECTORY.iterdir()) == []
    monkeypatch.setattr(requests, "get", sound)
    assert len(load_dataset("mnist").train) == 2
